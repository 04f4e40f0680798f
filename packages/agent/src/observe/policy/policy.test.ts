import { createHash } from 'node:crypto';
import type { PolicyCheck, PolicyRecord } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TestDevice, testDevice } from '../../testing/device.ts';
import { lookAt } from '../look.ts';
import { observePolicy, observePolicyRecord } from './index.ts';

let device: TestDevice;
beforeEach(() => {
  device = testDevice();
});
afterEach(() => device.dispose());

const record = (check: PolicyCheck, intended: PolicyRecord['intended'] = true): PolicyRecord => ({
  id: 'policy',
  intended,
  source: 'manifest#/policy',
  observe: [check],
});
const see = (check: PolicyCheck) => observePolicyRecord(record(check), lookAt(device));

const minimum: PolicyCheck = {
  kind: 'setting',
  path: '/etc/security/pwquality.conf',
  dropIns: '/etc/security/pwquality.conf.d',
  key: 'minlen',
  separator: '=',
  expected: '12',
  value: true,
};
const timeout: PolicyCheck = {
  kind: 'setting',
  path: '/etc/systemd/logind.conf',
  section: 'Login',
  key: 'IdleActionSec',
  separator: '=',
  expected: '10min',
};
const rules: PolicyCheck = {
  kind: 'nft-ruleset',
  family: 'inet',
  table: 'imprint',
  chain: 'input',
  hook: 'input',
  policy: 'drop',
};
const ruleset = (policy: string) =>
  JSON.stringify({
    nftables: [
      { metainfo: { version: '1.1.3' } },
      { table: { family: 'inet', name: 'imprint' } },
      {
        chain: {
          family: 'inet',
          table: 'imprint',
          name: 'input',
          type: 'filter',
          hook: 'input',
          prio: 0,
          policy,
        },
      },
    ],
  });
const usb: PolicyCheck = { kind: 'kernel-module-blocked', module: 'usb-storage' };
const pam: PolicyCheck = {
  kind: 'pam',
  service: 'login',
  type: 'password',
  module: 'pam_pwquality.so',
  option: 'retry=3',
};
const sha256 = createHash('sha256').update('banner\n').digest('hex');
const status =
  'Package: ufw\nStatus: install ok installed\nVersion: 0.36-1\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n';

