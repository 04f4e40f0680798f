import type { ImprintError } from '@imprint/protocol';
import { providerName } from '../antivirus/providers.ts';
import { manifestError } from './errors.ts';
import { childOf, type Located, plainOf, pointerTo, valueAt } from './located.ts';

const ownKeys = ['default', 'provider', 'title', 'adapter', 'approvedUntil', 'sendsOut'] as const;

interface Stated {
  readonly located: Located;
  readonly index: number;
  readonly has: (key: string) => boolean;
  readonly value: (key: string) => unknown;
}

function stated(components: Located | undefined): Stated[] {
  const items = components?.kind === 'list' ? components.items : [];
  return items.map((located, index) => ({
    located,
    index,
    has: (key) => childOf(located, key) !== undefined,
    value: (key) => {
      const child = childOf(located, key);
      return child === undefined ? undefined : plainOf(child);
    },
  }));
}

const antiviruses = (components: Located | undefined): Stated[] =>
  stated(components).filter((one) => one.located.kind === 'record' && one.value('role') === 'antivirus');

/** Positions of the antivirus components that are not in the image: of several, all but the default one. */
export function alternativeIndexes(components: Located | undefined): ReadonlySet<number> {
  const all = antiviruses(components);
  const others = all.length < 2 ? [] : all.filter((one) => one.value('default') !== true);
  return new Set(others.map(({ index }) => index));
}

type Problem = readonly [key: string, expected: string, got: string];

function problemsOfOne(one: Stated, isAlternative: boolean, needsApproval: boolean): Problem[] {
  const problems: Problem[] = [];
  const name = { name: String(one.value('name')) };
  const provider = providerName(
    one.has('provider') ? { ...name, provider: String(one.value('provider')) } : name,
  );
  if (!/^[a-z0-9][a-z0-9-]{0,62}$/.test(provider))
    problems.push(['provider', 'a provider of lower-case letters, digits and dashes', `"${provider}"`]);
  if (needsApproval && !one.has('approvedUntil'))
    problems.push([
      'approvedUntil',
      'approvedUntil, where the edition has several or states it of one',
      'none',
    ]);
  const until = one.value('approvedUntil');
  if (until !== undefined && !/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(String(until)))
    problems.push(['approvedUntil', 'an instant in UTC', `"${String(until)}"`]);
  if (!isAlternative) return problems;
  if (!one.has('file'))
    problems.push(['package', 'a file, as it is not in the image', 'a package of upstream']);
  if (one.has('definitions'))
    problems.push(['definitions', 'no definitions in the image, where it is not itself', 'definitions']);
  return problems;
}

function problemsTogether(all: readonly Stated[]): [Stated, Problem][] {
  const problems: [Stated, Problem][] = [];
  const [first, second] = all;
  const defaults = all.filter((one) => one.value('default') === true);
  if (first !== undefined && second !== undefined && defaults.length !== 1)
    problems.push([defaults[1] ?? second, ['default', 'exactly one default', `${defaults.length}`]]);
  return problems;
}

/** Checks what only antivirus components say: one is in the image, each alternative is a file of its own, approved for a time. */
export function antivirusProblems(root: Located): ImprintError[] {
  const components = valueAt(root, '/components');
  const all = antiviruses(components);
  const alternatives = alternativeIndexes(components);
  const needsApproval = all.length > 1 || all.some((one) => one.has('approvedUntil'));
  const strangers = stated(components).flatMap((one): [Stated, Problem][] => {
    const key = all.some(({ index }) => index === one.index) ? undefined : ownKeys.find(one.has);
    return key === undefined
      ? []
      : [[one, [key, 'the role antivirus', `${String(one.value('role'))}, which has no ${key}`]]];
  });
  const own = all.flatMap((one) =>
    problemsOfOne(one, alternatives.has(one.index), needsApproval).map((problem) => [one, problem] as const),
  );
  return [...strangers, ...problemsTogether(all), ...own].map(([one, [key, expected, got]]) => {
    const pointer = pointerTo(pointerTo('/components', one.index), key);
    const place = { ...(childOf(one.located, key) ?? one.located).place, pointer };
    return manifestError('MANIFEST_ANTIVIRUS', { name: String(one.value('name')), expected, got }, { place });
  });
}
