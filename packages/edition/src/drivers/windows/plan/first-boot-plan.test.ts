import type { LockedInput, WindowsLock } from '@imprint/protocol';
import { expect, test } from 'vitest';
import { firstBootPlan } from './first-boot-plan.ts';
import { planWindows } from './plan-windows.ts';
import { sampleWindowsLock } from './sample-windows-lock.ts';

const digest = 'd'.repeat(64);
type Manifest = WindowsLock['manifest'];
type Component = NonNullable<Manifest['components']>[number];

function locked(change: Partial<Manifest>, inputs: readonly LockedInput[] = []): WindowsLock {
  const lock = sampleWindowsLock();
  return { ...lock, inputs: [...lock.inputs, ...inputs], manifest: { ...lock.manifest, ...change } };
}

const input = (role: LockedInput['role'], name: string, sha256 = 'e'.repeat(64)): LockedInput => ({
  role,
  name,
  sha256,
  sizeBytes: 1,
});
const office = (rest: Partial<Component>): Component => ({
  role: 'office',
  name: '办公',
  supplier: 'Supplier',
  origin: 'local',
  file: '../dist/办公 套件.EXE',
  ...rest,
});
const ids = (lock: WindowsLock) => firstBootPlan({ lock, lockSha256: digest }).steps.map(({ id }) => id);

test('the agent’s task comes first, then updates and languages, the antivirus before other components', () => {
  const { components = [], base } = sampleWindowsLock().manifest;
  const lock = locked(
    {
      base: {
        windows: {
          ...base.windows,
          updates: ['updates/windows10.0-kb5031356-x64.msu'],
          languagePacks: [{ language: 'ug-CN', file: 'languages/ug-CN.cab' }],
        },
      },
      components: [office({ installer: { arguments: ['/S'] } }), ...components],
      remove: ['Microsoft.BingNews_8wekyb3d8bbwe'],
    },
    [
      input('component', '办公'),
      input('update', 'windows10.0-kb5031356-x64.msu'),
      input('language-pack', 'ug-CN.cab'),
    ],
  );
  expect(ids(lock)).toEqual([
    'agent-task',
    'update:windows10.0-kb5031356-x64.msu',
    'language:ug-CN',
    'component:gov-antivirus',
    'component:办公',
    'remove:Microsoft.BingNews_8wekyb3d8bbwe',
    'password',
    'administrator',
  ]);
});

test('what a step runs is in the image under a plain name, with the digest of the lock', () => {
  const { components = [] } = sampleWindowsLock().manifest;
  const lock = locked({ components: [office({ installer: { arguments: ['/S'] } }), ...components] }, [
    input('component', '办公'),
  ]);
  const { firstBoot, steps } = planWindows(lock, { profile: 'preview' });
  const files = firstBoot.steps.flatMap(({ action }) => ('file' in action ? [action] : []));
  expect(files.map(({ file }) => file)).toEqual([
    expect.stringMatching(/^gov-antivirus-[0-9a-f]{8}\.msi$/),
    'file-eeeeeeee.exe',
  ]);
  const copies = steps.flatMap(({ actions }) => actions.filter(({ kind }) => kind === 'copy'));
  for (const { file, sha256 } of files) {
    const path = `/Program Files/Imprint/payload/${file}`;
    expect(copies).toContainEqual({ kind: 'copy', path, sha256 });
  }
});

test('a component without an installer is placed and not run', () => {
  const { components = [] } = sampleWindowsLock().manifest;
  const lock = locked({ components: [office({}), ...components] }, [input('component', '办公')]);
  expect(ids(lock)).not.toContain('component:办公');
  const { steps } = planWindows(lock, { profile: 'preview' });
  expect(steps.find(({ id }) => id === 'components')?.actions).toHaveLength(1);
});

test('an installer that Windows cannot run is refused', () => {
  const { components = [] } = sampleWindowsLock().manifest;
  const odd = office({ file: 'office.zip', installer: { arguments: ['/S'] } });
  const lock = locked({ components: [odd, ...components] }, [input('component', '办公')]);
  expect(() => ids(lock)).toThrow(
    expect.objectContaining({
      code: 'WINDOWS_PLAN_INSTALLER',
      params: { component: '办公', got: '.zip' },
    }),
  );
});

test('steps that nobody would carry out are refused', () => {
  expect(() => ids(locked({ components: [] }))).toThrow(
    expect.objectContaining({ code: 'WINDOWS_PLAN_AGENT_MISSING' }),
  );
  const { policy: _, remove: __, ...rest } = sampleWindowsLock().manifest;
  const lock = { ...sampleWindowsLock(), manifest: { ...rest, components: [] } };
  expect(ids(lock)).toEqual([]);
});