type Row = [what: string, check: PolicyCheck, prepare: () => void, state: string];
const rows: Row[] = [
  [
    'a setting as expected',
    minimum,
    () => device.put('/etc/security/pwquality.conf', '# min\nminlen = 12\n'),
    'ok',
  ],
  ['a weaker setting', minimum, () => device.put('/etc/security/pwquality.conf', 'minlen=8\n'), 'failing'],
  [
    'a setting only in a comment',
    minimum,
    () => device.put('/etc/security/pwquality.conf', '#minlen = 12\n'),
    'failing',
  ],
  [
    'a setting a drop-in takes back',
    minimum,
    () => {
      device.put('/etc/security/pwquality.conf', 'minlen = 12\n');
      device.put('/etc/security/pwquality.conf.d/99-weak.conf', 'minlen = 1\n');
    },
    'failing',
  ],
  [
    'a drop-in whose name is not read',
    minimum,
    () => {
      device.put('/etc/security/pwquality.conf', 'minlen = 12\n');
      device.put('/etc/security/pwquality.conf.d/99-weak.disabled', 'minlen = 1\n');
    },
    'ok',
  ],
  [
    'a setting in its section',
    timeout,
    () => device.put('/etc/systemd/logind.conf', '[Login]\nIdleActionSec=10min\n'),
    'ok',
  ],
  [
    'a setting in another section',
    timeout,
    () => device.put('/etc/systemd/logind.conf', '[Sleep]\nIdleActionSec=10min\n'),
    'failing',
  ],
  [
    'a file as written',
    { kind: 'file', path: '/etc/issue', sha256 },
    () => device.put('/etc/issue', 'banner\n'),
    'ok',
  ],
  [
    'a file changed',
    { kind: 'file', path: '/etc/issue', sha256 },
    () => device.put('/etc/issue', 'other\n'),
    'failing',
  ],
  ['a file gone', { kind: 'file', path: '/etc/issue', sha256 }, () => {}, 'failing'],
  ['nothing where nothing should be', { kind: 'absent', path: '/etc/autologin' }, () => {}, 'ok'],
  [
    'something where nothing should be',
    { kind: 'absent', path: '/etc/autologin' },
    () => device.put('/etc/autologin', ''),
    'failing',
  ],
  [
    'a link',
    { kind: 'link', path: '/etc/ctrl', target: '/dev/null' },
    () => device.link('/etc/ctrl', '/dev/null'),
    'ok',
  ],
  [
    'a link elsewhere',
    { kind: 'link', path: '/etc/ctrl', target: '/dev/null' },
    () => device.link('/etc/ctrl', '/tmp'),
    'failing',
  ],
  [
    'no such package',
    { kind: 'package-absent', package: 'popcon' },
    () => device.put('/var/lib/dpkg/status', status),
    'ok',
  ],
  [
    'a removed package',
    { kind: 'package-absent', package: 'gone' },
    () => device.put('/var/lib/dpkg/status', status),
    'ok',
  ],
  [
    'an installed package',
    { kind: 'package-absent', package: 'ufw' },
    () => device.put('/var/lib/dpkg/status', status),
    'failing',
  ],
  ['packages nobody records', { kind: 'package-absent', package: 'ufw' }, () => {}, 'unknown'],
  [
    'a unit pulled in',
    { kind: 'unit-state', unit: 'nftables.service', expected: 'enabled' },
    () =>
      device.link(
        '/etc/systemd/system/sysinit.target.wants/nftables.service',
        '/usr/lib/systemd/system/nftables.service',
      ),
    'ok',
  ],
  [
    'a unit nothing pulls in',
    { kind: 'unit-state', unit: 'nftables.service', expected: 'enabled' },
    () => {},
    'failing',
  ],
  [
    'a unit pulled in and masked',
    { kind: 'unit-state', unit: 'nftables.service', expected: 'enabled' },
    () => {
      device.link('/usr/lib/systemd/system/sysinit.target.wants/nftables.service', '../nftables.service');
      device.link('/etc/systemd/system/nftables.service', '/dev/null');
    },
    'failing',
  ],
  [
    'a masked unit',
    { kind: 'unit-state', unit: 'ctrl-alt-del.target', expected: 'masked' },
    () => device.link('/etc/systemd/system/ctrl-alt-del.target', '/dev/null'),
    'ok',
  ],
  [
    'an active unit',
    { kind: 'unit-state', unit: 'nftables.service', expected: 'active' },
    () => device.answer('systemctl', { status: 0, stdout: 'active\n' }),
    'ok',
  ],
  [
    'a failed unit',
    { kind: 'unit-state', unit: 'nftables.service', expected: 'active' },
    () => device.answer('systemctl', { status: 3, stdout: 'failed\n' }),
    'failing',
  ],
  [
    'a unit nobody can ask about',
    { kind: 'unit-state', unit: 'nftables.service', expected: 'active' },
    () => {},
    'unknown',
  ],
  [
    'a blocked module',
    usb,
    () => device.put('/etc/modprobe.d/imprint.conf', 'install usb_storage /bin/false\n'),
    'ok',
  ],
  [
    'a module only blacklisted',
    usb,
    () => device.put('/etc/modprobe.d/imprint.conf', 'blacklist usb_storage\n'),
    'failing',
  ],
  [
    'a blocked module that is loaded',
    usb,
    () => {
      device.put('/etc/modprobe.d/imprint.conf', 'install usb-storage /bin/false\n');
      device.put('/proc/modules', 'usb_storage 81920 0 - Live 0x0\n');
    },
    'failing',
  ],
  [
    'a kernel parameter',
    { kind: 'sysctl', name: 'kernel.core_pattern', expected: '|/bin/false' },
    () => device.put('/proc/sys/kernel/core_pattern', '|/bin/false\n'),
    'ok',
  ],
  [
    'another value',
    { kind: 'sysctl', name: 'kernel.core_pattern', expected: '|/bin/false' },
    () => device.put('/proc/sys/kernel/core_pattern', 'core\n'),
    'failing',
  ],
  [
    'a parameter this kernel lacks',
    { kind: 'sysctl', name: 'kernel.none', expected: '0' },
    () => {},
    'unknown',
  ],
  ['rules in force', rules, () => device.answer('nft', { status: 0, stdout: ruleset('drop') }), 'ok'],
  [
    'rules that let everything in',
    rules,
    () => device.answer('nft', { status: 0, stdout: ruleset('accept') }),
    'failing',
  ],
  ['no rules', rules, () => device.answer('nft', { status: 0, stdout: '{"nftables":[]}' }), 'failing'],
  ['rules that cannot be listed', rules, () => device.answer('nft', { status: 1, stdout: '' }), 'unknown'],
  [
    'a PAM module behind an include',
    pam,
    () => {
      device.put('/etc/pam.d/login', 'auth required pam_unix.so\n@include common-password\n');
      device.put(
        '/etc/pam.d/common-password',
        'password\t[success=1 default=ignore]\tpam_pwquality.so retry=3 minlen=12\n',
      );
    },
    'ok',
  ],
  [
    'a PAM module without the option',
    pam,
    () => device.put('/etc/pam.d/login', 'password requisite pam_pwquality.so\n'),
    'failing',
  ],
  [
    'a PAM service that includes itself',
    pam,
    () => device.put('/etc/pam.d/login', '@include login\npassword requisite pam_pwquality.so retry=3\n'),
    'ok',
  ],
  [
    'a locked account',
    { kind: 'account', user: 'root', expected: 'locked' },
    () => device.put('/etc/shadow', 'root:!:20000:0:99999:7:::\n'),
    'ok',
  ],
  [
    'an account without password',
    { kind: 'account', user: 'root', expected: 'locked' },
    () => device.put('/etc/shadow', 'root::20000:0:99999:7:::\n'),
    'failing',
  ],
  ['an account nobody may read', { kind: 'account', user: 'root', expected: 'locked' }, () => {}, 'unknown'],
  ['a kind this agent does not know', { kind: 'telepathy' } as unknown as PolicyCheck, () => {}, 'unknown'],
];

