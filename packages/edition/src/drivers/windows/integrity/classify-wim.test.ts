import { describe, expect, test } from 'vitest';
import type { Agreement } from '../../../evidence/integrity/agreement.ts';
import { type ClassifyInput, classifyWim } from './classify-wim.ts';
import type { ImageEntry } from './model.ts';

const file = (path: string, more: Partial<ImageEntry> = {}): ImageEntry => ({
  ...{ path, type: 'file', attributes: 32, sizeBytes: 1, sha1: 'a'.repeat(40) },
  ...{ securityDescriptor: '5'.repeat(64), creationTime: 1, lastWriteTime: 1 },
  ...more,
});
const linked = (first: string, ...paths: readonly string[]) =>
  paths.map((path) => file(path, { linkedWith: first }));
const agreement = (...paths: readonly string[]): Agreement => ({
  sha256: 'f'.repeat(64),
  mutableCore: {
    ...{ apiVersion: 'imprint/v1', vendor: 'Vendor' },
    mutable: paths.map((path) => ({ path, reason: 'agreed' })),
  },
});
const added = (path: string) => ({
  ...{ path, step: 'services', sizeBytes: 1 },
  ...{ sha256: '6'.repeat(64), observedSha256: '6'.repeat(64) },
});

function classify(
  base: readonly ImageEntry[],
  pressed: readonly ImageEntry[],
  more: Partial<ClassifyInput> = {},
) {
  return classifyWim({
    ...{ base, pressed, origin: 'Windows', added: [], hives: [], method: 'in-place' },
    ...more,
  });
}

const wrong = (...input: Parameters<typeof classify>) =>
  classify(...input).violations.map(
    ({ path, facets, note }) => `${path}: ${facets.join(', ')}${note === undefined ? '' : ` (${note})`}`,
  );

describe('hard links', () => {
  const three = linked('/a', '/a', '/b', '/c');

  test('one name out of three is the one that left', () => {
    const apart = [file('/a'), ...linked('/b', '/b', '/c')];
    expect(wrong(three, apart)).toEqual(['/a: links (was one file with /b)']);
  });

  test('the changed one of two left, not the one that is as it was', () => {
    const [a, b] = linked('/a', '/a', '/b');
    const base = [a, b].filter((entry) => entry !== undefined);
    const changed = [file('/a', { sha1: 'b'.repeat(40) }), file('/b')];
    expect(wrong(base, changed)).toEqual(['/a: content, links (was one file with /b)']);
  });

  test('a removed name is missing, and the others are still one file', () => {
    expect(wrong(three, linked('/a', '/a', '/b'))).toEqual(['/c: missing']);
    expect(wrong(linked('/a', '/a', '/b'), [file('/a')])).toEqual(['/b: missing']);
  });

  test('two files that became one are named by the second', () => {
    expect(wrong([file('/a'), file('/b')], linked('/a', '/a', '/b'))).toEqual([
      '/b: links (became one file with /a)',
    ]);
  });

  test('a planned file that is a further name of a core file is named', () => {
    const pressed = linked('/a', '/a', '/x');
    expect(wrong([file('/a')], pressed, { added: [added('/x')] })).toEqual([
      '/x: links (became one file with /a)',
    ]);
  });

  test('another first name of the same group is no difference', () => {
    const renamed = [file('/A', { linkedWith: '/A' }), file('/b', { linkedWith: '/A' })];
    expect(wrong(linked('/a', '/a', '/b'), renamed)).toEqual(['/A: name']);
  });
});

