import { link, mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { publishFile } from '../../../store/index.ts';
import { patchWimGuid, wimGuid } from '../formats/wim/patch-guid.ts';
import { readWimHeader, type WimHeader } from '../formats/wim/read-header.ts';
import { assertInside, resourceFlag, withWim } from '../formats/wim/wim-file.ts';
import { runWimlib, type WimlibOptions } from '../tools/wimlib-run.ts';
import { blobEntries } from './blob-entries.ts';

/** How a WIM stores its blobs; an export copies them as they are between WIMs that agree. */
type Storage = Pick<WimHeader, 'compression' | 'chunkBytes'>;

/** A file and how it is to be stored. */
export interface Payload {
  readonly from: string;
  readonly sha256: string;
  readonly sha1: string;
  readonly sizeBytes: number;
  readonly storage: Storage;
}

/** Sorts payloads behind the vendor's blobs in an export, which orders files by their GUID, and each by its content. */
const guidDigest = ({ sha256 }: Payload) => `ffffffff${sha256.slice(0, 24)}`;

async function hasPayload(file: string, payload: Payload): Promise<boolean> {
  return withWim(file, async (wim) => {
    const header = await readWimHeader(wim);
    const blobs = (await blobEntries(wim, header)).filter(({ isMetadata }) => !isMetadata);
    for (const { resource } of blobs) assertInside(wim, resource, 'payload');
    const [blob] = blobs;
    return (
      blobs.length === 1 &&
      blob?.sha1 === payload.sha1 &&
      blob.resource.sizeBytes === payload.sizeBytes &&
      (blob.resource.flags & ~resourceFlag.compressed) === 0 &&
      header.compression === payload.storage.compression &&
      header.chunkBytes === payload.storage.chunkBytes &&
      header.guid === wimGuid(guidDigest(payload)).toString('hex') &&
      header.parts === 1 &&
      header.integrity.storedBytes > 0
    );
  });
}

const isUnusable = (error: unknown) =>
  (error as NodeJS.ErrnoException).code === 'ENOENT' ||
  (isImprintError(error) && /^WINDOWS_(WIM_|TOOL_WIMLIB$)/.test(error.code));

/**
 * True if a file is a WIM of this payload alone, stored as wished, and its stored bytes are those of its own integrity
 * table. That finds damage; only reading the pressed image back proves the content.
 */
export async function isPayloadWim(file: string, payload: Payload, options: WimlibOptions): Promise<boolean> {
  try {
    if (!(await hasPayload(file, payload))) return false;
    await runWimlib({ file, args: ['info', file, '--check'], onLine: () => {} }, options);
    return true;
  } catch (error) {
    if (isUnusable(error)) return false;
    throw error;
  }
}

/** Compresses a payload into a WIM of its own, whole or not at all; `work` is a name for a passing directory. */
export async function writePayloadWim(
  file: string,
  { payload, work }: { readonly payload: Payload; readonly work: string },
  options: WimlibOptions,
): Promise<void> {
  const { from, storage } = payload;
  const temporary = `${file}.tmp`;
  await mkdir(dirname(file), { recursive: true });
  await mkdir(work);
  try {
    await rm(temporary, { force: true });
    await link(from, join(work, 'payload'));
    const how = [`--compress=${storage.compression}`, `--chunk-size=${storage.chunkBytes}`, '--check'];
    await runWimlib({ file, args: ['capture', work, temporary, 'payload', ...how] }, options);
    await patchWimGuid(temporary, guidDigest(payload));
    await publishFile(temporary, file);
  } finally {
    await rm(temporary, { force: true });
    await rm(work, { recursive: true, force: true });
  }
}
