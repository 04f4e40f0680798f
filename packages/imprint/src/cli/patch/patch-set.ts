import { join } from 'node:path';
import {
  type ContentStore,
  diffEditions,
  type EditionDiff,
  encodeDiff,
  executeBuild,
  fetchLocked,
  lockSha256,
  planBuild,
  type Reporter,
  readLock,
  renderDiffHtml,
  resolveLock,
  writeLock,
} from '@imprint/edition';
import { type EditionLock, isImprintError, type ReleaseManifest } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { writeDurably } from '../../platform/files.ts';
import {
  candidateId,
  findCandidate,
  loadCandidate,
  type ProposeOptions,
  proposeRelease,
  releasePaths,
} from '../../rooms/release/index.ts';
import type { Context } from '../context.ts';
import { cliError } from '../errors.ts';
import { exists } from '../exists.ts';
import { readBounded } from '../read-file.ts';
import type { EncodedBuild } from './encode.ts';
import { patchSetError } from './errors.ts';
import type { PatchStart } from './start.ts';

/** What a set is of, so that a run that was ended goes on with the same lock and the same instant. */
const DraftFile = Type.Object({
  schema: Type.Literal('imprint/patch-draft/v1'),
  fromLockSha256: Type.String(),
  channel: Type.String(),
  proposedAt: Type.String({ format: 'date-time' }),
});
type DraftFile = Static<typeof DraftFile>;

/** A new lock and how it differs; nothing of it is built or proposed yet. */
export interface DraftedSet {
  readonly directory: string;
  readonly version: string;
  readonly lock: EditionLock;
  readonly diff: EditionDiff;
  readonly state: DraftFile;
}

export interface DraftOptions {
  readonly version: string;
  readonly channel: string;
  readonly store: ContentStore;
  readonly reporter: Reporter;
  readonly dryRun: boolean;
}

async function begun(directory: string): Promise<DraftFile | undefined> {
  const file = join(directory, 'draft.json');
  if (!(await exists(file)) || !(await exists(join(directory, 'edition.lock.json')))) return undefined;
  const value: unknown = JSON.parse((await readBounded(file, 65_536)).toString('utf8'));
  if (!Value.Check(DraftFile, value))
    throw cliError('CLI_FILE_MALFORMED', { expected: 'the record of a patch set', file });
  return value;
}

function hasChanges({ packages, policy, components, settings }: EditionDiff): boolean {
  const lists = [packages.added, packages.removed, packages.changed, policy, components, settings];
  return lists.some((list) => list.length > 0);
}

/**
 * Makes the lock of a patch set and its difference, or takes up the set that an earlier run began. A dry run writes
 * neither, and fetches nothing: CVEs of packages not in the store are unknown.
 *
 * @throws PATCH_SET_NOTHING_NEW, PATCH_SET_OTHER, and what `edition lock` throws
 */
export async function draftPatchSet(
  context: Context,
  { loaded, lock: from, resolve }: PatchStart,
  options: DraftOptions,
): Promise<DraftedSet> {
  const { store, reporter, version, dryRun } = options;
  const { signal } = context;
  const directory = join(context.home.directory, 'patch', 'sets', from.edition, version);
  const lockFile = join(directory, 'edition.lock.json');
  const fromLockSha256 = lockSha256(from);
  const known = await begun(directory);
  if (known !== undefined && known.fromLockSha256 !== fromLockSha256)
    throw patchSetError('PATCH_SET_OTHER', { version, expected: known.fromLockSha256, got: fromLockSha256 });
  const next = { ...loaded, manifest: { ...loaded.manifest, version } };
  const lock =
    known === undefined
      ? await resolveLock(next, { ...resolve, store, reporter, signal })
      : await readLock(lockFile);
  const [before, after] = [from, lock].map((of) => ({ lock: of, lockSha256: lockSha256(of) }));
  if (before === undefined || after === undefined) throw new TypeError('two locks are compared');
  if (!hasChanges(await diffEditions(before, after)))
    throw patchSetError('PATCH_SET_NOTHING_NEW', { edition: from.edition, version: from.version });
  const state: DraftFile = known ?? {
    schema: 'imprint/patch-draft/v1',
    fromLockSha256,
    channel: options.channel,
    proposedAt: context.now().toISOString(),
  };
  if (known === undefined && !dryRun) {
    await writeLock(lockFile, lock);
    // A set is begun when this stands.
    await writeDurably(join(directory, 'draft.json'), `${JSON.stringify(state, undefined, 2)}\n`);
  }
  if (!dryRun) await fetchLocked(lock, { store, reporter, signal });
  const diff = await diffEditions(before, after, { store, signal });
  if (!dryRun) {
    await writeDurably(join(directory, 'diff.json'), encodeDiff(diff));
    await writeDurably(join(directory, 'diff.html'), renderDiffHtml(diff));
  }
  return { directory, version, lock, diff, state };
}

/** Builds a drafted set; layers that stand are not made again. */
export async function buildPatchSet(
  context: Context,
  { lock }: DraftedSet,
  { store, reporter }: Pick<DraftOptions, 'store' | 'reporter'>,
): Promise<string> {
  const { signal, home } = context;
  const plan = planBuild(lock, { profile: 'release' });
  const { directory } = await executeBuild(plan, lock, { home: home.directory, store, reporter, signal });
  const lockFile = join(directory, 'edition.lock.json');
  if (!(await exists(lockFile))) await writeLock(lockFile, lock);
  return directory;
}

/** The candidate of a set; `encoded` is absent where an earlier run had made it. */
export interface ProposedSet {
  readonly id: string;
  readonly directory: string;
  readonly sha256: string;
  readonly manifest: ReleaseManifest;
  readonly encoded?: EncodedBuild;
}

/** Offers a built set to the parties; a candidate that an earlier run made of the same lock is the answer too. */
export async function proposePatchSet(
  context: Context,
  { lock, state }: DraftedSet,
  options: {
    readonly build: string;
    readonly store: ContentStore;
    readonly expiresAt: Date;
    readonly by: string;
    /** Asks for the emergency lane. */
    readonly emergency?: { readonly reason: string };
    /** Encodes what brings devices to the build in place; not called where the candidate stands. */
    readonly encode: () => Promise<EncodedBuild>;
  },
): Promise<ProposedSet> {
  const paths = releasePaths(context.home);
  const proposal: ProposeOptions = {
    paths,
    store: options.store,
    build: options.build,
    channel: state.channel,
    expiresAt: options.expiresAt,
    proposedBy: options.by,
    now: new Date(state.proposedAt),
    ...(options.emergency === undefined ? {} : { emergency: options.emergency }),
  };
  try {
    await proposeRelease({ ...proposal, dryRun: true });
    const encoded = await options.encode();
    const patchSet = 'set' in encoded ? { patchSet: encoded.directory } : {};
    return { ...(await proposeRelease({ ...proposal, ...patchSet })), encoded };
  } catch (error) {
    if (!isImprintError(error, 'RELEASE_CANDIDATE_EXISTS')) throw error;
    const id = String(error.params.id);
    const candidate = await loadCandidate(await findCandidate(paths.candidates, id));
    if (candidate.manifest.lockSha256 !== lockSha256(lock)) throw error;
    const { manifest, directory, sha256 } = candidate;
    return { id: candidateId(manifest), directory, sha256, manifest };
  }
}
