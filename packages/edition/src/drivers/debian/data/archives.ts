import type { DebianManifest, LockedArchive } from '@imprint/protocol';

/** Debian's own mirrors, used when a manifest names none. */
export const defaultMirror = 'http://deb.debian.org/debian';
export const defaultSecurityMirror = 'http://deb.debian.org/debian-security';

/** The package `debian-archive-keyring` puts the archive's keys here. */
export const archiveKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

export type Archive = Pick<LockedArchive, 'archive' | 'mirror' | 'suite'>;

/** The three archives a lock is resolved over together; the first that has a package is where it is taken from. */
export function archivesOf({ suite, mirror, securityMirror }: DebianManifest['base']['debian']): Archive[] {
  const main = (mirror ?? defaultMirror).replace(/\/+$/, '');
  const security = (securityMirror ?? defaultSecurityMirror).replace(/\/+$/, '');
  return [
    { archive: 'base', mirror: main, suite },
    { archive: 'updates', mirror: main, suite: `${suite}-updates` },
    { archive: 'security', mirror: security, suite: `${suite}-security` },
  ];
}
