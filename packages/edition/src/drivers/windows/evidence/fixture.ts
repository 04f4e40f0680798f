import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type FirstBootPlan,
  type MutableCore,
  type PolicyFile,
  type WindowsLock,
  windowsDevicePaths,
} from '@imprint/protocol';

import type { PlanStep, WindowsBuildPlan } from '../../../plan/model.ts';
import { type ContentStore, openContentStore, sha256OfFile } from '../../../store/index.ts';
import { hivePaths } from '../data/hives.ts';
import { intendedEdits } from '../integrity/intended-edits.ts';
import type { HiveFiles } from '../integrity/registry-check.ts';
import type { HiveName, WindowsAction } from '../model.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';
import { editHive } from '../tools/hivexregedit.ts';
import { exportImage, extractFiles, updateImage } from '../tools/wimlib.ts';
import { mountImage, unmountImage } from '../tools/wimlib-mount.ts';

const sha256Hex = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');

export type PressMethod = 'in-place' | 'replaced';

/** The vendor's image, a plan, and what a press makes of them; for tests. */
export interface EvidenceFixture {
  readonly directory: string;
  readonly windows: WindowsFixture;
  readonly store: ContentStore;
  readonly lock: WindowsLock;
  readonly plan: WindowsBuildPlan;
  readonly base: { readonly file: string; readonly index: number; readonly parts: readonly string[] };
  readonly hives: readonly HiveFiles[];
  readonly added: readonly { path: string; step: string; sha256: string; sizeBytes: number }[];
  /** Presses the plan into a new file and returns it; `work` is the mounted image's or the update's chance to go wrong. */
  press(name: string, method?: PressMethod): Promise<string>;
  close(): Promise<void>;
}

const policies: PolicyFile = [
  {
    id: 'telemetry',
    title: { en: 'Telemetry', 'zh-CN': '遥测' },
    intended: 'none',
    source: 'manifest#/policy/telemetry',
    observe: [
      {
        kind: 'registry',
        root: 'HKLM',
        key: 'SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection',
        name: 'AllowTelemetry',
        type: 'dword',
        expected: '0',
      },
    ],
  },
];

export const firstBoot = (lockSha256: string): FirstBootPlan => ({
  schema: 'imprint/first-boot/v1',
  edition: 'gov-windows',
  version: '2026.11.0',
  lockSha256,
  steps: [
    {
      id: 'remove:Microsoft.BingWeather_8wekyb3d8bbwe',
      title: { en: 'remove the weather application', 'zh-CN': '移除天气应用' },
      source: 'manifest#/remove/0',
      action: {
        kind: 'remove-provisioned-app',
        packageFamilyName: 'Microsoft.BingWeather_8wekyb3d8bbwe',
      },
    },
  ],
});

const step = (id: string, actions: readonly WindowsAction[]): PlanStep<WindowsAction> => ({
  ...{ id, kind: 'overlay', version: 1, settings: {}, actions, parentKey: sha256Hex('base') },
  key: sha256Hex(id),
});

function planSteps(root: string, component: string, lockSha256: string) {
  const write = (path: string, text: string): WindowsAction => ({
    ...{ kind: 'write', path, text, encoding: 'utf-8' },
  });
  return [
    step('trust-roots', [{ kind: 'trust-certificate', sha256: root }]),
    step('policy', [
      {
        kind: 'registry',
        hive: 'software',
        edits: [
          {
            key: 'Policies\\Microsoft\\Windows\\DataCollection',
            name: 'AllowTelemetry',
            type: 'dword',
            data: 0,
          },
        ],
      },
      {
        kind: 'registry',
        hive: 'default-user',
        edits: [
          {
            key: 'Software\\Microsoft\\Windows\\CurrentVersion\\Run',
            name: 'OneDriveSetup',
            remove: true,
          },
        ],
      },
      write(windowsDevicePaths.policy, JSON.stringify(policies)),
    ]),
    step('components', [
      { kind: 'copy', path: `${windowsDevicePaths.payload}/guard.exe`, sha256: component },
    ]),
    step('first-boot', [
      write(windowsDevicePaths.firstBoot, JSON.stringify(firstBoot(lockSha256))),
      write('/Windows/Setup/Scripts/SetupComplete.cmd', '@echo off\r\n'),
    ]),
  ];
}

async function lockOf(
  windows: WindowsFixture,
  store: ContentStore,
  mutable: MutableCore['mutable'] | undefined,
): Promise<WindowsLock> {
  const image = await sha256OfFile(windows.wim);
  const root = await store.putBytes(Buffer.from(windows.vendor.rootCertificate));
  const component = await store.putFile('/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/winver.exe');
  const agreement =
    mutable === undefined
      ? undefined
      : await store.putBytes(
          Buffer.from(JSON.stringify({ apiVersion: 'imprint/v1', vendor: 'Fixture Windows', mutable })),
        );
  return {
    lockVersion: 1,
    edition: 'gov-windows',
    version: '2026.11.0',
    architecture: 'amd64',
    sourceDateEpoch: windows.epochSeconds,
    manifest: {
      apiVersion: 'imprint/v1',
      edition: 'gov-windows',
      version: '2026.11.0',
      title: { en: 'Government <Windows>', 'zh-CN': '政务 <Windows>' },
      base: { windows: { image: 'install.wim', index: 1 } },
      locale: { language: 'zh_CN.UTF-8', timezone: 'Asia/Shanghai', keyboard: 'cn' },
      remove: ['Microsoft.BingWeather_8wekyb3d8bbwe'],
      components: [
        { role: 'antivirus', name: 'guard', supplier: 'Test & Co', origin: 'local', file: 'guard.exe' },
      ],
      trust: { profile: 'intl' },
      services: { imprint: 'https://imprint.example' },
      outputs: ['wim'],
    },
    inputs: [
      { role: 'component', name: 'guard', ...component },
      ...(agreement === undefined
        ? []
        : [{ role: 'mutable-core' as const, name: 'vendor.json', ...agreement }]),
      { role: 'trust-root', name: 'root.pem', ...root },
    ],
    image: {
      parts: [{ name: 'install.wim', ...image }],
      index: 1,
      name: windows.images[0]?.name ?? '',
      editionId: 'Enterprise',
      installationType: 'Client',
      version: { major: 10, minor: 0, build: 19045, revision: 4291 },
      languages: ['zh-CN', 'en-US'],
      defaultLanguage: 'zh-CN',
      files: 1,
      directories: 1,
      totalBytes: 1,
      controlSet: 'ControlSet001',
      hives: [],
    },
    signatures: [{ component: 'guard', state: 'unsigned' }],
  };
}

