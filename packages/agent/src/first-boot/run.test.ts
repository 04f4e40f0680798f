import { createHash } from 'node:crypto';
import { type FirstBootAction, windowsDevicePaths } from '@imprint/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lookAt } from '../observe/look.ts';
import { lockSha256, type TestDevice, testDevice } from '../testing/device.ts';
import { type FakeWindows, fakeWindows, setRegistry } from '../testing/windows.ts';
import { mayTry } from './plan.ts';
import { firstBootRecord } from './record.ts';
import { runFirstBoot } from './run.ts';

// Windows is a fake here: what is shown is what the agent asks of it and what it makes of the answers.
let windows: FakeWindows;
let device: TestDevice;
beforeEach(() => {
  windows = fakeWindows();
  device = testDevice({ platform: windows.platform });
});
afterEach(() => device.dispose());

const payload = Buffer.from('an installer');
const sha256 = createHash('sha256').update(payload).digest('hex');
const file = 'windows10.0-kb5031356-x64.msu';
const titled = { title: { en: 'step', 'zh-CN': '步骤' }, source: 'manifest#/x' };
const uninstall = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';

function plan(...actions: FirstBootAction[]): void {
  const steps = actions.map((action, index) => ({ id: `step-${index}`, ...titled, action }));
  const identity = { edition: 'gov-base', version: '1', lockSha256 };
  device.put(
    windowsDevicePaths.firstBoot,
    JSON.stringify({ schema: 'imprint/first-boot/v1', ...identity, steps }),
  );
}
const run = (options = { dryRun: false, eager: false }) =>
  runFirstBoot(device, options).map(({ did, seen, code }) => [
    did,
    seen.state,
    ...(code === undefined ? [] : [code]),
  ]);
const observed = () => lookAt(device).firstBoot();

const component = (changes: object = {}): FirstBootAction => ({
  kind: 'install-component',
  component: 'Guardian Office',
  installer: 'msi',
  arguments: ['/qn'],
  file,
  sha256,
  ...changes,
});

/** Each kind, where its effect is missing, and what a fake Windows does when asked. */
const kinds: [FirstBootAction, (() => void) | undefined][] = [
  [
    { kind: 'remove-provisioned-app', packageFamilyName: 'Microsoft.BingNews_8wekyb3d8bbwe' },
    () => {
      windows.applications = [
        'Microsoft.BingNews_4.2_x64__8wekyb3d8bbwe',
        'Other.App_1.0_x64__8wekyb3d8bbwe',
      ];
    },
  ],
  [
    { kind: 'add-language-pack', language: 'zh-CN', file, sha256 },
    () => {
      windows.onInstall = () => windows.languages?.push('zh-CN');
    },
  ],
  [
    { kind: 'install-update', file, sha256 },
    () => {
      windows.onInstall = () => windows.updates?.push('KB5031356');
    },
  ],
  [
    component(),
    () => {
      windows.onInstall = () => setRegistry(windows, `${uninstall}\\{1}`, 'DisplayName', 'sz', 'Guardian 7');
    },
  ],
  [
    component({ securityCenterName: 'Guardian' }),
    () => {
      windows.onInstall = () => windows.products?.push({ name: 'Guardian', isOn: true, isUpToDate: true });
    },
  ],
  [{ kind: 'set-password-length', minimum: 12 }, undefined],
  [{ kind: 'disable-administrator' }, undefined],
  [
    { kind: 'register-agent-task', name: 'Imprint\\Agent' },
    () =>
      device.put(
        windowsDevicePaths.task,
        '<Task><Actions><Exec><Command>%ProgramFiles%\\Imprint\\imprint-agent.exe</Command></Exec></Actions></Task>',
      ),
  ],
];

