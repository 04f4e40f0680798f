import { managedEditions } from '../edition-ids.ts';
import { definePolicy } from './model.ts';
import { inSoftware } from './settings.ts';

const profiles = ['DomainProfile', 'PrivateProfile', 'PublicProfile'] as const;

export const firewall = definePolicy({
  id: 'firewall',
  title: { en: 'Firewall refuses incoming connections', 'zh-CN': '防火墙拒绝入站连接' },
  follows:
    '[MS-GPFAS] 2.2.3 (EnableFirewall, DefaultInboundAction); CIS Windows Benchmark, Windows Defender Firewall, all three profiles',
  editions: managedEditions,
  fromBuild: 10240,
  carry: (value) =>
    value === 'off'
      ? undefined
      : {
          intended: value,
          settings: profiles.flatMap((profile) =>
            inSoftware(`Policies\\Microsoft\\WindowsFirewall\\${profile}`, {
              DefaultInboundAction: 1,
              EnableFirewall: 1,
            }),
          ),
        },
});
