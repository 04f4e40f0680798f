import type { WindowsLock } from '@imprint/protocol';
import { derivedUuid } from '../../../plan/identities.ts';
import type { PlannedOutput, WindowsOutputKind } from '../../../plan/model.ts';

/** Below 4 GiB, which FAT32 and ISO 9660 hold. Source: learn.microsoft.com, "Split a Windows image file (.wim)". */
const partSizeMiB = 3800;

/** A volume identifier of ISO 9660: at most 32 of A–Z, 0–9 and `_`. */
function volumeId({ edition, version }: WindowsLock): string {
  return `${edition}_${version}`
    .toUpperCase()
    .replace(/[^A-Z0-9_]/g, '_')
    .slice(0, 32);
}

/** What is pressed and how; a split set's parts are named after its first. A WIM's GUID follows from the lock. */
export function plannedWindowsOutput(
  kind: WindowsOutputKind,
  lock: WindowsLock,
  lockSha256: string,
): PlannedOutput<WindowsOutputKind> {
  const fileName = `${lock.edition}-${lock.version}-${lock.architecture}.${kind}`;
  const guid = derivedUuid(lockSha256, kind);
  switch (kind) {
    case 'wim':
      return { kind, version: 1, fileName, options: { guid, recompress: false } };
    case 'swm':
      return { kind, version: 1, fileName, options: { guid, partSizeMiB } };
    case 'iso':
      return { kind, version: 1, fileName, options: { partSizeMiB, volumeId: volumeId(lock) } };
    case 'esd':
      return { kind, version: 1, fileName, options: { guid } };
  }
}
