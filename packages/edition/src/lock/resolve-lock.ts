import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import type { EditionLock, ImprintError, LockedPackage } from '@imprint/protocol';
import { archiveKeyring, archivesOf } from '../drivers/debian/data/archives.ts';
import { toolPackages } from '../drivers/debian/data/profiles.ts';
import type { LoadedManifest } from '../manifest/index.ts';
import { beginStage, type Reporter, type Stage } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';
import { type Apt, indexOf, lockedArchives, pinOut, prepareApt, updateIndexes } from './apt.ts';
import { lockError } from './errors.ts';
import { localPackages, storeInputs } from './inputs.ts';
import { type Asked, explainRefusal, namingProblems } from './refusals.ts';
import { requestOf, type Wanted } from './request.ts';
import { solve } from './solve.ts';

export interface ResolveOptions {
  readonly store: ContentStore;
  /** Holds the indexes between runs. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  /** The TUF root a device pins; it stands in for the manifest's `trust.releaseRoot`. */
  readonly releaseRoot?: string | undefined;
  /** Keys the archives must be signed with; Debian's own if not given. */
  readonly keyring?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Installed = ReadonlyMap<string, string>;

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function unresolved(loaded: LoadedManifest, problems: readonly ImprintError[]): ImprintError {
  const place = problems[0]?.place;
  const params = { file: loaded.file, count: problems.length };
  return lockError('LOCK_UNRESOLVED', params, { details: problems, ...(place ? { place } : {}) });
}

/** Asks the solver for `fixed` and `wanted` together; a refusal becomes coded errors with their places. */
async function install(
  apt: Apt,
  asked: Asked,
  loaded: LoadedManifest,
  fixed: readonly string[],
  wanted: readonly Wanted[],
): Promise<Installed> {
  const answer = await solve(apt, [...fixed, ...wanted.map(({ name }) => name)]);
  if ('installed' in answer) return answer.installed;
  throw unresolved(loaded, await explainRefusal(apt, asked, fixed, wanted, answer.refusal));
}

/** A package and its source as upstream's index states them. */
function lockedPackage({ index }: Asked, name: string, version: string): LockedPackage {
  const found = index.find(name, version);
  if (found === undefined) throw new Error(`the solver chose ${name} ${version}, which no index has`);
  const { archive, stanza } = found;
  // `Source: name (version)`; either part is left out where it equals the package's. Source: Debian Policy §5.6.1.
  const [, source = name, sourceVersion = version] = /^(\S+)(?: \((\S+)\))?$/.exec(stanza.Source ?? '') ?? [];
  return {
    name,
    version,
    architecture: stanza.Architecture ?? '',
    source: { name: source, version: sourceVersion },
    archive,
    path: stanza.Filename ?? '',
    sha256: stanza.SHA256 ?? '',
    sizeBytes: Number(stanza.Size),
  };
}

function lockedPackages(
  asked: Asked,
  installed: Installed,
  without: (name: string) => boolean,
): LockedPackage[] {
  return [...installed]
    .filter(([name]) => !without(name))
    .map(([name, version]) => lockedPackage(asked, name, version))
    .sort(byName);
}

interface Groups {
  readonly base: LockedPackage[];
  readonly packages: LockedPackage[];
  readonly tools: LockedPackage[];
}

/** Three solutions from an empty system: the profile, the whole image on top of it, the tools beside it. */
async function solveGroups(
  apt: Apt,
  asked: Asked,
  loaded: LoadedManifest,
  local: readonly { name: string; file: string; pointer: string }[],
  stage: Stage,
): Promise<Groups> {
  const { request, index } = asked;
  const report = (step: string, done: number) =>
    stage.report({ kind: 'progress', step, done, total: 3, unit: 'steps' });
  await pinOut(
    apt,
    request.removed.map(({ name }) => name),
  );
  const base = await install(apt, asked, loaded, index.essential, request.base);
  report('base', 1);
  const fixed = [...base].map(([name, version]) => `${name}=${version}`);
  const wanted = [
    ...request.packages,
    ...local.map(({ name, file, pointer }) => ({ name: file, label: name, pointer })),
  ];
  const all = await install(apt, asked, loaded, fixed, wanted);
  report('packages', 2);
  await pinOut(apt, []);
  const toolsWanted = toolPackages.map((name) => ({ name, pointer: '/outputs' }));
  const tools = await install(apt, asked, loaded, fixed, toolsWanted);
  report('tools', 3);
  const isLocal = (name: string) => local.some((entry) => entry.name === name);
  return {
    base: lockedPackages(asked, base, () => false),
    packages: lockedPackages(asked, all, (name) => base.has(name) || isLocal(name)),
    tools: lockedPackages(asked, tools, (name) => base.has(name)),
  };
}

async function resolveGroups(
  apt: Apt,
  loaded: LoadedManifest,
  inputs: EditionLock['inputs'],
  options: ResolveOptions,
  stage: Stage,
) {
  const asked: Asked = {
    request: requestOf(loaded.manifest),
    index: await indexOf(apt),
    suite: loaded.manifest.base.debian.suite,
    placeOf: loaded.placeOf,
  };
  const problems = namingProblems(asked);
  if (problems.length > 0) throw unresolved(loaded, problems);
  const directory = await mkdtemp(join(apt.directory, 'local-'));
  try {
    const local = await localPackages(loaded, inputs, options.store, directory);
    return await solveGroups(apt, asked, loaded, local, stage);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function withReleaseRoot(loaded: LoadedManifest, path: string | undefined): LoadedManifest {
  if (path === undefined) return loaded;
  const others = loaded.files.filter(({ role }) => role !== 'release-root');
  const file = {
    role: 'release-root',
    name: 'root.json',
    path: resolve(path),
    place: { file: path },
  } as const;
  return { ...loaded, files: [...others, file] };
}

function lockedOverrides({ overrides, file }: LoadedManifest): Required<EditionLock>['overrides'] {
  return overrides.map(({ pointer, from, to }) => ({
    pointer,
    from: from.value,
    to: to.value,
    by: relative(dirname(resolve(file)), resolve(to.place.file ?? file)),
  }));
}

/**
 * Resolves a manifest to exact inputs: upstream's packages by apt over its archives together, the edition's own files
 * by digest. Files go to the store at once; packages come with `fetchLocked`.
 *
 * @throws LOCK_UNRESOLVED with a detail per problem (LOCK_PACKAGE_MISSING, LOCK_PACKAGE_REMOVED, LOCK_REMOVED_NEEDED,
 *   LOCK_CONFLICT), LOCK_COMPONENT_INVALID, LOCK_DIGEST_MISMATCH, LOCK_KEYRING_MISSING, LOCK_ARCHIVE_*, LOCK_BUSY, STORE_FULL
 */
export async function resolveLock(given: LoadedManifest, options: ResolveOptions): Promise<EditionLock> {
  const loaded = withReleaseRoot(given, options.releaseRoot);
  const { manifest } = loaded;
  const stage = beginStage(options.reporter, 'resolve');
  const inputs = await storeInputs(loaded, options.store);
  const archives = archivesOf(manifest.base.debian);
  const apt = await prepareApt(
    resolve(options.cacheDir),
    archives,
    options.keyring ?? archiveKeyring,
    options.signal,
  );
  stage.report({ kind: 'progress', step: 'indexes' });
  await updateIndexes(apt);
  const groups = await resolveGroups(apt, loaded, inputs, options, stage);
  const locked = await lockedArchives(apt);
  const overrides = lockedOverrides(loaded);
  const packageCount = groups.base.length + groups.packages.length;
  stage.finish({ done: packageCount, total: packageCount, unit: 'packages' });
  return {
    lockVersion: 1,
    edition: manifest.edition,
    version: manifest.version,
    manifest,
    architecture: 'amd64',
    sourceDateEpoch: Math.max(...locked.map(({ date }) => Date.parse(date) / 1000)),
    archives: locked,
    ...groups,
    inputs,
    ...(overrides.length === 0 ? {} : { overrides }),
  };
}