describe('a policy check', () => {
  test.each(rows)('sees %s', (_what, check, prepare, state) => {
    prepare();
    const seen = see(check);
    expect(seen.state).toBe(state);
    expect(seen.reason === undefined).toBe(state === 'ok');
    expect(seen.observed).toBe(state === 'ok' ? true : state === 'unknown' ? undefined : seen.observed);
  });
});

describe('a policy', () => {
  test('reports the setting it found, as a value of the intended type', () => {
    device.put('/etc/security/pwquality.conf', 'minlen = 8\n');
    expect(observePolicyRecord(record(minimum, 12), lookAt(device))).toEqual({
      id: 'policy',
      intended: 12,
      observed: 8,
      state: 'failing',
      observedAt: device.now().toISOString(),
      reason: 'expected minlen 12 in /etc/security/pwquality.conf, got 8',
    });
  });

  test('gives its reason in the language asked for', () => {
    device.put('/etc/security/pwquality.conf', 'minlen = 8\n');
    const seen = observePolicyRecord(record(minimum, 12), lookAt(device, 'zh-CN'));
    expect(seen.reason).toBe('/etc/security/pwquality.conf 中 minlen 应为 12，实际为 8');
  });

  test('holds only when every check does, and is never unknown when one differs', () => {
    const both = { ...record(rules), observe: [rules, minimum] };
    expect(observePolicyRecord(both, lookAt(device)).state).toBe('failing');
    device.put('/etc/security/pwquality.conf', 'minlen = 12\n');
    expect(observePolicyRecord(both, lookAt(device)).state).toBe('unknown');
    device.answer('nft', { status: 0, stdout: ruleset('drop') });
    expect(observePolicyRecord(both, lookAt(device)).state).toBe('ok');
  });

  test('of an edition without policies is an empty list', () => {
    expect(observePolicy(lookAt(device))).toEqual([]);
  });

  test('is read from the edition in its order', () => {
    const list = ['b', 'a'].map((id) => ({ ...record({ kind: 'absent', path: '/none' }), id }));
    device.put('/usr/lib/imprint/policy.json', JSON.stringify(list));
    expect(observePolicy(lookAt(device)).map(({ id, state }) => [id, state])).toEqual([
      ['b', 'ok'],
      ['a', 'ok'],
    ]);
  });
});
