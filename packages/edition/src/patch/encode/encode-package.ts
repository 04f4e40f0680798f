import { join } from 'node:path';
import {
  isImprintError,
  type PackedPackage,
  type PackIndex,
  type PackReference,
  type PatchSetPackage,
  patchSetLimits,
} from '@imprint/protocol';
import { type CanonicalPackage, encodePack, encodePatch, writeCanonicalDeb } from '../../packs/index.ts';
import type { ContentStore } from '../../store/index.ts';
import { patchError } from '../errors.ts';
import type { EncodeCache } from './cache.ts';
import type { ChangedDeb } from './changed.ts';
import { checkPack } from './check-pack.ts';

/** A patch that is larger than this much of its pack costs a device more than it saves. */
const worthwhile = 0.8;

export interface Encoding {
  readonly store: ContentStore;
  readonly cache: EncodeCache;
  readonly signal?: AbortSignal | undefined;
}

/** A finished entry and where each pack and patch that it names lies, by the digest of its head. */
export interface EncodedPackage {
  readonly entry: PatchSetPackage;
  readonly files: ReadonlyMap<string, string>;
}

interface Pack {
  readonly file: string;
  readonly reference: PackReference;
  readonly index: PackIndex;
}

/** The canonical packages of one piece of work, each made when it is first asked for. */
type Canonicals = (sha256: string) => Promise<CanonicalPackage>;

function canonicalsIn(workshop: string, { store, signal }: Encoding): Canonicals {
  const made = new Map<string, Promise<CanonicalPackage>>();
  const make = async (sha256: string) => {
    signal?.throwIfAborted();
    if (!(await store.verify(sha256)))
      throw patchError('PATCH_PACKAGE_ABSENT', { sha256, directory: store.directory });
    return writeCanonicalDeb(store.path(sha256), join(workshop, `${sha256}.deb`));
  };
  return (sha256) => {
    const known = made.get(sha256) ?? make(sha256);
    made.set(sha256, known);
    return known;
  };
}

/** Undefined where a kept file is gone or damaged: it is then made again. */
async function sound<T>(check: Promise<T>): Promise<T | undefined> {
  return check.catch((error: unknown) => {
    if (isImprintError(error, 'PATCH_PACK_DAMAGED')) return undefined;
    throw error;
  });
}

async function packOf(deb: string, encoding: Encoding, canonical: Canonicals, workshop: string) {
  const { cache } = encoding;
  const kept = await cache.pack(deb);
  if (kept !== undefined) {
    const file = cache.file(kept.reference.sha256);
    const index = await sound(checkPack(file, 'pack', kept.reference));
    if (index !== undefined) return { file, reference: kept.reference, index };
  }
  const { file, reference, index } = await encodePack(await canonical(deb), workshop);
  await cache.keepPack(deb, { package: index.package, reference }, file);
  return { file: cache.file(reference.sha256), reference, index };
}

interface Patch {
  readonly from: PackedPackage;
  readonly reference?: PackReference | undefined;
}

/** Undefined where the old package is not in the store and was not encoded from before. */
async function patchOf(
  [from, to]: readonly [string, string],
  pack: Pack,
  encoding: Encoding,
  { canonical, workshop }: { readonly canonical: Canonicals; readonly workshop: string },
): Promise<Patch | undefined> {
  const { cache, store } = encoding;
  const names = [from, to, pack.reference.sha256] as const;
  const kept = await cache.patch(...names);
  if (kept !== undefined) {
    const { reference } = kept;
    if (reference === undefined) return kept;
    if ((await sound(checkPack(cache.file(reference.sha256), 'patch', reference))) !== undefined) return kept;
  }
  if (!(await store.verify(from))) return undefined;
  const made = await encodePatch(await canonical(from), await canonical(to), pack, workshop);
  const isSmall = made.reference.sizeBytes <= worthwhile * pack.reference.sizeBytes;
  const result = { from: made.index.from, ...(isSmall ? { reference: made.reference } : {}) };
  await cache.keepPatch(names, result, made.file);
  return result;
}

/** Takes over the packs and patches of an entry that was published before; undefined where one of them is not whole. */
async function takeOver(
  entry: PatchSetPackage | undefined,
  published: ((sha256: string) => string) | undefined,
): Promise<(EncodedPackage & { readonly pack: Pack }) | undefined> {
  if (entry === undefined || published === undefined) return undefined;
  const file = published(entry.pack.sha256);
  const index = await sound(checkPack(file, 'pack', entry.pack));
  if (index === undefined) return undefined;
  const files = new Map([[entry.pack.sha256, file]]);
  const patches: PatchSetPackage['patches'] = [];
  for (const patch of entry.patches) {
    const place = published(patch.patch.sha256);
    if ((await sound(checkPack(place, 'patch', patch.patch))) === undefined) continue;
    files.set(patch.patch.sha256, place);
    patches.push(patch);
  }
  return { entry: { ...entry, patches }, files, pack: { file, reference: entry.pack, index } };
}

/**
 * Encodes one package of a patch set: its pack, and a patch from each old package that the store has. `carried` is the
 * entry by which an earlier set brought the same package.
 *
 * @throws PATCH_PACKAGE_ABSENT, and what packs throw
 */
export function encodePackage(
  deb: ChangedDeb,
  encoding: Encoding,
  carried: PatchSetPackage | undefined,
  published: ((sha256: string) => string) | undefined,
): Promise<EncodedPackage> {
  const { cache, signal } = encoding;
  return cache.inWorkshop(async (workshop) => {
    const canonical = canonicalsIn(workshop, encoding);
    const taken = await takeOver(carried, published);
    const pack = taken?.pack ?? (await packOf(deb.sha256, encoding, canonical, workshop));
    const files = new Map(taken?.files ?? [[pack.reference.sha256, pack.file]]);
    const patches = [...(taken?.entry.patches ?? [])];
    const isPatched = (from: PackedPackage | undefined) =>
      patches.some(
        (patch) => patch.fromVersion === from?.version && patch.fromArchitecture === from.architecture,
      );
    for (const old of deb.olds) {
      signal?.throwIfAborted();
      if (patches.length === patchSetLimits.patches) break;
      if (isPatched(old.package)) continue;
      const found = await patchOf([old.sha256, deb.sha256], pack, encoding, {
        canonical,
        workshop,
      });
      const { from, reference } = found ?? {};
      if (from === undefined || reference === undefined || isPatched(from)) continue;
      files.set(reference.sha256, cache.file(reference.sha256));
      patches.push({ fromVersion: from.version, fromArchitecture: from.architecture, patch: reference });
    }
    const { package: described, deb: made } = pack.index;
    return { entry: { ...described, deb: made, pack: pack.reference, patches }, files };
  });
}
