import type { ErrorPlace, ImprintError } from '@imprint/protocol';
import { suggestionFor } from '../manifest/suggest.ts';
import { type Apt, pinOut } from './apt.ts';
import { lockError } from './errors.ts';
import type { PackageIndex } from './package-index.ts';
import type { Request, Wanted } from './request.ts';
import { type Solution, solve } from './solve.ts';
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

/** Who in a solution needs a package, by its own dependency fields. */
function neederOf(
  name: string,
  installed: ReadonlyMap<string, string>,
  index: PackageIndex,
): string | undefined {
  for (const [candidate, version] of installed) {
    const stanza = index.find(candidate, version)?.stanza;
    const relations = [...parseRelations(stanza?.['Pre-Depends']), ...parseRelations(stanza?.Depends)];
    const needs = relations.some((group) => {
      const present = group.filter((alternative) => installed.has(alternative.name));
      return present.length === 1 && present[0]?.name === name;
    });
    if (needs && candidate !== name) return candidate;
  }
  return undefined;
}

/** The first entry, in the order of the manifest, with which the solver's answer turns into a refusal. */
async function culpritOf(
  fixed: readonly string[],
  wanted: readonly Wanted[],
  ask: (names: readonly string[]) => Promise<Solution>,
): Promise<{ wanted: Wanted | undefined; refusal: string }> {
  let [good, bad] = [0, wanted.length];
  let refusal = '';
  while (bad - good > 0) {
    const middle = Math.floor((good + bad) / 2);
    const names = wanted.slice(0, middle + (good === middle ? 1 : 0)).map(({ name }) => name);
    const answer = await ask([...fixed, ...names]);
    if ('refusal' in answer) {
      refusal = answer.refusal;
      if (bad === names.length) break;
      bad = names.length;
    } else {
      if (good === names.length) break;
      good = names.length;
    }
    if (bad - good === 1) break;
  }
  return { wanted: wanted[bad - 1], refusal };
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
  const removedNames = request.removed.map(({ name }) => name);
  const all = [...fixed, ...wanted.map(({ name }) => name)];
  await pinOut(apt, []);
  const unpinned = await solve(apt, all);
  await pinOut(apt, removedNames);
  if ('installed' in unpinned) {
    const asking = await culpritOf(fixed, wanted, (names) => solve(apt, names));
    const askedBy = asking.wanted?.pointer ?? '/base/debian/profile';
    const needed = request.removed.filter(({ name }) => unpinned.installed.has(name));
    return needed.map(({ name, pointer }) => {
      const neededBy = neederOf(name, unpinned.installed, index) ?? 'the profile';
      return lockError(
        'LOCK_REMOVED_NEEDED',
        { package: name, neededBy, askedBy },
        { place: placeOf(pointer) },
      );
    });
  }
  const { wanted: culprit, refusal: reason } = await culpritOf(fixed, wanted, (names) => solve(apt, names));
  const pointer = culprit?.pointer ?? '/base/debian/profile';
  const params = { package: culprit?.name ?? all.join(' '), reason: reason || refusal };
  return [lockError('LOCK_CONFLICT', params, { place: placeOf(pointer) })];
}
