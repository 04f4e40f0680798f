import { chmod, copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publishFile, sha256OfFile } from './durable.ts';
import { guardSpace, storeError } from './errors.ts';
import {
  claimPartialPath,
  dropPartials,
  releasePartialPath,
  sweepTemporary,
  temporaryPath,
} from './temporary.ts';

export interface StoredBlob {
  readonly sha256: string;
  readonly sizeBytes: number;
}

/** A file being written inside the store's directory, so that keeping it is a rename. */
export interface TemporaryBlob {
  readonly path: string;
  /** Hashes what is on disk and keeps it. @throws STORE_DIGEST_MISMATCH, after which nothing is kept */
  commit(expectedSha256?: string): Promise<StoredBlob>;
  discard(): Promise<void>;
}

/** The beginning of a download; `sizeBytes` is how much of it is there already. */
export interface PartialBlob {
  readonly path: string;
  readonly sizeBytes: number;
  /** Hashes what is on disk and keeps it. @throws STORE_DIGEST_MISMATCH, after which nothing is kept */
  commit(): Promise<StoredBlob>;
  /** Leaves it for whoever asks next. */
  release(): Promise<void>;
  discard(): Promise<void>;
}

/** Blobs named by their SHA-256, each kept once: `<directory>/sha256/<first two digits>/<digest>`. */
export interface ContentStore {
  readonly directory: string;
  /** Where a blob is, whether or not it is there. */
  path(sha256: string): string;
  /** True if the blob is there, of the given size if one is given; its content is not read. */
  has(sha256: string, sizeBytes?: number): Promise<boolean>;
  /** True if the blob is there and its content still has its digest. */
  verify(sha256: string): Promise<boolean>;
  /** Reads a blob and checks its digest. @throws STORE_BLOB_MISSING, STORE_BLOB_DAMAGED */
  read(sha256: string): Promise<Buffer>;
  /** Copies a file in; aborting stops it while the file is hashed. @throws STORE_DIGEST_MISMATCH, STORE_FULL */
  putFile(path: string, expectedSha256?: string, signal?: AbortSignal): Promise<StoredBlob>;
  /** @throws STORE_DIGEST_MISMATCH, STORE_FULL */
  putBytes(bytes: Uint8Array, expectedSha256?: string): Promise<StoredBlob>;
  openTemporary(): Promise<TemporaryBlob>;
  claimPartial(sha256: string): Promise<PartialBlob>;
  remove(sha256: string): Promise<void>;
  list(): Promise<string[]>;
}

interface Places {
  readonly directory: string;
  readonly unfinished: string;
}

function blobPath({ directory }: Places, sha256: string): string {
  if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not a sha256 digest: ${sha256}`);
  return join(directory, 'sha256', sha256.slice(0, 2), sha256);
}

/** Renames a finished file to its digest. An existing blob is replaced by its equal, which also mends a damaged one. */
async function keep(places: Places, path: string, expectedSha256?: string): Promise<StoredBlob> {
  const found = await sha256OfFile(path);
  if (expectedSha256 !== undefined && found.sha256 !== expectedSha256) {
    await rm(path, { force: true });
    const params = { name: 'the content', expected: expectedSha256, got: found.sha256 };
    throw storeError('STORE_DIGEST_MISMATCH', params);
  }
  const target = blobPath(places, found.sha256);
  await guardSpace(places.directory, found.sha256, async () => {
    await mkdir(dirname(target), { recursive: true });
    await chmod(path, 0o644);
    await publishFile(path, target);
  });
  return found;
}

async function writeTemporary(places: Places, name: string, write: (path: string) => Promise<void>) {
  await mkdir(places.unfinished, { recursive: true });
  const path = temporaryPath(places.unfinished);
  try {
    await guardSpace(places.directory, name, () => write(path));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return path;
}

async function hasBlob(places: Places, sha256: string, sizeBytes?: number): Promise<boolean> {
  const found = await stat(blobPath(places, sha256)).catch(() => undefined);
  return found?.isFile() === true && (sizeBytes === undefined || found.size === sizeBytes);
}

async function verifyBlob(places: Places, sha256: string): Promise<boolean> {
  if (!(await hasBlob(places, sha256))) return false;
  return (await sha256OfFile(blobPath(places, sha256))).sha256 === sha256;
}

async function putFile(
  places: Places,
  path: string,
  expectedSha256?: string,
  signal?: AbortSignal,
): Promise<StoredBlob> {
  const found = await sha256OfFile(path, signal);
  const { sha256 } = found;
  if (expectedSha256 !== undefined && sha256 !== expectedSha256)
    throw storeError('STORE_DIGEST_MISMATCH', { name: path, expected: expectedSha256, got: sha256 });
  if (await verifyBlob(places, sha256)) return found;
  const copy = await writeTemporary(places, path, (temporary) => copyFile(path, temporary));
  return keep(places, copy, sha256);
}

async function putBytes(places: Places, bytes: Uint8Array, expectedSha256?: string): Promise<StoredBlob> {
  const path = await writeTemporary(places, `${bytes.length} bytes`, (temporary) =>
    writeFile(temporary, bytes),
  );
  return keep(places, path, expectedSha256);
}

async function readBlob(places: Places, sha256: string): Promise<Buffer> {
  const { directory } = places;
  if (!(await hasBlob(places, sha256))) throw storeError('STORE_BLOB_MISSING', { sha256, directory });
  if (!(await verifyBlob(places, sha256))) throw storeError('STORE_BLOB_DAMAGED', { sha256, directory });
  return readFile(blobPath(places, sha256));
}

async function claimPartial(places: Places, sha256: string): Promise<PartialBlob> {
  const claimed = await claimPartialPath(places.unfinished, sha256);
  return {
    ...claimed,
    commit: async () => {
      const stored = await keep(places, claimed.path, sha256);
      await dropPartials(places.unfinished, sha256);
      return stored;
    },
    release: () => releasePartialPath(places.unfinished, sha256, claimed.path),
    discard: () => rm(claimed.path, { force: true }),
  };
}

async function listBlobs({ directory }: Places): Promise<string[]> {
  const entries = await readdir(join(directory, 'sha256'), { recursive: true }).catch(() => []);
  return entries.flatMap((entry) => /^[0-9a-f]{2}\/([0-9a-f]{64})$/.exec(entry)?.[1] ?? []).sort();
}

/** Opens the content store in a directory, which is made on the first write. Any number of processes may use it at once. */
export function openContentStore(directory: string): ContentStore {
  const places = { directory, unfinished: join(directory, 'unfinished') };
  const swept = sweepTemporary(places.unfinished);
  return {
    directory,
    path: (sha256) => blobPath(places, sha256),
    has: (sha256, sizeBytes) => hasBlob(places, sha256, sizeBytes),
    verify: (sha256) => verifyBlob(places, sha256),
    read: (sha256) => readBlob(places, sha256),
    putFile: (path, expectedSha256, signal) => putFile(places, path, expectedSha256, signal),
    putBytes: (bytes, expectedSha256) => putBytes(places, bytes, expectedSha256),
    openTemporary: async () => {
      await swept;
      const path = await writeTemporary(places, 'a temporary file', (temporary) => writeFile(temporary, ''));
      return {
        path,
        commit: (expectedSha256) => keep(places, path, expectedSha256),
        discard: () => rm(path, { force: true }),
      };
    },
    claimPartial: (sha256) => claimPartial(places, sha256),
    remove: (sha256) => rm(blobPath(places, sha256), { force: true }),
    list: () => listBlobs(places),
  };
}
