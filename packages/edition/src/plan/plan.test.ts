import type { DebianLock } from '@imprint/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { explainPlan } from './explain.ts';
import { derivedUuid, diskIdentities } from './identities.ts';
import { layerKey, noParent, planSha256 } from './key.ts';
import type { BuildPlan, StepDefinition } from './model.ts';
import { planBuild } from './plan-build.ts';
import { renderPlan } from './render.ts';
import { sampleLock } from './sample-lock.ts';

const plan = (lock: DebianLock = sampleLock()) => planBuild(lock, { profile: 'preview' });
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const nothingKnown = { has: () => false, lastPlan: () => undefined };
const after = (last: BuildPlan, keys: ReadonlySet<string>) => ({
  has: (key: string) => keys.has(key),
  lastPlan: () => last,
});
const keysOf = (built: BuildPlan) => new Set(built.steps.map(({ key }) => key));

test('the plan of a sample lock is as agreed, in full', async () => {
  await expect(json(plan())).toMatchFileSnapshot('__golden__/sample.plan.json');
});

test('the plan reads as text', async () => {
  await expect(renderPlan(plan(), explainPlan(plan(), nothingKnown))).toMatchFileSnapshot(
    '__golden__/sample.plan.txt',
  );
});

test('planning is a pure function of the lock', () => {
  expect(plan()).toEqual(plan());
  expect(planSha256(plan())).toBe(planSha256(plan()));
  expect(json(plan())).not.toMatch(/"\/(?:work|home|tmp)\//);
});

test('a profile changes how outputs are pressed and no layer', () => {
  const release = planBuild(sampleLock(), { profile: 'release' });
  expect(keysOf(release)).toEqual(keysOf(plan()));
  expect(release.outputs.find(({ kind }) => kind === 'squashfs')?.options).toEqual({ level: 15 });
});

test('only asked-for outputs are planned', () => {
  const planned = planBuild(sampleLock(), { profile: 'preview', outputs: ['disk'] });
  expect(planned.outputs.map(({ kind }) => kind)).toEqual(['disk']);
});

test('core layers know nothing of the edition', () => {
  const lock = sampleLock();
  const other = plan({
    ...lock,
    edition: 'other',
    manifest: { ...lock.manifest, edition: 'other', policy: {} },
  });
  const core = (built: BuildPlan) => built.steps.filter(({ kind }) => kind === 'core').map(({ key }) => key);
  expect(core(other)).toEqual(core(plan()));
});

test('a changed policy changes the keys of its layer and those above, of none below', () => {
  const lock = sampleLock();
  const changed = plan({
    ...lock,
    manifest: { ...lock.manifest, policy: { ...lock.manifest.policy, screenLock: '5m' } },
  });
  const same = plan()
    .steps.filter(({ key }) => keysOf(changed).has(key))
    .map(({ id }) => id);
  expect(same).toEqual([
    'base',
    'packages',
    'components',
    'locale',
    'fonts',
    'trust-roots',
    'antivirus',
    'services',
  ]);
  const explained = explainPlan(changed, after(plan(), keysOf(plan())));
  expect(explained.steps.find(({ id }) => id === 'policy')?.reasons).toEqual(['screenLock 10m → 5m']);
});

test('a changed package explains its own layer and every one that lies on it', () => {
  const lock = sampleLock();
  const [first, ...rest] = lock.base;
  if (first === undefined) throw new Error('the sample has a base');
  const changed = plan({ ...lock, base: [{ ...first, version: '9.9', sha256: 'e'.repeat(64) }, ...rest] });
  const { steps } = explainPlan(changed, after(plan(), keysOf(plan())));
  expect(steps[0]?.reasons).toEqual([`packages: −${first.name} ${first.version}, +${first.name} 9.9`]);
  expect(steps.find(({ id }) => id === 'locale')?.reasons).toEqual(['lies on base, which changed']);
});

test('everything cached explains nothing', () => {
  const { steps } = explainPlan(plan(), after(plan(), keysOf(plan())));
  expect(steps.every(({ state, reasons }) => state === 'cached' && reasons.length === 0)).toBe(true);
});

const step = fc.record({
  id: fc.string({ minLength: 1 }),
  kind: fc.constantFrom('core' as const, 'overlay' as const),
  version: fc.nat(),
  settings: fc.constant({}),
  actions: fc.array(
    fc.record({
      kind: fc.constant('write' as const),
      path: fc.string(),
      mode: fc.nat(0o7777),
      text: fc.string(),
    }),
  ),
});

test('a layer key depends on every part that decides the layer, and on nothing else', () => {
  fc.assert(
    fc.property(step, fc.nat(), (definition: StepDefinition, epoch) => {
      const key = layerKey(noParent, definition, epoch);
      const write = { kind: 'write' as const, path: '/x', mode: 0, text: '' };
      expect(layerKey(noParent, { ...definition, settings: { note: 'else' } }, epoch)).toBe(key);
      for (const other of [
        layerKey('1'.repeat(64), definition, epoch),
        layerKey(noParent, definition, epoch + 1),
        layerKey(noParent, { ...definition, version: definition.version + 1 }, epoch),
        layerKey(noParent, { ...definition, id: `${definition.id}x` }, epoch),
        layerKey(noParent, { ...definition, actions: [...definition.actions, write] }, epoch),
      ])
        expect(other).not.toBe(key);
    }),
    { numRuns: 50 },
  );
});

test('derived UUIDs are version 8 of the RFC 4122 variant and differ by purpose', () => {
  fc.assert(
    fc.property(fc.string(), fc.string({ minLength: 1 }), (digest, purpose) => {
      expect(derivedUuid(digest, purpose)).toMatch(
        /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
      expect(derivedUuid(digest, purpose)).not.toBe(derivedUuid(digest, `${purpose}x`));
    }),
    { numRuns: 50 },
  );
});

test('a disk keeps its identities in every release of an edition, and no two editions share one', () => {
  const of = (edition: string) => Object.values(diskIdentities({ edition }));
  fc.assert(
    fc.property(fc.string(), fc.string(), (edition, other) => {
      fc.pre(edition !== other);
      const identities = of(edition);
      expect(new Set([...identities, ...of(other)]).size).toBe(2 * identities.length);
    }),
    { numRuns: 50 },
  );
  const later = { ...sampleLock(), version: '2026.11.1', sourceDateEpoch: 1_763_000_001 };
  const disks = [sampleLock(), later].map((lock) => diskIdentities(lock));
  expect(disks[1]).toEqual(disks[0]);
});
