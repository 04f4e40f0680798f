import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContentStore, checkPack, lockedDebs, patchSetNames, writeCanonicalDeb } from '@imprint/edition';
import {
  type AnyIntegrityManifest,
  type CanonicalDeb,
  type DebianLock,
  isImprintError,
  isWindowsLock,
  type PackedPackage,
  type PatchSet,
} from '@imprint/protocol';
import { digestsOf, hashFile } from '@imprint/trust';
import { type Check, packagesCheck } from '../model.ts';
import type { Candidate } from './candidate.ts';
import { compared } from './checks.ts';
import { exists } from './files.ts';
import { candidateSetPath, type EncodedSet, looseDigests, packsOf, readCandidateSet } from './patch-set.ts';
import type { Previous } from './previous.ts';

type PatchSetRecord = NonNullable<Candidate['manifest']['patchSet']>;

function documentChecks({ bytes }: EncodedSet, record: PatchSetRecord): Check[] {
  const found = digestsOf(bytes);
  return [
    compared('patch set', found.sha256, record.digests.sha256),
    ...(record.digests.sm3 === undefined ? [] : [compared('patch set SM3', found.sm3, record.digests.sm3)]),
    compared('patch set size', String(bytes.length), String(record.sizeBytes)),
    compared('patch set name', patchSetNames.document, record.name),
  ];
}

const nameOf = ({ name, version, architecture }: PackedPackage) => `${name} ${version} ${architecture}`;

/** Canonical packages that this machine made again, by name, and how many of the edition's own it could not. */
interface MadeAgain {
  readonly debs: ReadonlyMap<string, CanonicalDeb>;
  readonly unknownComponents: number;
}

/** Makes again the canonical packages whose upstream package is in the store of this machine. */
async function makeAgain(
  set: PatchSet,
  lock: DebianLock,
  store: ContentStore | undefined,
): Promise<MadeAgain> {
  const entries = new Set(set.packages.map(nameOf));
  const debs = new Map<string, CanonicalDeb>();
  let unknownComponents = 0;
  const workshop = await mkdtemp(join(tmpdir(), 'imprint-canonical-'));
  try {
    for (const { sha256, package: described } of lockedDebs(lock)) {
      if (described !== undefined && !entries.has(nameOf(described))) continue;
      if (store === undefined || !(await store.verify(sha256))) {
        if (described === undefined) unknownComponents += 1;
        continue;
      }
      const file = join(workshop, `${sha256}.deb`);
      const made = await writeCanonicalDeb(store.path(sha256), file);
      await rm(file);
      debs.set(nameOf(made.package), made.deb);
    }
  } finally {
    await rm(workshop, { recursive: true, force: true });
  }
  return { debs, unknownComponents };
}

/** What the lock decides: every entry is a package of it, and every package that the release before lacks is an entry. */
function packageChecks(
  set: PatchSet,
  lock: DebianLock,
  before: DebianLock | undefined,
  { debs, unknownComponents }: MadeAgain,
): Check[] {
  const locked = lockedDebs(lock).flatMap((deb) =>
    deb.package === undefined ? [] : [{ name: nameOf(deb.package), sha256: deb.sha256 }],
  );
  const inLock = new Set([...locked.map(({ name }) => name), ...debs.keys()]);
  const entries = set.packages.map(nameOf);
  // The name of an edition's own package stands in the package alone, which may not be here.
  const foreign = entries.filter((name) => !inLock.has(name)).slice(unknownComponents);
  const old = new Set(before === undefined ? [] : lockedDebs(before).map(({ sha256 }) => sha256));
  const missing = locked.filter(
    ({ name, sha256 }) => before !== undefined && !old.has(sha256) && !entries.includes(name),
  );
  const other = set.packages.filter((entry) => {
    const made = debs.get(nameOf(entry));
    return made !== undefined && made.sha256 !== entry.deb.sha256;
  });
  const again = entries.filter((name) => debs.has(name)).length;
  const listed = (id: string, names: readonly string[], isWhole: boolean, got: string): Check => {
    if (names.length > 0) return { id, state: 'failed', expected: 'none', got: names.join(', ') };
    return { id, state: isWhole ? 'ok' : 'absent', got };
  };
  const missingNames = missing.map(({ name }) => name);
  const madeAgain = `${again} of ${entries.length} made again here`;
  return [
    listed('patch set packages outside the lock', foreign, true, `none of ${entries.length}`),
    listed('patch set packages missing', missingNames, before !== undefined, 'none'),
    listed(packagesCheck, other.map(nameOf), again === entries.length, madeAgain),
  ];
}

/** Each pack and patch read through; a pack is also unpacked to the package that it says it holds. */
async function packChecks(candidate: Candidate, set: PatchSet): Promise<Check> {
  const id = 'patch-set/packs';
  for (const { kind, reference } of packsOf(set)) {
    const file = candidateSetPath(candidate, patchSetNames.packs, reference.sha256);
    if (!(await exists(file))) return { id, state: 'absent' };
    try {
      await checkPack(file, kind, reference, { unpack: true });
    } catch (error) {
      if (!isImprintError(error, 'PATCH_PACK_DAMAGED')) throw error;
      return { id, state: 'failed', expected: reference.sha256, got: String(error.params.got) };
    }
  }
  return { id, state: 'ok', got: `${packsOf(set).length} read through` };
}

async function fileChecks(candidate: Candidate, integrity: AnyIntegrityManifest | undefined): Promise<Check> {
  const id = 'patch-set/files';
  const digests = looseDigests(integrity);
  if (integrity === undefined) return { id, state: 'absent' };
  for (const sha256 of digests) {
    const file = candidateSetPath(candidate, patchSetNames.files, sha256);
    if (!(await exists(file))) return { id, state: 'absent' };
    const found = await hashFile(file);
    if (found.sha256 !== sha256) return { id, state: 'failed', expected: sha256, got: found.sha256 };
  }
  return { id, state: 'ok', got: `${digests.length} files` };
}

/**
 * Derives again what a candidate's patch set claims: it is the one of the release, starts from the release before, and every
 * package, pack and loose file is what the lock and the image's manifest say. Nothing for a release without one.
 */
export async function patchSetChecks(
  candidate: Candidate,
  previous: Previous,
  integrity: AnyIntegrityManifest | undefined,
  store: ContentStore | undefined,
): Promise<Check[]> {
  const { manifest, lock } = candidate;
  if (manifest.patchSet === undefined) return [];
  const encoded = await readCandidateSet(candidate);
  if (encoded === undefined) return [{ id: 'patch set', state: 'absent' }];
  if (isWindowsLock(lock)) return [compared('patch set', 'none for a Windows edition', 'one')];
  const { set } = encoded;
  const before = previous.release?.manifest.lockSha256 ?? 'no release before';
  const isFromBefore = set.from.some(({ lockSha256 }) => lockSha256 === before);
  const from = set.from.map(({ lockSha256 }) => lockSha256).join(', ');
  const oldLock = previous.lock === undefined || isWindowsLock(previous.lock) ? undefined : previous.lock;
  return [
    ...documentChecks(encoded, manifest.patchSet),
    compared('patch set edition', `${lock.edition} ${lock.version}`, `${set.edition} ${set.version}`),
    compared('patch set lock', manifest.lockSha256, set.lockSha256),
    compared('patch set start', before, isFromBefore ? before : from),
    ...packageChecks(set, lock, oldLock, await makeAgain(set, lock, store)),
    await packChecks(candidate, set),
    await fileChecks(candidate, integrity),
  ];
}
