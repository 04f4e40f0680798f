import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PackedPackage, PackReference } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { syncDirectory, writeFileDurably } from '../../store/index.ts';
import { isOwnerAlive, ownerMark } from '../../store/owner.ts';

const KeptPack = Type.Object({ package: PackedPackage, reference: PackReference });
/** `reference` is absent where the patch is not worth its bytes. */
const KeptPatch = Type.Object({ from: PackedPackage, reference: Type.Optional(PackReference) });
type Kept = Static<typeof KeptPack> | Static<typeof KeptPatch>;
const validators = { pack: Compile(KeptPack), patch: Compile(KeptPatch) } as const;

/** What was encoded before, by the digests of the packages it was made of. */
export interface EncodeCache {
  /** Where a pack or patch is, by the digest of its head. */
  file(sha256: string): string;
  pack(deb: string): Promise<Static<typeof KeptPack> | undefined>;
  patch(from: string, to: string, pack: string): Promise<Static<typeof KeptPatch> | undefined>;
  keepPack(deb: string, kept: Static<typeof KeptPack>, made: string): Promise<void>;
  keepPatch(
    names: readonly [from: string, to: string, pack: string],
    kept: Static<typeof KeptPatch>,
    made: string,
  ): Promise<void>;
  /** Gives a directory of this process's own, removed whatever happens. */
  inWorkshop<T>(work: (directory: string) => Promise<T>): Promise<T>;
}

/** Removes what ended processes left half done. */
async function sweep(workshops: string): Promise<void> {
  for (const name of await readdir(workshops)) {
    const owner = /^(\d+-\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isOwnerAlive(owner))
      await rm(join(workshops, name), { recursive: true, force: true });
  }
}

async function read(file: string, kind: 'pack' | 'patch'): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return validators[kind].Check(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Opens the cache in a directory, which is made when it is needed. Any number of processes may use it at once. */
export async function openEncodeCache(directory: string): Promise<EncodeCache> {
  const [files, records, workshops] = ['files', 'records', 'unfinished'].map((name) => join(directory, name));
  if (files === undefined || records === undefined || workshops === undefined)
    throw new TypeError('no place');
  for (const place of [files, records, workshops]) await mkdir(place, { recursive: true });
  await sweep(workshops);
  const packRecord = (deb: string) => join(records, `${deb}.json`);
  const patchRecord = (from: string, to: string, pack: string) =>
    join(records, `${from}-${to}-${pack.slice(0, 16)}.json`);
  const keep = async (record: string, kept: Kept, made: string) => {
    if (kept.reference !== undefined) {
      await rename(made, join(files, kept.reference.sha256));
      await syncDirectory(files);
    }
    await writeFileDurably(record, JSON.stringify(kept));
  };
  return {
    file: (sha256) => join(files, sha256),
    pack: async (deb) => (await read(packRecord(deb), 'pack')) as Static<typeof KeptPack> | undefined,
    patch: async (...names) =>
      (await read(patchRecord(...names), 'patch')) as Static<typeof KeptPatch> | undefined,
    keepPack: (deb, kept, made) => keep(packRecord(deb), kept, made),
    keepPatch: (names, kept, made) => keep(patchRecord(...names), kept, made),
    inWorkshop: async (work) => {
      const workshop = await mkdtemp(join(workshops, `${ownerMark()}-`));
      try {
        return await work(workshop);
      } finally {
        await rm(workshop, { recursive: true, force: true });
      }
    },
  };
}
