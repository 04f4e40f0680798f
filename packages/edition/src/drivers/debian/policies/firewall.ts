import { lines } from '../context.ts';
import { policyFile } from './files.ts';
import { definePolicy } from './model.ts';

const rules = policyFile(
  '/etc/imprint/firewall.nft',
  lines(
    '#!/usr/sbin/nft -f',
    'table inet imprint',
    'delete table inet imprint',
    'table inet imprint {',
    '  chain input {',
    '    type filter hook input priority filter; policy drop;',
    '    ct state established,related accept',
    '    ct state invalid drop',
    '    iif lo accept',
    '    meta l4proto { icmp, icmpv6 } accept',
    '    udp dport { 68, 546 } accept',
    '  }',
    '}',
  ),
);

/** The unit's own rules file is upstream's conffile and stays as it is; a drop-in names ours. */
const dropIn = lines(
  '[Service]',
  'ExecStart=',
  'ExecStart=/usr/sbin/nft -f /etc/imprint/firewall.nft',
  'ExecReload=',
  'ExecReload=/usr/sbin/nft -f /etc/imprint/firewall.nft',
);

export const firewall = definePolicy({
  id: 'firewall',
  title: { en: 'Firewall refuses incoming connections', 'zh-CN': '防火墙拒绝入站连接' },
  follows: 'nft(8); systemd.unit(5) drop-ins; CIS Debian Linux Benchmark, default deny',
  needs: ['nftables'],
  carry: (value) =>
    value === 'off'
      ? undefined
      : {
          intended: value,
          actions: [
            rules.write,
            {
              kind: 'write',
              path: '/etc/systemd/system/nftables.service.d/imprint.conf',
              mode: 0o644,
              text: dropIn,
            },
            { kind: 'enable-unit', unit: 'nftables.service', target: 'sysinit.target' },
          ],
          observe: [
            rules.check,
            { kind: 'unit-state', unit: 'nftables.service', expected: 'active' },
            {
              kind: 'nft-ruleset',
              family: 'inet',
              table: 'imprint',
              chain: 'input',
              hook: 'input',
              policy: 'drop',
            },
          ],
        },
});
