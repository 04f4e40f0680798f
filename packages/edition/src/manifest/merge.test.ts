import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Located, plainOf } from './located.ts';
import { mergeManifests } from './merge.ts';

const placed = (file: string) => ({ place: { file, line: 1, column: 1 }, directory: '/' });

function locate(value: unknown, file: string): Located {
  if (Array.isArray(value))
    return { ...placed(file), kind: 'list', items: value.map((item) => locate(item, file)) };
  if (typeof value !== 'object' || value === null)
    return { ...placed(file), kind: 'scalar', value: value as string | number };
  const entries = Object.entries(value).map(([key, child]) => {
    return [key, { keyPlace: placed(file).place, value: locate(child, file) }] as const;
  });
  return { ...placed(file), kind: 'record', entries: new Map(entries) };
}

const merge = (...values: unknown[]) => {
  const { value, overrides } = mergeManifests(values.map((value, index) => locate(value, `${index}.yaml`)));
  return { value: plainOf(value), overrides };
};

/** Documents of one shape, every key optional, as manifests of one schema are. */
const manifest = fc.record(
  {
    edition: fc.constantFrom('a', 'b', 'c'),
    policy: fc.record(
      { length: fc.integer({ min: 6, max: 9 }), lock: fc.constantFrom('5m', '10m') },
      { requiredKeys: [] },
    ),
    remove: fc.uniqueArray(fc.constantFrom('x', 'y', 'z')),
    components: fc.uniqueArray(
      fc.record({ name: fc.constantFrom('p', 'q'), supplier: fc.constantFrom('s', 't') }),
      { selector: ({ name }) => name },
    ),
  },
  { requiredKeys: [] },
);

test('an empty overlay changes nothing', () => {
  fc.assert(
    fc.property(manifest, (base) => {
      expect(merge(base, {})).toEqual({ value: merge(base).value, overrides: [] });
      expect(merge({}, base)).toEqual({ value: merge(base).value, overrides: [] });
    }),
  );
});

test('laying the same overlay on twice is laying it on once', () => {
  fc.assert(
    fc.property(manifest, manifest, (base, over) => {
      expect(merge(base, over, over).value).toEqual(merge(base, over).value);
    }),
  );
});

test('a chain may be merged from either end', () => {
  fc.assert(
    fc.property(manifest, manifest, manifest, (a, b, c) => {
      expect(merge(merge(a, b).value, c).value).toEqual(merge(a, merge(b, c).value).value);
    }),
  );
});

test('nothing of a list is lost, and what an overlay states holds', () => {
  fc.assert(
    fc.property(manifest, manifest, (base, over) => {
      const merged = merge(base, over).value as typeof base;
      const all = new Set([...(base.remove ?? []), ...(over.remove ?? [])]);
      expect(new Set(merged.remove ?? [])).toEqual(all);
      expect(merged.components ?? []).toEqual(expect.arrayContaining(over.components ?? []));
      expect(merged.policy ?? {}).toMatchObject(over.policy ?? {});
      expect(merged.edition).toBe(over.edition ?? base.edition);
    }),
  );
});

test('the overrides are exactly the values that were replaced by others', () => {
  fc.assert(
    fc.property(manifest, manifest, (base, over) => {
      const replaced = (['length', 'lock'] as const).filter((key) => {
        const [from, to] = [base.policy?.[key], over.policy?.[key]];
        return from !== undefined && to !== undefined && from !== to;
      });
      const told = merge(base, over).overrides.filter(({ pointer }) => pointer.startsWith('/policy/'));
      expect(told.map(({ pointer }) => pointer).sort()).toEqual(
        replaced.map((key) => `/policy/${key}`).sort(),
      );
      expect(told.every(({ from, to }) => from.place.file === '0.yaml' && to.place.file === '1.yaml')).toBe(
        true,
      );
    }),
  );
});
