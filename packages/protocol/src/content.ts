import type { IntegrityEntry } from './evidence.ts';

// Apart from the schemas, so that a device's bundle carries no schema library for them.

/** Where a pack or patch lies below the content tree. */
export const packPath = (sha256: string): string => `packs/${sha256.slice(0, 2)}/${sha256}`;

/**
 * True for a file whose bytes no package has as they are, so that they are published one by one as blobs by their digest:
 * written by a step, generated in a clean build, or changed under the vendor's agreement. dpkg keeps its own records.
 */
export function isLooseFile(entry: IntegrityEntry): entry is IntegrityEntry & { readonly sha256: string } {
  return (
    entry.type === 'file' &&
    entry.sha256 !== undefined &&
    entry.volatile !== true &&
    ['step', 'clean-build', 'agreed'].includes(entry.evidence) &&
    !entry.path.startsWith('/var/lib/dpkg/')
  );
}

/**
 * True for a file that is published as a blob: a loose one, or a package's file below `/etc`, which a device needs when the edition
 * had changed it and leaves it to its package again.
 */
export function isPublishedFile(
  entry: IntegrityEntry,
): entry is IntegrityEntry & { readonly sha256: string } {
  if (isLooseFile(entry)) return true;
  const { type, sha256, volatile, evidence, path } = entry;
  const isPackaged = type === 'file' && sha256 !== undefined && volatile !== true && evidence === 'package';
  return isPackaged && path.startsWith('/etc/');
}
