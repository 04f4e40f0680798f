import { cp, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MutableCore, WindowsLock } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import { type ContentStore, openContentStore } from '../../../store/index.ts';
import { hivePaths } from '../data/hives.ts';
import { intendedEdits } from '../integrity/intended-edits.ts';
import type { HiveFiles } from '../integrity/registry-check.ts';
import type { HiveName } from '../model.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';
import { editHive } from '../tools/hivexregedit.ts';
import { exportImage, extractFiles, updateImage } from '../tools/wimlib.ts';
import { mountImage, unmountImage } from '../tools/wimlib-mount.ts';
import { firstBoot, lockOf, planSteps } from './fixture-plan.ts';

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
  /** Presses the plan into a new file and returns it. */
  press(name: string, method?: PressMethod): Promise<string>;
  close(): Promise<void>;
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
  const lockSha256 = sha256Hex(Buffer.from('lock'));
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
