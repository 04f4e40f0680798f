import type { DebianLock, DebianManifest, ImprintError, LockedPackage } from '@imprint/protocol';
import { toolPackages } from '../drivers/debian/data/profiles.ts';
import type { LoadedManifest } from '../manifest/index.ts';
import type { Stage } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';
import { type Apt, indexOf, pinOut } from './apt.ts';
import { lockError } from './errors.ts';
import { type LocalPackage, localPackages } from './inputs.ts';
import { type Asked, explainRefusal, namingProblems } from './refusals.ts';
import { requestOf, type Wanted } from './request.ts';
import { solve } from './solve.ts';

type Installed = ReadonlyMap<string, string>;

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

function unresolved(loaded: LoadedManifest<DebianManifest>, problems: readonly ImprintError[]): ImprintError {
  const place = problems[0]?.place;
  const params = { file: loaded.file, count: problems.length };
  return lockError('LOCK_UNRESOLVED', params, { details: problems, ...(place ? { place } : {}) });
}

/** Asks the solver for `fixed` and `wanted` together; a refusal becomes coded errors with their places. */
async function install(
  apt: Apt,
  asked: Asked,
  loaded: LoadedManifest<DebianManifest>,
  fixed: readonly string[],
  wanted: readonly Wanted[],
): Promise<Installed> {
  const answer = await solve(apt, [...fixed, ...wanted.map(({ name }) => name)]);
  if ('installed' in answer) return answer.installed;
  throw unresolved(loaded, await explainRefusal(apt, asked, fixed, wanted, answer.refusal));
}

/** A package and its source as upstream's index states them. */
export function lockedPackage({ index }: Pick<Asked, 'index'>, name: string, version: string): LockedPackage {
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

/** Upstream's packages of a lock. */
export interface Groups {
  readonly base: LockedPackage[];
  readonly packages: LockedPackage[];
  readonly tools: LockedPackage[];
}

/** Three solutions from an empty system: the profile, the whole image on top of it, the tools beside it. */
async function solveGroups(
  apt: Apt,
  asked: Asked,
  loaded: LoadedManifest<DebianManifest>,
  local: readonly LocalPackage[],
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

/**
 * Solves a manifest's packages in their three groups; local components take part in the solution.
 *
 * @throws LOCK_UNRESOLVED with a detail per problem, LOCK_COMPONENT_INVALID
 */
export async function resolveGroups(
  apt: Apt,
  loaded: LoadedManifest<DebianManifest>,
  inputs: DebianLock['inputs'],
  store: ContentStore,
  stage: Stage,
): Promise<Groups> {
  const asked: Asked = {
    request: requestOf(loaded.manifest),
    index: await indexOf(apt),
    suite: loaded.manifest.base.debian.suite,
    placeOf: loaded.placeOf,
  };
  const problems = namingProblems(asked);
  if (problems.length > 0) throw unresolved(loaded, problems);
  const local = await localPackages(loaded, inputs, store, apt.directory);
  return await solveGroups(apt, asked, loaded, local, stage);
}
