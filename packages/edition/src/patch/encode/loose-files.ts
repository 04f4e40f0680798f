import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BuildRecord, type IntegrityEntry, type IntegrityManifest, isPublishedFile } from '@imprint/protocol';
import { Value } from 'typebox/value';
import { decodeManifest } from '../../evidence/index.ts';
import { type MemberVisitor, visitPressedTree } from '../../evidence/tar/visit-tar.ts';
import { guardSpace, syncDirectory } from '../../store/index.ts';
import { patchError } from '../errors.ts';
import { patchSetNames } from './encode-patch-set.ts';

const recordBytes = 4 * 1024 * 1024;

/** Files that are published one by one, by digest, each with one path and its size. */
export type LooseFiles = ReadonlyMap<string, { readonly path: string; readonly sizeBytes: number }>;

/** What is published of an image file by file. */
export function looseFilesOf(entries: readonly IntegrityEntry[]): LooseFiles {
  const found = new Map<string, { readonly path: string; readonly sizeBytes: number }>();
  for (const entry of entries) {
    if (isPublishedFile(entry))
      found.set(entry.sha256, { path: entry.path, sizeBytes: entry.sizeBytes ?? 0 });
  }
  return found;
}

interface BuildFiles {
  readonly rootfs: string;
  readonly integrity: IntegrityManifest;
}

async function locate(build: string, folder: string, name: string): Promise<string | undefined> {
  if (name.includes('/')) return undefined;
  for (const file of [join(build, name), join(build, folder, name)]) {
    if ((await stat(file).catch(() => undefined))?.isFile() === true) return file;
  }
  return undefined;
}

async function readBuild(build: string): Promise<BuildFiles> {
  const incomplete = (what: string, cause?: unknown) =>
    patchError('PATCH_BUILD_INCOMPLETE', { what, build }, { cause });
  const file = join(build, 'build.json');
  const size = (await stat(file).catch(() => undefined))?.size ?? recordBytes + 1;
  if (size > recordBytes) throw incomplete('build.json');
  const record: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (!Value.Check(BuildRecord, record)) throw incomplete('build.json');
  const named = async <K>(records: readonly { kind: K; name: string }[], kind: K, folder: string) => {
    const found = records.find((one) => one.kind === kind);
    const place = found === undefined ? undefined : await locate(build, folder, found.name);
    if (place === undefined) throw incomplete(String(kind));
    return place;
  };
  const rootfs = await named(record.artifacts, 'rootfs', 'artifacts');
  const integrity = await named(record.evidence, 'integrity', 'evidence');
  return { rootfs, integrity: decodeManifest(await readFile(integrity)) };
}

function writeWhole(descriptor: number, chunk: Uint8Array): void {
  for (let done = 0; done < chunk.length; ) done += writeSync(descriptor, chunk, done, chunk.length - done);
}

/** Writes the wanted members of the root file system as they pass; gives the digests of those that came. */
async function takeMembers(
  wanted: LooseFiles,
  { rootfs, integrity }: BuildFiles,
  partial: (sha256: string) => string,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const digests = new Map<string, string>();
  for (const { path, sha256 } of integrity.entries) {
    if (sha256 !== undefined && wanted.has(sha256)) digests.set(path, sha256);
  }
  const taken = new Set<string>();
  let open: number | undefined;
  const close = () => {
    if (open !== undefined) closeSync(open);
    open = undefined;
  };
  const visit: MemberVisitor = ({ name, type, sizeBytes }) => {
    const path = `/${name}`;
    const sha256 = type === 'file' ? digests.get(path) : undefined;
    if (sha256 === undefined || taken.has(sha256)) return undefined;
    const missing = (got: string) => patchError('PATCH_FILES_MISSING', { path, sha256, file: rootfs, got });
    if (sizeBytes !== wanted.get(sha256)?.sizeBytes) throw missing(`${sizeBytes} bytes`);
    const hash = createHash('sha256');
    const descriptor = openSync(partial(sha256), 'w', 0o644);
    open = descriptor;
    return (chunk) => {
      if (chunk !== undefined) {
        hash.update(chunk);
        return writeWhole(descriptor, chunk);
      }
      close();
      const got = hash.digest('hex');
      if (got !== sha256) throw missing(got);
      taken.add(sha256);
    };
  };
  try {
    await visitPressedTree(rootfs, visit, signal);
  } finally {
    close();
  }
  return taken;
}

/**
 * Writes every file of a finished build that is published alone below `files/` of a directory, named by its digest, from the build's root file
 * system; each is hashed on the way.
 *
 * @throws PATCH_BUILD_INCOMPLETE, PATCH_FILES_MISSING, EVIDENCE_TAR_MALFORMED, STORE_FULL, TOOL_MISSING, TOOL_FAILED
 */
export async function extractLooseFiles(
  build: string,
  directory: string,
  signal?: AbortSignal,
): Promise<LooseFiles> {
  const files = await readBuild(build);
  const wanted = looseFilesOf(files.integrity.entries);
  const place = join(directory, patchSetNames.files);
  const partial = (sha256: string) => join(place, `${sha256}.part`);
  await mkdir(place, { recursive: true });
  try {
    const taken = await guardSpace(place, files.rootfs, () => takeMembers(wanted, files, partial, signal));
    for (const [sha256, { path }] of wanted) {
      if (!taken.has(sha256))
        throw patchError('PATCH_FILES_MISSING', { path, sha256, file: files.rootfs, got: 'none' });
      await rename(partial(sha256), join(place, sha256));
    }
  } finally {
    for (const sha256 of wanted.keys()) await rm(partial(sha256), { force: true });
  }
  await syncDirectory(place);
  return wanted;
}
