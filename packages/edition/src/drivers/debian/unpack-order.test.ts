import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PackageControl, parseControl } from './control.ts';
import { unpackOrder } from './unpack-order.ts';

const one = (name: string, rest: Partial<PackageControl> = {}): PackageControl => ({
  name,
  essential: false,
  provides: [],
  depends: [],
  preDepends: [],
  ...rest,
});

test('a control file is read with alternatives, versions, architectures and folded lines', () => {
  const text =
    'Package: a\nEssential: yes\nDepends: b (>= 1), c:any | d [amd64],\n e\nPre-Depends: f\nProvides: g (= 2)\n';
  expect(parseControl(text)).toEqual({
    name: 'a',
    essential: true,
    provides: ['g'],
    depends: [['b'], ['c', 'd'], ['e']],
    preDepends: [['f']],
  });
});

test('essential packages and what they need come first, pre-dependencies before what needs them', () => {
  const controls = [
    one('shell', { essential: true, preDepends: [['libc']] }),
    one('libc'),
    one('systemd', { preDepends: [['libcap']], depends: [['dbus']] }),
    one('libcap', { depends: [['libc']] }),
    one('dbus'),
  ];
  expect(unpackOrder(controls, true)).toEqual({
    essential: ['libc', 'shell'],
    batches: [['libcap'], ['dbus', 'systemd']],
  });
});

test('a virtual package is satisfied by its provider, one outside the set by what is there already', () => {
  const controls = [
    one('a', { preDepends: [['mail'], ['elsewhere']] }),
    one('postbox', { provides: ['mail'] }),
  ];
  expect(unpackOrder(controls, false).batches).toEqual([['postbox'], ['a']]);
});

test('a circle of pre-dependencies is refused', () => {
  const controls = [one('a', { preDepends: [['b']] }), one('b', { preDepends: [['a']] })];
  expect(() => unpackOrder(controls, false)).toThrow(expect.objectContaining({ code: 'BUILD_ORDER' }));
});

test('whatever the graph, each package is taken once and after its pre-dependencies', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  // Pre-dependencies only on earlier names, so that none forms a circle; dependencies as they fall.
  const controls = fc.tuple(
    ...names.map((name, at) =>
      fc
        .record({
          depends: fc.subarray(names.slice(0, at)),
          preDepends: fc.subarray(names.slice(0, at)),
          essential: fc.boolean(),
        })
        .map(({ depends, preDepends, essential }) =>
          one(name, {
            essential,
            depends: depends.map((needed) => [needed]),
            preDepends: preDepends.map((needed) => [needed]),
          }),
        ),
    ),
  );
  fc.assert(
    fc.property(controls, (set) => {
      const { essential, batches } = unpackOrder(set, true);
      const order = [essential, ...batches];
      expect(order.flat().sort()).toEqual(names);
      const batchOf = (name: string) => order.findIndex((batch) => batch.includes(name));
      for (const { name, preDepends } of set)
        for (const needed of preDepends.flat())
          if (!essential.includes(name)) expect(batchOf(needed)).toBeLessThan(batchOf(name));
    }),
    { numRuns: 200 },
  );
});
