import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** How long a published file may be kept by whoever asks. */
export type Freshness = 'immutable' | 'short';

const digestNamed =
  /^(blobs\/sha256\/[0-9a-f]{2}\/|packs\/[0-9a-f]{2}\/|targets\/(?:[a-z0-9-]+\/){1,4})([0-9a-f]{64})(\.[a-z0-9.-]+)?$/;
/** An edition's apt repository: packages and indexes by digest, and what a ring's suite points with. */
const aptNamed =
  /^apt\/[a-z][a-z0-9-]{0,62}\/(?:pool\/[0-9a-f]{2}|dists\/[a-z][a-z0-9-]{0,62}\/main\/binary-amd64\/by-hash\/SHA256)\/([0-9a-f]{64})(\/[a-z0-9][A-Za-z0-9.+~_-]{1,200}\.deb)?$/;
const aptPointer =
  /^apt\/[a-z][a-z0-9-]{0,62}\/(?:debsecan\/[a-z][a-z0-9-]{0,62}|dists\/[a-z][a-z0-9-]{0,62}\/(?:InRelease|main\/binary-amd64\/Packages(?:\.gz)?))$/;
/** What an edition's devices are started from over the network. */
const netboot =
  /^deploy\/[a-z][a-z0-9-]{0,62}\/[a-z][a-z0-9-]{0,62}\/(kernel|initrd|boot\.ipxe|boot\.zh-CN\.ipxe)$/;
/** Signed antivirus definitions, and the same files as freshclam asks for them. */
const antivirus =
  /^antivirus\/[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9-]{0,62}\/(?:mirror\/[A-Za-z0-9][A-Za-z0-9._-]{0,99}|[a-z0-9][a-z0-9-]{0,62}\/definitions\.dsse\.json)$/;
const versioned = /^metadata\/[1-9][0-9]{0,9}\.[a-z][a-z0-9-]*\.json$/;
const pointer =
  /^(metadata\/(timestamp|root)\.json|(approvals|withdrawals)\/[0-9a-f]{64}\.dsse\.json|licensing\/revocations\.json)$/;

/** What a path of the published tree is; undefined for anything that is not of the tree's shape. */
export function classify(path: string): { freshness: Freshness; sha256?: string } | undefined {
  const named = digestNamed.exec(path);
  if (named !== null) return { freshness: 'immutable', sha256: named[2] as string };
  const apt = aptNamed.exec(path);
  if (apt !== null) return { freshness: 'immutable', sha256: apt[1] as string };
  if (versioned.test(path)) return { freshness: 'immutable' };
  const pointers = [pointer, aptPointer, netboot, antivirus];
  if (pointers.some((known) => known.test(path))) return { freshness: 'short' };
  return undefined;
}

export interface ContentFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedAt: Date;
}

const hashed = new Map<string, Promise<string>>();

/** Opens a file of the published tree, without following links out of it; undefined when it is not there. */
export async function openContent(
  root: string,
  path: string,
  sha256: string | undefined,
): Promise<ContentFile | undefined> {
  const file = join(root, path);
  const [realRoot, realFile] = await Promise.all([realpath(root), realpath(file)]).catch(() => []);
  if (realRoot === undefined || realFile === undefined || !realFile.startsWith(realRoot + sep))
    return undefined;
  const handle = await open(realFile, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const status = await handle.stat({ bigint: true });
    if (!status.isFile()) {
      await handle.close();
      return undefined;
    }
    const identity = `${realFile}:${status.ino}:${status.size}:${status.mtimeNs}`;
    const digest = sha256 ?? (await digestOf(handle, identity));
    return { handle, sizeBytes: Number(status.size), etag: `"${digest}"`, modifiedAt: status.mtime };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** SHA-256 of a file whose name does not say it: computed once, also for many who ask at once, while the file stays the same. */
function digestOf(handle: FileHandle, identity: string): Promise<string> {
  const kept = hashed.get(identity);
  if (kept !== undefined) return kept;
  const digest = hashOf(handle);
  if (hashed.size >= 1000) hashed.clear();
  hashed.set(identity, digest);
  digest.catch(() => hashed.delete(identity));
  return digest;
}

async function hashOf(handle: FileHandle): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream({ start: 0, autoClose: false })) {
    hash.update(chunk as Buffer);
  }
  return hash.digest('hex');
}
