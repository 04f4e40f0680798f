import {
  AgentSettings,
  EditionIdentity,
  EditionManifest,
  FirstBootPlan,
  PolicyFile,
  type WindowsLock,
  windowsDevicePaths,
} from '@imprint/protocol';
import { Value } from 'typebox/value';
import { expect, test } from 'vitest';
import { explainPlan } from '../../../plan/explain.ts';
import { planSha256 } from '../../../plan/key.ts';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import { planBuild } from '../../../plan/plan-build.ts';
import { renderPlan } from '../../../plan/render.ts';
import type { WindowsAction } from '../model.ts';
import { planWindows } from './plan-windows.ts';
import { sampleWindowsLock } from './sample-windows-lock.ts';

const plan = (lock: WindowsLock = sampleWindowsLock()) => planWindows(lock, { profile: 'preview' });
const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
const nothingKnown = { has: () => false, lastPlan: () => undefined };

function withManifest(change: Partial<WindowsLock['manifest']>): WindowsLock {
  const lock = sampleWindowsLock();
  return { ...lock, manifest: { ...lock.manifest, ...change } };
}

const actionsOf = ({ steps }: WindowsBuildPlan): WindowsAction[] => steps.flatMap(({ actions }) => actions);
const pathsOf = (built: WindowsBuildPlan) =>
  actionsOf(built).flatMap((action) => ('path' in action ? [action.path] : []));

function written(built: WindowsBuildPlan, path: string): string {
  const found = actionsOf(built).find((action) => action.kind === 'write' && action.path === path);
  if (found?.kind !== 'write') throw new Error(`nothing writes ${path}`);
  return found.text;
}

test('the sample edition is a manifest', () => {
  expect(Value.Errors(EditionManifest, sampleWindowsLock().manifest)).toEqual([]);
});

test('the plan of the sample edition is as agreed, in full', async () => {
  await expect(json(plan())).toMatchFileSnapshot('__golden__/gov-desktop-windows.plan.json');
});

test('the plan reads as text', async () => {
  await expect(renderPlan(plan(), explainPlan(plan(), nothingKnown))).toMatchFileSnapshot(
    '__golden__/gov-desktop-windows.plan.txt',
  );
});

test.each([
  ['unattend.xml', '/Windows/Panther/unattend.xml'],
  ['SetupComplete.cmd', '/Windows/Setup/Scripts/SetupComplete.cmd'],
  ['policy.json', windowsDevicePaths.policy],
  ['first-boot.json', windowsDevicePaths.firstBoot],
  ['agent-task.xml', windowsDevicePaths.task],
])('%s is as agreed', async (name, path) => {
  await expect(written(plan(), path)).toMatchFileSnapshot(`__golden__/${name}`);
});

test('the command file ends its lines as Windows does, and no other text has a byte order mark', () => {
  expect(written(plan(), '/Windows/Setup/Scripts/SetupComplete.cmd')).toMatch(/^(?:[^\r\n]+\r\n)+$/);
  for (const action of actionsOf(plan()))
    if (action.kind === 'write') expect(action.text.startsWith('\ufeff'), action.path).toBe(false);
});

test('what the device reads follows the protocol', () => {
  const parsed = (path: string): unknown => JSON.parse(written(plan(), path));
  expect(Value.Errors(PolicyFile, parsed(windowsDevicePaths.policy))).toEqual([]);
  expect(Value.Errors(FirstBootPlan, parsed(windowsDevicePaths.firstBoot))).toEqual([]);
  expect(Value.Errors(AgentSettings, parsed(windowsDevicePaths.settings))).toEqual([]);
  expect(Value.Errors(EditionIdentity, parsed(windowsDevicePaths.edition))).toEqual([]);
});

test('the first boot’s file is the plan’s own list', () => {
  expect(JSON.parse(written(plan(), windowsDevicePaths.firstBoot))).toEqual(plan().firstBoot);
});

