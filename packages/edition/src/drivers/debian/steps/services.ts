import type { DebianLock } from '@imprint/protocol';
import { devicePaths } from '@imprint/protocol';
import type { Action, StepDefinition } from '../../../plan/model.ts';
import { channelOf, hasPackage, inputsOf, jsonText, lines, type StepContext } from '../context.ts';

const keyringPath = '/etc/imprint/archive-keyring.gpg';

/**
 * Where the edition's packages are. Off: the agent brings what every party approved, and does not use it. Whoever runs apt on devices
 * names the ring, which no build knows, and turns it on. Source: sources.list(5).
 */
function sourcesText(lock: DebianLock): string {
  return lines(
    '# Off: imprint-agent brings approved packages. For apt itself, name the ring of this device as suite and enable it.',
    'Enabled: no',
    'Types: deb',
    `URIs: ${lock.manifest.services.imprint.replace(/\/$/, '')}/content/apt/${lock.edition}`,
    `Suites: ${channelOf(lock)}`,
    'Components: main',
    `Signed-By: ${keyringPath}`,
  );
}

const networkText = lines('[Match]', 'Type=ether', 'Kind=!*', '', '[Network]', 'DHCP=yes');

/** Wired networks by DHCP, unless the edition carries a network manager. Source: systemd.network(5). */
function networkActions(lock: DebianLock): Action[] {
  if (hasPackage(lock, 'network-manager')) return [];
  const network: Action[] = [
    { kind: 'write', path: '/etc/systemd/network/80-imprint-wired.network', mode: 0o644, text: networkText },
    { kind: 'enable-unit', unit: 'systemd-networkd.service', target: 'multi-user.target' },
    { kind: 'enable-unit', unit: 'systemd-networkd-wait-online.service', target: 'network-online.target' },
  ];
  if (!hasPackage(lock, 'systemd-resolved')) return network;
  return [
    ...network,
    { kind: 'enable-unit', unit: 'systemd-resolved.service', target: 'sysinit.target' },
    { kind: 'symlink', path: '/etc/resolv.conf', target: '../run/systemd/resolve/stub-resolv.conf' },
  ];
}

/** Where the device reports, the root it pins, where it takes packages from, and its network. */
export function servicesStep({ lock }: StepContext): StepDefinition {
  const server = lock.manifest.services.imprint;
  const channel = channelOf(lock);
  const settings = { server, edition: lock.edition, channel };
  const roots = inputsOf(lock, 'release-root');
  const archiveKeys = inputsOf(lock, 'archive-key');
  return {
    id: 'services',
    kind: 'overlay',
    version: 2,
    settings: {
      server,
      channel,
      releaseRoot: roots.map(({ sha256 }) => sha256.slice(0, 12)),
      ...(archiveKeys.length === 0
        ? {}
        : { archiveKey: archiveKeys.map(({ sha256 }) => sha256.slice(0, 12)) }),
    },
    actions: [
      { kind: 'write', path: devicePaths.settings, mode: 0o644, text: jsonText(settings) },
      ...roots.map(
        (root): Action => ({ kind: 'copy', path: devicePaths.root, mode: 0o644, sha256: root.sha256 }),
      ),
      ...archiveKeys.map(
        (key): Action => ({ kind: 'copy', path: keyringPath, mode: 0o644, sha256: key.sha256 }),
      ),
      { kind: 'remove', paths: ['/etc/apt/sources.list', '/etc/apt/sources.list.d/*'] },
      {
        kind: 'write',
        path: '/etc/apt/sources.list.d/imprint.sources',
        mode: 0o644,
        text: sourcesText(lock),
      },
      ...networkActions(lock),
    ],
  };
}
