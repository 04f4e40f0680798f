import type { Action } from '../../plan/model.ts';

/**
 * What package installation leaves behind that differs between two installations or belongs to one device:
 * logs, caches with clocks or inode numbers inside, keys and seeds made on the spot. Upstream ships none of it.
 */
export const scrubActions: readonly Action[] = [
  {
    kind: 'remove',
    paths: [
      '/etc/.pwd.lock',
      '/etc/ssh/ssh_host_*',
      '/var/cache/apt/*.bin',
      '/var/cache/apt/archives/*.deb',
      '/var/cache/debconf/*-old',
      '/var/cache/ldconfig/aux-cache',
      '/var/lib/apt/lists/*',
      '/var/lib/dbus/machine-id',
      '/var/lib/dpkg/*-old',
      '/var/lib/systemd/credential.secret',
      '/var/lib/systemd/random-seed',
      '/var/log/alternatives.log',
      '/var/log/apt/*',
      '/var/log/dpkg.log',
      '/var/log/bootstrap.log',
    ],
  },
  { kind: 'truncate', paths: ['/etc/machine-id'] },
];

/** What must never ship: identities, keys and traces of one machine. */
export const deviceSpecific: Action = {
  kind: 'expect-no-device',
  absent: [
    // Tokens and keys handed to one device: systemd's credentials, what an agent learned, its key and its lease.
    '/etc/credstore.encrypted/imprint.*',
    '/etc/credstore/imprint.*',
    '/etc/hostid',
    '/etc/ssh/ssh_host_*',
    '/etc/udev/rules.d/70-persistent-*',
    '/root/.bash_history',
    '/var/lib/dhcp/*.leases',
    '/var/lib/NetworkManager/secret_key',
    '/var/lib/imprint-agent/*',
    '/var/lib/imprint-agent/.*',
    '/var/lib/private/imprint-agent',
    '/var/lib/systemd/credential.secret',
    '/var/lib/systemd/random-seed',
    '/var/log/dpkg.log',
  ],
  empty: ['/etc/machine-id', '/var/lib/dbus/machine-id'],
};
