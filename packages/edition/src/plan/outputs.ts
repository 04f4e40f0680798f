import type { DebianLock } from '@imprint/protocol';
import { diskIdentities } from './identities.ts';
import type { BuildProfile, DebianOutputKind, PlannedOutput } from './model.ts';

/** zstd levels: preview is quick to make, release is small. */
const levels: Readonly<Record<BuildProfile, { readonly rootfs: number; readonly squashfs: number }>> = {
  preview: { rootfs: 3, squashfs: 3 },
  release: { rootfs: 15, squashfs: 15 },
};

/** What is pressed and how; every option here is part of the output's cache key. */
export function plannedOutput(
  kind: DebianOutputKind,
  lock: DebianLock,
  profile: BuildProfile,
): PlannedOutput<DebianOutputKind> {
  const stem = `${lock.edition}-${lock.version}-${lock.architecture}`;
  switch (kind) {
    case 'rootfs':
      return { kind, version: 2, fileName: `${stem}.tar.zst`, options: { level: levels[profile].rootfs } };
    case 'squashfs':
      return { kind, version: 3, fileName: `${stem}.squashfs`, options: { level: levels[profile].squashfs } };
    case 'disk':
      return {
        kind,
        version: 2,
        fileName: `${stem}.img`,
        options: {
          ...diskIdentities(lock),
          consoles: ['tty0', 'ttyS0,115200'],
          vendorDirectory: 'debian',
        },
      };
  }
}