test('planning is a pure function of the lock, and the same from the general door', () => {
  expect(planSha256(plan())).toBe(planSha256(plan()));
  expect(planBuild(sampleWindowsLock(), { profile: 'preview' })).toEqual(plan());
  expect(json(plan())).not.toMatch(/"\/(?:work|home|tmp)\//);
});

test('no product key, account, password or accepted licence is written', () => {
  const text = actionsOf(plan())
    .map((action) => (action.kind === 'write' ? action.text : ''))
    .join('\n');
  expect(text).not.toMatch(/ProductKey|UserAccounts|AutoLogon|<Password|HideEULA|AcceptEula/i);
  expect(json(plan())).not.toMatch(/SoftwareProtectionPlatform|KeyManagementService|\bslmgr\b/i);
});

test('automatic updates are never switched off, paused or hidden', () => {
  expect(json(plan())).not.toMatch(
    /NoAutoUpdate|DisableWindowsUpdateAccess|Defer|PauseQuality|TargetReleaseVersion|wuauserv/,
  );
});

test('every file lies where the edition may add one', () => {
  const allowed = [
    '/Program Files/Imprint/',
    '/Windows/Panther/unattend.xml',
    '/Windows/Setup/Scripts/SetupComplete.cmd',
  ];
  for (const path of pathsOf(plan()))
    expect(
      allowed.some((start) => path.startsWith(start)),
      path,
    ).toBe(true);
});

test('another image changes every key', () => {
  const lock = sampleWindowsLock();
  const keys = new Set(plan().steps.map(({ key }) => key));
  const other = plan({ ...lock, image: { ...lock.image, index: 2 } });
  expect(other.steps.filter(({ key }) => keys.has(key))).toEqual([]);
});

test('a changed policy changes the keys of its layer and those above, of none below', () => {
  const { policy } = sampleWindowsLock().manifest;
  const keys = new Set(plan().steps.map(({ key }) => key));
  const changed = plan(withManifest({ policy: { ...policy, screenLock: '5m' } }));
  const same = changed.steps.filter(({ key }) => keys.has(key)).map(({ id }) => id);
  expect(same).toEqual(['locale', 'trust-roots', 'antivirus', 'agent', 'services']);
  const known = { has: () => false, lastPlan: () => plan() };
  const [first, ...others] = explainPlan(changed, known).steps;
  expect(first).toMatchObject({ id: 'locale', reasons: [expect.stringContaining('unchanged')] });
  expect(others.find(({ id }) => id === 'policy')?.reasons).toEqual(['screenLock 10m → 5m']);
  const again = explainPlan(plan(), known).steps;
  expect(new Set(again.map(({ state }) => state))).toEqual(new Set(['cached']));
});

test('a catalog is listed last, and only with a signer', () => {
  const lock = sampleWindowsLock();
  expect(actionsOf(plan()).some(({ kind }) => kind === 'catalog')).toBe(false);
  const signer = {
    role: 'catalog-signer',
    name: 'signer.pem',
    sha256: 'd'.repeat(64),
    sizeBytes: 1,
  } as const;
  expect(actionsOf(plan({ ...lock, inputs: [...lock.inputs, signer] })).at(-1)).toEqual({
    kind: 'catalog',
    path: '/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/imprint-gov-desktop-windows.cat',
  });
});

test('removed applications are marked, and by policy too where Windows knows it', () => {
  const software = (lock: WindowsLock) => {
    const removal = plan(lock).steps.find(({ id }) => id === 'removal');
    return removal?.actions.flatMap((action) => (action.kind === 'registry' ? action.edits : [])) ?? [];
  };
  const lock = sampleWindowsLock();
  expect(software(lock).every((edit) => 'addKey' in edit)).toBe(true);
  const version = { ...lock.image.version, build: 26100 };
  const newer = software({ ...lock, image: { ...lock.image, version } });
  expect(newer.filter((edit) => 'data' in edit)).toHaveLength(7);
});

test('only asked-for outputs are planned', () => {
  const planned = planWindows(sampleWindowsLock(), { profile: 'release', outputs: ['wim'] });
  expect(planned.outputs.map(({ fileName }) => fileName)).toEqual([
    'gov-desktop-windows-2026.11.0-amd64.wim',
  ]);
});

test('an ISO’s name is one that ISO 9660 holds', () => {
  const { outputs } = plan(withManifest({ outputs: ['iso'] }));
  expect(outputs[0]?.options.volumeId).toBe('GOV_DESKTOP_WINDOWS_2026_11_0');
});

test.each([
  { languages: ['en-US'], packs: ['zh-CN'], ui: 'en-US', input: 'zh-CN' },
  { languages: ['en-US', 'zh-Hans-CN'], packs: [], ui: 'zh-Hans-CN', input: 'zh-CN;zh-Hans-CN' },
])('with $languages in the image and $packs to come, Setup speaks $ui', ({ languages, packs, ui, input }) => {
  const lock = sampleWindowsLock();
  const languagePacks = packs.map((language) => ({ language, file: `${language}.cab` }));
  const base = { windows: { ...lock.manifest.base.windows, languagePacks } };
  const image = { ...lock.image, languages, defaultLanguage: 'en-US' };
  const xml = written(plan({ ...withManifest({ base }), image }), '/Windows/Panther/unattend.xml');
  expect(xml).toContain(`<UILanguage>${ui}</UILanguage>`);
  expect(xml).toContain(`<InputLocale>${input}</InputLocale>`);
});

test('a time zone Windows has no name for is refused', () => {
  const locale = { ...sampleWindowsLock().manifest.locale, timezone: 'Antarctica/Troll' };
  expect(() => plan(withManifest({ locale }))).toThrow(
    expect.objectContaining({ code: 'WINDOWS_PLAN_TIME_ZONE' }),
  );
});

test('a keyboard without a Windows layout is refused', () => {
  const locale = { ...sampleWindowsLock().manifest.locale, keyboard: 'bt' };
  expect(() => plan(withManifest({ locale }))).toThrow(
    expect.objectContaining({ code: 'WINDOWS_PLAN_KEYBOARD' }),
  );
});