describe('a first-boot step', () => {
  test.each(kinds)('%o is done once, and seen by its effect', (action, arrange) => {
    device.put(`${windowsDevicePaths.payload}/${file}`, payload);
    arrange?.();
    plan(action);
    expect(observed()).toMatchObject([{ id: 'step-0', state: 'failing' }]);
    expect(run()).toEqual([['performed', 'ok']]);
    expect(observed()).toMatchObject([{ id: 'step-0', state: 'ok' }]);
    const asked = windows.installed.length;
    expect(run()).toEqual([['nothing', 'ok']]);
    expect(windows.installed).toHaveLength(asked);
  });

  test('whose installer ends well and does nothing is failing', () => {
    device.put(`${windowsDevicePaths.payload}/${file}`, payload);
    plan(component());
    expect(run()).toEqual([['performed', 'failing']]);
    expect(windows.installed[0]?.slice(2)).toEqual(['/qn', '/norestart']);
  });

  test.each([
    ['changed', Buffer.from('An installer'), 'AGENT_PAYLOAD_DIGEST'],
    ['missing', undefined, 'AGENT_PAYLOAD_MISSING'],
  ])('whose installer is %s runs nothing and stops no other', (_what, bytes, code) => {
    if (bytes !== undefined) device.put(`${windowsDevicePaths.payload}/${file}`, bytes);
    plan(component(), { kind: 'disable-administrator' });
    expect(run()).toEqual([
      ['refused', 'failing', code],
      ['performed', 'ok'],
    ]);
    expect(windows.installed).toEqual([]);
    expect(observed()[0]).toMatchObject({ state: 'failing', reason: expect.stringContaining(code) });
  });

  test('that cannot be looked at is unknown, tried once, and again only for a person', () => {
    device.put(`${windowsDevicePaths.payload}/pack.cab`, payload);
    plan({ kind: 'install-update', file: 'pack.cab', sha256 });
    expect(run()).toEqual([['performed', 'unknown']]);
    expect(run()).toEqual([['nothing', 'unknown']]);
    expect(run({ dryRun: false, eager: true })).toEqual([['performed', 'unknown']]);
    expect(windows.installed).toHaveLength(2);
  });

  test('asks a slow question once, however many steps want the answer', () => {
    let asked = 0;
    const { windows: system } = windows.platform;
    if (system === undefined) throw new TypeError('a fake Windows runs');
    const applications = () => {
      asked += 1;
      return [];
    };
    const packages = { ...system.packages, applications };
    const counting = testDevice({ platform: { ...windows.platform, windows: { ...system, packages } } });
    const steps = ['a', 'b', 'c'].map((name) => ({
      id: name,
      ...titled,
      action: { kind: 'remove-provisioned-app', packageFamilyName: `App.${name}_8wekyb3d8bbwe` },
    }));
    const identity = { edition: 'gov-base', version: '1', lockSha256 };
    const value = { schema: 'imprint/first-boot/v1', ...identity, steps };
    counting.put(windowsDevicePaths.firstBoot, JSON.stringify(value));
    expect(lookAt(counting).firstBoot()).toHaveLength(3);
    expect(asked).toBe(1);
    counting.dispose();
  });

  test('of a kind this agent does not know is unknown, and nothing is done', () => {
    plan({ kind: 'paint-wallpaper' } as unknown as FirstBootAction);
    expect(run()).toEqual([['nothing', 'unknown']]);
  });

  test('is not done in a dry run', () => {
    plan({ kind: 'disable-administrator' });
    expect(run({ dryRun: true, eager: false })).toEqual([['would-perform', 'failing']]);
    expect(windows.isAdministratorDisabled).toBe(false);
    expect(firstBootRecord.load(device.files)).toBeUndefined();
  });

  test('is remembered before it is done: a machine that goes down in it does not do it in a circle', () => {
    device.put(`${windowsDevicePaths.payload}/${file}`, payload);
    plan(component());
    windows.onInstall = () => {
      throw new Error('the power went');
    };
    expect(() => run()).toThrow('the power went');
    expect(firstBootRecord.load(device.files)?.steps['step-0']).toMatchObject({ attempts: 1 });
    expect(run()).toEqual([['nothing', 'failing']]);
  });
});

describe('another try', () => {
  const at = (iso: string) => new Date(iso);
  const failing = { state: 'failing', reason: { en: '', zh: '' } } as const;

  test('waits a quarter of an hour, then twice as long each time, a day at most', () => {
    const tried = (attempts: number) => ({ attempts, lastAt: '2026-01-01T00:00:00Z' });
    expect(mayTry(failing, tried(1), at('2026-01-01T00:14:59Z'))).toBe(false);
    expect(mayTry(failing, tried(1), at('2026-01-01T00:15:00Z'))).toBe(true);
    expect(mayTry(failing, tried(2), at('2026-01-01T00:29:59Z'))).toBe(false);
    expect(mayTry(failing, tried(99), at('2026-01-01T23:59:59Z'))).toBe(false);
    expect(mayTry(failing, tried(99), at('2026-01-02T00:00:00Z'))).toBe(true);
  });

  test('is not put off for ever by a clock that was set back', () => {
    expect(mayTry(failing, { attempts: 1, lastAt: '2030-01-01T00:00:00Z' }, at('2026-01-01T00:00:00Z'))).toBe(
      true,
    );
  });
});

describe('a plan', () => {
  const refused = (value: object) => {
    device.put(windowsDevicePaths.firstBoot, JSON.stringify(value));
    expect(() => run()).toThrow(expect.objectContaining({ code: 'AGENT_FIRST_BOOT_MALFORMED' }));
    expect(lookAt(device).firstBoot()).toMatchObject([{ id: 'plan', state: 'failing' }]);
  };
  const whole = { schema: 'imprint/first-boot/v1', edition: 'gov-base', version: '1', lockSha256, steps: [] };

  test('of another image, of another schema or with a path for a file name is refused whole', () => {
    refused({ ...whole, lockSha256: 'cd'.repeat(32) });
    refused({ ...whole, schema: 'imprint/first-boot/v2' });
    const action = { kind: 'install-update', file: '..\\x.msu', sha256 };
    refused({ ...whole, steps: [{ id: 'a', ...titled, action }] });
  });

  test('is not there on another system', () => {
    const debian = testDevice();
    expect(lookAt(debian).firstBoot()).toEqual([]);
    expect(() => runFirstBoot(debian, { dryRun: true, eager: false })).toThrow(
      expect.objectContaining({ code: 'AGENT_NOT_WINDOWS' }),
    );
    debian.dispose();
  });
});
