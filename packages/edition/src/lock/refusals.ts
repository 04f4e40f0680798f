import type { ErrorPlace, ImprintError } from '@imprint/protocol';
import { suggestionFor } from '../manifest/suggest.ts';
import { type Apt, pinOut } from './apt.ts';
import { lockError } from './errors.ts';
import type { PackageIndex } from './package-index.ts';
import type { Request, Wanted } from './request.ts';
import { solve } from './solve.ts';
import { parseRelations } from './stanzas.ts';

/** What the explanations need besides the solver. */
export interface Asked {
  readonly request: Request;
  readonly index: PackageIndex;
  readonly suite: string;
  placeOf(pointer: string): ErrorPlace;
}

/** Names that upstream does not have, and names both asked for and removed; found before any solving. */
export function namingProblems({ request, index, suite, placeOf }: Asked): ImprintError[] {
  const wanted = [...request.base, ...request.packages];
  const missing = wanted
    .filter(({ name }) => !index.offers(name))
    .map(({ name, pointer }) => {
      const suggestion = suggestionFor(name, index.names) ?? '-';
      return lockError(
        'LOCK_PACKAGE_MISSING',
        { package: name, suite, suggestion },
        { place: placeOf(pointer) },
      );
    });
  const removed = request.removed.flatMap(({ name, pointer }) => {
    const asking = wanted.find((candidate) => candidate.name === name);
    if (asking === undefined) return [];
    const params = { package: name, askedBy: asking.pointer };
    return lockError('LOCK_PACKAGE_REMOVED', params, { place: placeOf(pointer) });
  });
  return [...missing, ...removed];
}

/** Names that the packages of a solution provide besides their own. */
function providedBy(installed: ReadonlyMap<string, string>, index: PackageIndex): Set<string> {
  const fields = [...installed].map(([name, version]) => index.find(name, version)?.stanza.Provides);
  return new Set(fields.flatMap((field) => parseRelations(field).flat()).map(({ name }) => name));
}

/** Who in a solution needs a package and takes nothing in its place, by its own dependency fields. */
function neederOf(
  name: string,
  installed: ReadonlyMap<string, string>,
  index: PackageIndex,
): string | undefined {
  if (index.essential.includes(name)) return 'Essential: yes';
  const provided = providedBy(installed, index);
  const isThere = (other: string) => other !== name && (installed.has(other) || provided.has(other));
  for (const [candidate, version] of installed) {
    const stanza = index.find(candidate, version)?.stanza;
    const groups = [...parseRelations(stanza?.['Pre-Depends']), ...parseRelations(stanza?.Depends)];
    const needs = groups.some(
      (group) =>
        group.some((relation) => relation.name === name) && !group.some((relation) => isThere(relation.name)),
    );
    if (needs && candidate !== name) return candidate;
  }
  return undefined;
}

/** The first entry, in the order of the manifest, with which the solver's answer turns into a refusal. */
async function culpritOf(
  apt: Apt,
  fixed: readonly string[],
  wanted: readonly Wanted[],
  refusal: string,
): Promise<{ wanted: Wanted | undefined; refusal: string }> {
  let [good, bad, reason] = [-1, wanted.length, refusal];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    const answer = await solve(apt, [...fixed, ...wanted.slice(0, middle).map(({ name }) => name)]);
    if ('installed' in answer) good = middle;
    else [bad, reason] = [middle, answer.refusal];
  }
  return { wanted: wanted[bad - 1], refusal: reason };
}

/**
 * Explains why the solver refused: removed packages that others need, else the entry that excludes another.
 * `fixed` are names that hold before `wanted` is asked for.
 */
export async function explainRefusal(
  apt: Apt,
  asked: Asked,
  fixed: readonly string[],
  wanted: readonly Wanted[],
  refusal: string,
): Promise<ImprintError[]> {
  const { request, index, placeOf } = asked;
  const culprit = await culpritOf(apt, fixed, wanted, refusal);
  const pointer = culprit.wanted?.pointer ?? '/base/debian/profile';
  await pinOut(apt, []);
  const unpinned = await solve(apt, [...fixed, ...wanted.map(({ name }) => name)]);
  const installed = 'installed' in unpinned ? unpinned.installed : new Map<string, string>();
  const needed = request.removed.filter(({ name }) => installed.has(name));
  if (needed.length > 0)
    return needed.map((removed) => {
      const neededBy = neederOf(removed.name, installed, index) ?? pointer;
      const params = { package: removed.name, neededBy, askedBy: pointer };
      return lockError('LOCK_REMOVED_NEEDED', params, { place: placeOf(removed.pointer) });
    });
  const name = culprit.wanted?.label ?? culprit.wanted?.name ?? 'the profile';
  return [
    lockError('LOCK_CONFLICT', { package: name, reason: culprit.refusal }, { place: placeOf(pointer) }),
  ];
}
