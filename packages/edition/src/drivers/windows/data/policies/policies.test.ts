import type { PolicyBaseline, PolicyCheck, WindowsLock } from '@imprint/protocol';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { PlannedEdit } from '../../model.ts';
import { planWindows } from '../../plan/plan-windows.ts';
import { sampleWindowsLock } from '../../plan/sample-windows-lock.ts';
import { windowsPolicyIds } from '../policy-ids.ts';
import { carriedWindowsPolicies, unsupportedPolicies, windowsPolicies } from './index.ts';

function lockOf(policy: PolicyBaseline, image: Partial<WindowsLock['image']> = {}): WindowsLock {
  const lock = sampleWindowsLock();
  return { ...lock, image: { ...lock.image, ...image }, manifest: { ...lock.manifest, policy } };
}
const version = (build: number) => ({ major: 10, minor: 0, build, revision: 1 });
const full = () => sampleWindowsLock().manifest.policy ?? {};

test('every policy has a record with its sources, its editions and a check on the device', () => {
  expect(Object.keys(windowsPolicies)).toEqual([...windowsPolicyIds]);
  const carried = carriedWindowsPolicies(lockOf(full()));
  expect(carried.map(({ id }) => id)).toEqual([...windowsPolicyIds]);
  for (const { id, observe } of carried) {
    const { follows, editions, fromBuild, title } = windowsPolicies[id];
    expect(observe.length, id).toBeGreaterThan(0);
    expect(follows.length, id).toBeGreaterThan(20);
    expect(editions === 'all' || editions.includes('Enterprise'), id).toBe(true);
    expect(fromBuild, id).toBeGreaterThanOrEqual(10240);
    expect(title.en !== '' && title['zh-CN'] !== '', id).toBe(true);
  }
});

test('no setting goes below a key that only an example names', () => {
  for (const { id, settings } of carriedWindowsPolicies(lockOf(full())))
    for (const { hive, key } of settings) {
      expect(key, id).toMatch(hive === 'system' ? /^\{controlSet\}\\/ : /^(Policies|Microsoft|Software)\\/);
      expect(key, id).not.toMatch(/CurrentControlSet|^SOFTWARE\\/);
    }
});

const policies: fc.Arbitrary<PolicyBaseline> = fc.record(
  {
    automaticLogin: fc.boolean(),
    cloudStorage: fc.constantFrom('off', 'upstream'),
    consumerFeatures: fc.constantFrom('off', 'upstream'),
    coreDumps: fc.boolean(),
    feedbackPrompts: fc.constantFrom('off', 'upstream'),
    firewall: fc.constantFrom('deny-incoming', 'off'),
    loginBanner: fc.record({ en: fc.string({ unit: 'grapheme' }), 'zh-CN': fc.string({ unit: 'grapheme' }) }),
    passwordMinLength: fc.integer({ min: 6, max: 64 }),
    rootLogin: fc.constant('locked' as const),
    screenLock: fc.integer({ min: 1, max: 999 }).map((minutes) => `${minutes}m`),
    telemetry: fc.constantFrom('none', 'upstream'),
    updateService: fc.constantFrom('edition', 'upstream'),
    usbStorage: fc.constantFrom('allow', 'read-only', 'deny'),
  },
  { requiredKeys: [] },
);

/** Where a running Windows has what an edit of a hive in the image sets, as a check would name it. */
function liveName(hive: string, edit: Extract<PlannedEdit, { type: string }>): string {
  const below = {
    software: `HKLM\\SOFTWARE\\${edit.key}`,
    system: `HKLM\\SYSTEM\\${edit.key.replace('ControlSet001', 'CurrentControlSet')}`,
    'default-user': `HKU\\${edit.key}`,
  }[hive];
  return JSON.stringify([below, edit.name, edit.type, String(edit.data)]);
}
const checkedName = ({ root, key, name, type, expected }: Extract<PolicyCheck, { kind: 'registry' }>) =>
  JSON.stringify([`${root}\\${key}`, name, type, expected]);

test('any policies make edits without duplicates, and each edit has exactly one check of the same value', () => {
  fc.assert(
    fc.property(policies, fc.constantFrom(17763, 19045, 22631, 26100), (policy, build) => {
      const lock = lockOf(policy, { version: version(build) });
      const plan = planWindows(lock, { profile: 'preview' });
      const actions = plan.steps.find(({ id }) => id === 'policy')?.actions ?? [];
      const edits = actions.flatMap((action) =>
        action.kind === 'registry'
          ? action.edits.flatMap((edit) => ('type' in edit ? [liveName(action.hive, edit)] : ['no value']))
          : [],
      );
      const checks = carriedWindowsPolicies(lock).flatMap(({ observe }) => observe);
      const registry = checks.flatMap((check) => (check.kind === 'registry' ? [checkedName(check)] : []));
      expect(new Set(edits).size).toBe(edits.length);
      expect([...registry].sort()).toEqual([...edits].sort());
      const steps = checks.flatMap((check) => (check.kind === 'first-boot' ? [check.step] : []));
      for (const step of steps) expect(plan.firstBoot.steps.map(({ id }) => id)).toContain(step);
      expect(checks).toHaveLength(registry.length + steps.length);
    }),
    { numRuns: 100 },
  );
});

test('a policy that an edition ignores is named, with the editions that honour it', () => {
  const { manifest, image } = lockOf(full(), { editionId: 'Professional' });
  const unsupported = unsupportedPolicies({ manifest, image });
  expect(unsupported.map(({ id }) => id)).toEqual(['consumerFeatures', 'telemetry']);
  expect(unsupported[1]?.supported).toContain('ServerStandard');
});

test('a policy that a build does not know yet is named with the first that does', () => {
  const { manifest, image } = lockOf({ updateService: 'edition' }, { version: version(10586) });
  expect(unsupportedPolicies({ manifest, image })).toEqual([
    { id: 'updateService', supported: '≥ 10.0.14393' },
  ]);
});

test('Windows has no login for the console only', () => {
  const { manifest, image } = lockOf({ rootLogin: 'console' });
  expect(unsupportedPolicies({ manifest, image })).toEqual([
    { id: 'rootLogin', supported: 'rootLogin: locked' },
  ]);
});

test('what asks for nothing is honoured everywhere', () => {
  const policy: PolicyBaseline = { telemetry: 'upstream', usbStorage: 'allow', coreDumps: true };
  const { manifest, image } = lockOf(policy, { editionId: 'Core' });
  expect(unsupportedPolicies({ manifest, image })).toEqual([]);
});

test('a lock whose image does not honour a policy is not planned', () => {
  const lock = lockOf({ telemetry: 'none' }, { editionId: 'Professional' });
  expect(() => planWindows(lock, { profile: 'preview' })).toThrow(
    expect.objectContaining({ code: 'WINDOWS_PLAN_POLICY_UNSUPPORTED' }),
  );
});

test('delivery optimization is told what its build understands', () => {
  const modes = [19045, 22000].map((build) => {
    const [policy] = carriedWindowsPolicies(
      lockOf({ updateService: 'edition' }, { version: version(build) }),
    );
    return policy?.settings.find(({ name }) => name === 'DODownloadMode')?.data;
  });
  expect(modes).toEqual([100, 99]);
});
