import type { DebianLock, LockedInput, LockedPackage } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';

function locked(name: string, version = '1.0-1'): LockedPackage {
  const sha256 = sha256Hex(Buffer.from(`${name} ${version}`));
  const path = `pool/main/${name}_${version}_amd64.deb`;
  const source = { name, version };
  return { name, version, architecture: 'amd64', source, archive: 'base', path, sha256, sizeBytes: 1000 };
}

function input(role: LockedInput['role'], name: string): LockedInput {
  return { role, name, sha256: sha256Hex(Buffer.from(`${role} ${name}`)), sizeBytes: 100 };
}

/** A small lock with a part for every step, for tests that only plan. */
export function sampleLock(): DebianLock {
  return {
    lockVersion: 1,
    edition: 'gov-sample',
    version: '2026.11.0',
    architecture: 'amd64',
    sourceDateEpoch: 1_763_000_000,
    archives: [],
    manifest: {
      apiVersion: 'imprint/v1',
      edition: 'gov-sample',
      version: '2026.11.0',
      title: { en: 'Government Sample', 'zh-CN': '政务样例版' },
      base: { debian: { suite: 'trixie', profile: 'server-minimal' } },
      locale: {
        language: 'zh_CN.UTF-8',
        timezone: 'Asia/Shanghai',
        keyboard: 'cn',
        fonts: ['noto-cjk'],
        inputMethod: 'fcitx5-chinese',
      },
      trust: { profile: 'dual' },
      policy: {
        telemetry: 'none',
        screenLock: '10m',
        passwordMinLength: 12,
        usbStorage: 'read-only',
        firewall: 'deny-incoming',
        automaticLogin: false,
        rootLogin: 'locked',
        coreDumps: false,
        loginBanner: { en: 'Authorised use only', 'zh-CN': '仅限授权使用' },
      },
      services: { imprint: 'https://imprint.example.gov', channel: 'pilot' },
      outputs: ['rootfs', 'squashfs', 'disk'],
    },
    base: [locked('base-files'), locked('dpkg'), locked('systemd-repart'), locked('systemd-resolved')],
    packages: [
      'clamav-daemon',
      'clamav-freshclam',
      'keyboard-configuration',
      'libpam-pwquality',
      'nftables',
      'openssh-server',
    ].map((name) => locked(name)),
    tools: [locked('grub-pc-bin'), locked('squashfs-tools')],
    inputs: [
      input('component', 'imprint-agent'),
      input('antivirus-definitions', 'definitions.json'),
      input('antivirus-definitions', 'gov.hdb'),
      input('trust-root', 'roots/gov-root.crt'),
      input('release-root', 'root.json'),
    ],
  };
}
