import { type PolicyCheck, type PolicyRecord, windowsDevicePaths } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { applyPolicy } from '../apply-policy/apply.ts';
import { releaseRecord, type VerifiedRelease } from '../state/records.ts';
import { lockSha256, type TestDevice, testDevice } from '../testing/device.ts';
import { type FakeWindows, fakeWindows, setRegistry } from '../testing/windows.ts';
import { lookAt } from './look.ts';
import { observePolicyRecord } from './policy/index.ts';
import { observeDevice } from './report.ts';
import { compareBuilds } from './windows-patch.ts';

// Windows is a fake here: what is shown is what the agent makes of its answers.
let windows: FakeWindows;
let device: TestDevice;
const currentVersion = 'HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion';
const pressed = { editionId: 'Enterprise', build: '10.0.19045.3803' };

beforeEach(() => {
  windows = fakeWindows();
  device = testDevice({ platform: windows.platform });
  device.put(
    windowsDevicePaths.edition,
    JSON.stringify({ edition: 'gov-base', version: '1', channel: 'stable', lockSha256, windows: pressed }),
  );
});
afterEach(() => device.dispose());

const report = () => observeDevice(lookAt(device));
const policyOf = (...observe: PolicyCheck[]): PolicyRecord => ({
  id: 'telemetry',
  intended: 'none',
  source: 'manifest#/policy/telemetry',
  observe,
});
const registryCheck = (changes: object = {}): PolicyCheck => ({
  kind: 'registry',
  root: 'HKLM',
  key: 'SOFTWARE\\Policies\\P',
  name: 'Level',
  type: 'dword',
  expected: '0',
  ...changes,
});

describe('a registry policy', () => {
  const observe = (check: PolicyCheck) => observePolicyRecord(policyOf(check), lookAt(device));

  test('is ok where the value has the type and the text', () => {
    setRegistry(windows, 'HKLM\\SOFTWARE\\Policies\\P', 'Level', 'dword', '0');
    expect(observe(registryCheck())).toMatchObject({ state: 'ok', observed: 'none' });
  });

  test.each([
    ['another value', 'dword', '1'],
    ['the same text in another type', 'sz', '0'],
  ] as const)('is failing with %s, which is shown', (_what, type, text) => {
    setRegistry(windows, 'HKLM\\SOFTWARE\\Policies\\P', 'Level', type, text);
    expect(observe(registryCheck({ value: true }))).toMatchObject({
      state: 'failing',
      observed: text,
      reason: expect.stringContaining(`got ${type} ${text}`),
    });
  });

  test('is failing where there is no value, and unknown where it cannot be read', () => {
    expect(observe(registryCheck())).toMatchObject({
      state: 'failing',
      reason: expect.stringContaining('nothing'),
    });
    windows.isRegistryReadable = false;
    expect(observe(registryCheck())).toMatchObject({ state: 'unknown' });
  });

  test('of every person holds only if it holds for each whose hive is loaded', () => {
    const check = registryCheck({ root: 'HKU' });
    expect(observe(check)).toMatchObject({ state: 'unknown', reason: 'nobody is signed in' });
    windows.users = ['S-1-5-21-1', 'S-1-5-21-2'];
    setRegistry(windows, 'HKU\\S-1-5-21-1\\SOFTWARE\\Policies\\P', 'Level', 'dword', '0');
    const seen = observe(check);
    expect(seen).toMatchObject({ state: 'failing', reason: expect.stringContaining('HKU\\*\\SOFTWARE') });
    expect(JSON.stringify(seen)).not.toContain('S-1-5-21');
    setRegistry(windows, 'HKU\\S-1-5-21-2\\SOFTWARE\\Policies\\P', 'Level', 'dword', '0');
    expect(observe(check)).toMatchObject({ state: 'ok' });
  });

  test('and a first-boot policy cannot be looked at on another system', () => {
    const debian = testDevice();
    const look = lookAt(debian);
    const reasons = [registryCheck(), { kind: 'first-boot', step: 'x' } as const].map(
      (check) => observePolicyRecord(policyOf(check), look).state,
    );
    expect(reasons).toEqual(['unknown', 'unknown']);
    expect(() => applyPolicy(debian, { dryRun: false })).toThrow(
      expect.objectContaining({ code: 'AGENT_NOT_WINDOWS' }),
    );
    debian.dispose();
  });
});

describe('applying policy', () => {
  beforeEach(() => {
    windows.users = ['S-1-5-21-1'];
    const checks = [registryCheck(), registryCheck({ root: 'HKU', name: 'Mine', type: 'sz', expected: 'x' })];
    device.put(windowsDevicePaths.policy, JSON.stringify([policyOf(...checks)]));
    setRegistry(windows, 'HKLM\\SOFTWARE\\Policies\\P', 'Level', 'dword', '3');
  });

  test('sets what drifted, reads it again, and then has nothing to do', async () => {
    expect(applyPolicy(device, { dryRun: false })).toMatchObject([
      { key: 'HKLM\\SOFTWARE\\Policies\\P', name: 'Level', isObserved: true },
      { key: 'HKU\\S-1-5-21-1\\SOFTWARE\\Policies\\P', name: 'Mine', isObserved: true },
    ]);
    expect((await report()).policy).toMatchObject([{ id: 'telemetry', state: 'ok' }]);
    expect(applyPolicy(device, { dryRun: false })).toEqual([]);
  });

  test('that is only tried out changes nothing', async () => {
    expect(applyPolicy(device, { dryRun: true })).toHaveLength(2);
    expect((await report()).policy).toMatchObject([{ state: 'failing' }]);
  });

  test('leaves alone what cannot be read', () => {
    windows.isRegistryReadable = false;
    expect(applyPolicy(device, { dryRun: false })).toEqual([]);
  });
});

