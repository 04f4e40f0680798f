import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { packLimits } from '@imprint/protocol';
import { tarReader } from '../evidence/tar/read-tar.ts';
import { type CanonicalPackage, readAt } from './canonical-deb.ts';

/** A file's bytes inside a canonical `.deb`; files without any have none. */
export interface Body {
  /** `data/` or `control/` and the path in that archive. */
  readonly path: string;
  /** From the beginning of the `.deb`. */
  readonly offset: number;
  readonly sizeBytes: number;
  readonly sha256: string;
}

const blockBytes = 512;

async function archiveBodies(
  handle: FileHandle,
  name: 'control' | 'data',
  { offset, sizeBytes }: { readonly offset: number; readonly sizeBytes: number },
): Promise<Body[]> {
  const found: Body[] = [];
  let at = 0;
  let hash = createHash('sha256');
  let open: Omit<Body, 'sha256'> | undefined;
  const reader = tarReader({
    member: ({ name: path, sizeBytes: length }) => {
      hash = createHash('sha256');
      open = { path: `${name}/${path}`, offset: offset + at + blockBytes, sizeBytes: length };
    },
    data: (chunk) => void hash.update(chunk),
    end: () => {
      if (open !== undefined && open.sizeBytes > 0) found.push({ ...open, sha256: hash.digest('hex') });
    },
  });
  for (let start = 0; start < sizeBytes; start += packLimits.rawFrame) {
    const bytes = await readAt(handle, offset + start, Math.min(packLimits.rawFrame, sizeBytes - start));
    // Block by block, so that `at` is where the reader stands when it tells of a member.
    for (let block = 0; block < bytes.length; block += blockBytes) {
      at = start + block;
      reader.push(bytes.subarray(block, block + blockBytes));
    }
  }
  return found;
}

/**
 * Finds every file's bytes in a canonical `.deb`, in their order.
 *
 * @throws EVIDENCE_TAR_MALFORMED
 */
export async function bodiesOf(canonical: CanonicalPackage): Promise<Body[]> {
  const handle = await open(canonical.file, 'r');
  try {
    const control = await archiveBodies(handle, 'control', canonical.archives.control);
    return [...control, ...(await archiveBodies(handle, 'data', canonical.archives.data))];
  } finally {
    await handle.close();
  }
}