async function editHives(directory: string, wim: string, plan: WindowsBuildPlan, store: ContentStore) {
  const names: readonly HiveName[] = ['software', 'default-user'];
  await extractFiles(
    wim,
    1,
    names.map((name) => hivePaths[name]),
    join(directory, 'hives'),
  );
  const intended = await intendedEdits(plan, store);
  const hives: HiveFiles[] = [];
  for (const name of names) {
    const base = join(directory, 'hives', hivePaths[name]);
    const edited = join(directory, `${name}.edited`);
    const edits = intended.filter(({ hive }) => hive === name).map(({ edit }) => edit);
    await editHive({ base, edits, out: edited });
    hives.push({ name, path: hivePaths[name], base, edited });
  }
  return hives;
}

/** Adds the plan's files to a directory and says what they are. */
async function stageAdded(directory: string, plan: WindowsBuildPlan, store: ContentStore) {
  const added: { path: string; step: string; sha256: string; sizeBytes: number; from: string }[] = [];
  for (const { id, actions } of plan.steps)
    for (const action of actions) {
      if (action.kind !== 'write' && action.kind !== 'copy') continue;
      const bytes = action.kind === 'write' ? Buffer.from(action.text) : await store.read(action.sha256);
      const from = join(directory, 'added', String(added.length));
      await mkdir(dirname(from), { recursive: true });
      await writeFile(from, bytes);
      added.push({
        ...{ path: action.path, step: id, sha256: sha256Hex(bytes), sizeBytes: bytes.length, from },
      });
    }
  return added;
}

async function overwrite(path: string, from: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.truncate();
    await handle.writeFile(await readFile(from));
  } finally {
    await handle.close();
  }
}

async function pressInPlace(
  wim: string,
  mount: string,
  hives: readonly HiveFiles[],
  added: readonly { readonly path: string; readonly from: string }[],
): Promise<void> {
  await mkdir(mount);
  await mountImage(wim, 1, mount);
  let isDone = false;
  try {
    for (const { path, edited } of hives) await overwrite(join(mount, path), edited);
    for (const { path, from } of added) {
      await mkdir(dirname(join(mount, path)), { recursive: true });
      await writeFile(join(mount, path), await readFile(from));
    }
    isDone = true;
  } finally {
    await unmountImage(mount, { commit: isDone });
  }
}

/** Makes a fixture in a new temporary directory. */
export async function makeEvidenceFixture(
  mutable: MutableCore['mutable'] | undefined = Object.values(hivePaths).map((path) => ({
    path,
    reason: { en: 'policies live here', 'zh-CN': '策略存放于此' },
  })),
): Promise<EvidenceFixture> {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-windows-evidence-'));
  const windows = await buildWindowsFixture(join(directory, 'medium'));
  const store = await openContentStore(join(directory, 'store'));
  const lock = await lockOf(windows, store, mutable);
  const digest = (role: string) => lock.inputs.find((input) => input.role === role)?.sha256 ?? '';
  const lockSha256 = sha256Hex('lock');
  const plan: WindowsBuildPlan = {
    planVersion: 1,
    edition: lock.edition,
    version: lock.version,
    lockSha256,
    profile: 'release',
    architecture: 'amd64',
    sourceDateEpoch: lock.sourceDateEpoch,
    image: lock.image,
    steps: planSteps(digest('trust-root'), digest('component'), lockSha256),
    firstBoot: firstBoot(lockSha256),
    outputs: [{ kind: 'wim', fileName: 'gov-windows.wim', version: 1, options: {} }],
  };
  const hives = await editHives(directory, windows.wim, plan, store);
  const added = await stageAdded(directory, plan, store);
  const press = async (name: string, method: PressMethod = 'in-place') => {
    const work = join(directory, `${name}.work.wim`);
    const pressed = join(directory, `${name}.wim`);
    await cp(windows.wim, work);
    if (method === 'replaced')
      await updateImage(work, 1, [
        ...hives.map(({ path, edited }) => ({ kind: 'add' as const, from: edited, to: path })),
        ...added.map(({ path, from }) => ({ kind: 'add' as const, from, to: path })),
      ]);
    else await pressInPlace(work, join(directory, `${name}.mount`), hives, added);
    await exportImage(work, 1, pressed);
    await rm(work);
    return pressed;
  };
  return {
    ...{ directory, windows, store, lock, plan, hives, added, press },
    base: { file: windows.wim, index: 1, parts: [] },
    close: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }),
  };
}