describe('the patch state', () => {
  const run = (build: string, revision: string, editionId = 'Enterprise') => {
    setRegistry(windows, currentVersion, 'EditionID', 'sz', editionId);
    setRegistry(windows, currentVersion, 'CurrentBuild', 'sz', build);
    setRegistry(windows, currentVersion, 'UBR', 'dword', revision);
  };
  const approve = (windowsBuild: string) => {
    const release: VerifiedRelease = {
      version: '2',
      sequence: 2,
      sha256: 'cd'.repeat(32),
      lockSha256: 'ef'.repeat(32),
      expiresAt: '2027-01-01T00:00:00Z',
      windowsBuild,
      signedBy: [],
      evidence: [],
    };
    const checkedAt = device.now().toISOString();
    releaseRecord.save(device.files, { checkedAt, verifiedAt: checkedAt, outcome: 'verified', release });
  };
  const patch = async () => (await report()).patch;

  test('is ok at the approved build and beyond it', async () => {
    approve('10.0.19045.3803');
    run('19045', '3803');
    expect(await patch()).toMatchObject({ state: 'ok' });
    run('19045', '4000');
    expect(await patch()).toMatchObject({ state: 'ok' });
  });

  test('is failing below the build this image was pressed from, or in another edition of the vendor', async () => {
    run('19045', '3802');
    expect(await patch()).toMatchObject({
      state: 'failing',
      differing: [expect.stringContaining('19045.3802')],
    });
    run('19045', '3803', 'Professional');
    expect(await patch()).toMatchObject({ state: 'failing' });
  });

  test('is stale below the build of a newer release', async () => {
    approve('10.0.19045.5000');
    run('19045', '3803');
    expect(await patch()).toMatchObject({ state: 'stale', reason: expect.stringContaining('5000') });
  });

  test('is unknown where the build cannot be read, or no release says what is approved', async () => {
    expect(await patch()).toMatchObject({ state: 'unknown', reason: 'the build cannot be read' });
    run('19045', '3803');
    expect(await patch()).toMatchObject({ state: 'unknown', reason: 'no release verified yet' });
  });

  test('counts builds as numbers', () => {
    expect(compareBuilds('10.0.19045.999', '10.0.19045.3803')).toBeLessThan(0);
    expect(compareBuilds('10.0.26100.1', '10.0.19045.3803')).toBeGreaterThan(0);
    expect(compareBuilds('ten', '10.0.19045.3803')).toBeUndefined();
  });
});

describe('the antivirus', () => {
  const product = { name: 'Guardian', isOn: true, isUpToDate: true };
  const antivirus = async () => (await report()).antivirus;
  const plan = () => {
    const action = {
      kind: 'install-component',
      component: 'Guardian AV',
      installer: 'msi',
      arguments: [],
      file: 'av.msi',
      sha256: 'ab'.repeat(32),
      securityCenterName: 'Guardian',
    };
    const step = { id: 'av', title: { en: 'a', 'zh-CN': 'a' }, source: 'm', action };
    const identity = { edition: 'gov-base', version: '1', lockSha256 };
    device.put(
      windowsDevicePaths.firstBoot,
      JSON.stringify({ schema: 'imprint/first-boot/v1', ...identity, steps: [step] }),
    );
  };

  test('is unknown where Security Center cannot be asked, and the reason says why', async () => {
    windows.products = undefined;
    expect(await antivirus()).toMatchObject({ state: 'unknown', reason: 'Security Center does not answer' });
    windows.securityCenterService = 'not-running';
    expect(await antivirus()).toMatchObject({ state: 'unknown', reason: 'Security Center is not running' });
  });

  test.each([
    [{ ...product }, 'ok'],
    [{ ...product, isUpToDate: false }, 'stale'],
    [{ ...product, isOn: false }, 'failing'],
  ])('is what Security Center says of it', async (seen, state) => {
    windows.products = [seen];
    expect(await antivirus()).toMatchObject({ state, provider: 'Guardian', realTime: seen.isOn });
  });

  test('of the edition is not made up for by another one', async () => {
    plan();
    windows.products = [{ ...product, name: 'Windows Defender' }];
    expect(await antivirus()).toMatchObject({
      state: 'failing',
      reason: expect.stringContaining('Guardian'),
    });
    windows.products = [{ ...product, name: 'Windows Defender', isOn: false }, product];
    expect(await antivirus()).toMatchObject({ state: 'ok', provider: 'Guardian' });
  });
});