describe('paths compare as Windows compares them', () => {
  test('a planned path and an agreement hold in any case', () => {
    const pressed = [file('/Windows/HIVE', { sha1: 'b'.repeat(40) }), file('/windows/New.txt')];
    const found = classify([file('/Windows/HIVE')], pressed, {
      ...{ added: [added('/Windows/new.txt')], agreement: agreement('/WINDOWS/hive') },
      hives: [{ path: '/windows/hive', step: 'policy' }],
    });
    expect(found.violations).toEqual([]);
    expect(found.entries.map((entry) => `${entry.path} ${entry.class} ${entry.origin}`)).toEqual([
      '/Windows/HIVE modified policy',
      '/windows/New.txt overlay services',
    ]);
  });

  test('a second path that differs in case only is named, also where it is planned', () => {
    const pressed = [file('/Windows/a'), file('/Windows/A')];
    const note = '(differs from another path in case only)';
    expect(wrong([file('/Windows/a')], pressed)).toEqual([`/Windows/A: unplanned ${note}`]);
    expect(wrong([file('/Windows/a')], pressed, { added: [added('/Windows/A')] })).toEqual([
      `/Windows/A: unplanned ${note}`,
    ]);
  });
});

describe('an agreement', () => {
  const base = [file('/hive')];
  const changed = (more: Partial<ImageEntry>) => [file('/hive', { sha1: 'b'.repeat(40), ...more })];
  const agreed = { agreement: agreement('/hive'), hives: [{ path: '/hive', step: 'policy' }] };
  const replaced = { ...agreed, method: 'replaced' as const };
  const { securityDescriptor: _, ...withoutDescriptor } = file('/hive', { sha1: 'b'.repeat(40) });

  test('covers content and nothing else', () => {
    expect(wrong(base, changed({}), agreed)).toEqual([]);
    expect(wrong(base, changed({ attributes: 33 }), agreed)).toEqual(['/hive: attributes']);
    expect(wrong(base, changed({ creationTime: 2 }), agreed)).toEqual(['/hive: times']);
    expect(wrong(base, [], agreed)).toEqual(['/hive: missing']);
  });

  test('lets a replaced hive lose its access list, never get another', () => {
    const found = classify(base, [withoutDescriptor], replaced);
    expect(found.violations).toEqual([]);
    expect(found.losses).toEqual([{ path: '/hive', facets: ['security-descriptor'], step: 'policy' }]);
    const other = changed({ securityDescriptor: '7'.repeat(64) });
    expect(wrong(base, other, replaced)).toEqual(['/hive: security-descriptor']);
  });

  test('lets nothing but a hive lose it', () => {
    const planned = { ...replaced, hives: [], added: [added('/hive')] };
    expect(wrong(base, [withoutDescriptor], planned)).toEqual(['/hive: security-descriptor']);
  });

  test('does not cover a change that no step makes', () => {
    expect(wrong(base, changed({}), { ...agreed, hives: [] })).toEqual(['/hive: content']);
  });
});

describe('added paths', () => {
  test('need the bytes that were planned, and no stream beside them', () => {
    const other = { ...added('/x'), observedSha256: '7'.repeat(64) };
    expect(wrong([], [file('/x')], { added: [other] })).toEqual(['/x: content']);
    const streams = { hidden: 'a'.repeat(40) };
    expect(wrong([], [file('/x', { streams })], { added: [added('/x')] })).toEqual(['/x: streams']);
  });

  test('over a core path have the planned bytes too, even where the vendor agreed', () => {
    const pressed = [file('/x', { sha1: 'b'.repeat(40) })];
    const more = { agreement: agreement('/x'), added: [added('/x')] };
    expect(wrong([file('/x')], pressed, more)).toEqual([]);
    const other = { ...added('/x'), observedSha256: '7'.repeat(64) };
    expect(wrong([file('/x')], pressed, { ...more, added: [other] })).toEqual([
      '/x: content (is not what was planned)',
    ]);
  });

  test('bring along the directories they need, and no others', () => {
    const directory = (path: string): ImageEntry => ({ path, type: 'directory', attributes: 16 });
    const pressed = [directory('/p'), directory('/p/q'), directory('/p/r'), file('/p/q/x')];
    expect(wrong([], pressed, { added: [added('/p/q/x')] })).toEqual(['/p/r: unplanned']);
  });
});
