import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LockedFile, LockedInput, WindowsLock } from '@imprint/protocol';
import { layerKey } from '../../../plan/key.ts';
import type { PlannedOutput, PlanStep, WindowsBuildPlan, WindowsOutputKind } from '../../../plan/model.ts';
import type { ProgressEvent } from '../../../progress.ts';
import { type ContentStore, openContentStore } from '../../../store/index.ts';
import { hivePaths } from '../data/hives.ts';
import type { WindowsAction } from '../model.ts';
import { buildWindowsFixture, type WindowsFixture } from '../testing/windows-fixture.ts';
import { openBaseImage } from './base-image.ts';
import type { HiveMethod, WindowsShop } from './shop.ts';
import { toolVersions } from './tool-versions.ts';

const epoch = 1_700_000_000;
const guid = '0b5e7c1e-6a3d-8f52-9c41-2f6d1f3a7b90';

/** A made-up vendor's image in a content store, and an edition of it; for tests. */
export interface TestEdition {
  readonly directory: string;
  readonly fixture: WindowsFixture;
  readonly store: ContentStore;
  readonly lock: WindowsLock;
  readonly plan: WindowsBuildPlan;
}

const firstBoot = (lockSha256: string): WindowsBuildPlan['firstBoot'] => ({
  schema: 'imprint/first-boot/v1',
  edition: 'gov-windows',
  version: '2026.11.0',
  lockSha256,
  steps: [],
});

/** Chains steps as a plan does. */
export function chain(
  steps: readonly (readonly [id: string, actions: readonly WindowsAction[]])[],
): PlanStep<WindowsAction>[] {
  let parentKey = '0'.repeat(64);
  return steps.map(([id, actions]) => {
    const definition = { id, kind: 'overlay', version: 1, settings: {}, actions } as const;
    const step = { ...definition, parentKey, key: layerKey(parentKey, definition, epoch) };
    parentKey = step.key;
    return step;
  });
}

/** An output with all options any kind has; split sets get parts of 4 MiB. */
export function plannedOutput(
  kind: WindowsOutputKind,
  partSizeMiB = kind === 'iso' ? 3800 : 4,
): PlannedOutput<WindowsOutputKind> {
  const options = { guid, partSizeMiB, volumeId: 'GOV_WINDOWS_2026_11_0' };
  return { kind, version: 1, fileName: `gov.${kind}`, options };
}

function lockedImage(parts: readonly LockedFile[], medium?: LockedFile): WindowsLock['image'] {
  return {
    parts: [...parts],
    ...(medium === undefined ? {} : { medium }),
    index: 1,
    name: 'Windows 10 Enterprise',
    editionId: 'Enterprise',
    installationType: 'Client',
    version: { major: 10, minor: 0, build: 19045, revision: 4291 },
    languages: ['zh-CN', 'en-US'],
    defaultLanguage: 'zh-CN',
    files: 385,
    directories: 50,
    totalBytes: 73_740_486,
    controlSet: 'ControlSet001',
    hives: [],
  };
}

/** Puts files into the store as the parts of an image, and says so in a lock. */
export async function lockOf(
  store: ContentStore,
  files: readonly string[],
  { inputs = [], medium }: { readonly inputs?: LockedInput[]; readonly medium?: string } = {},
): Promise<WindowsLock> {
  const put = async (path: string, name: string) => ({ name, ...(await store.putFile(path)) });
  const parts = await Promise.all(files.map((path, at) => put(path, `install${at === 0 ? '' : at + 1}.wim`)));
  const image = lockedImage(parts, medium === undefined ? undefined : await put(medium, 'windows.iso'));
  return {
    lockVersion: 1,
    edition: 'gov-windows',
    version: '2026.11.0',
    architecture: 'amd64',
    sourceDateEpoch: epoch,
    inputs,
    manifest: {
      apiVersion: 'imprint/v1',
      edition: 'gov-windows',
      version: '2026.11.0',
      title: { en: 'Government Windows', 'zh-CN': '政府版 Windows' },
      base: { windows: { image: 'install.wim', index: 1 } },
      locale: { language: 'zh_CN.UTF-8', timezone: 'Asia/Shanghai', keyboard: 'cn' },
      trust: { profile: 'intl' },
      services: { imprint: 'https://imprint.example.gov' },
      outputs: ['wim'],
    },
    image,
    signatures: [],
  };
}

/** A plan over a lock, made by hand. */
export function planOf(
  lock: WindowsLock,
  steps: WindowsBuildPlan['steps'],
  kinds: readonly WindowsOutputKind[] = ['wim'],
): WindowsBuildPlan {
  const lockSha256 = createHash('sha256').update(JSON.stringify(lock)).digest('hex');
  return {
    planVersion: 1,
    edition: lock.edition,
    version: lock.version,
    lockSha256,
    profile: 'preview',
    architecture: 'amd64',
    sourceDateEpoch: lock.sourceDateEpoch,
    image: lock.image,
    steps,
    firstBoot: firstBoot(lockSha256),
    outputs: kinds.map((kind) => plannedOutput(kind)),
  };
}

const telemetry = 'Policies\\Microsoft\\Windows\\DataCollection';

/** Steps of every kind of action. */
function stepsOf(root: string, payload: string): PlanStep<WindowsAction>[] {
  return chain([
    [
      'policy',
      [
        {
          kind: 'registry',
          hive: 'software',
          edits: [{ key: telemetry, name: 'AllowTelemetry', type: 'dword', data: 0 }],
        },
        {
          kind: 'registry',
          hive: 'default-user',
          edits: [{ key: 'Control Panel\\International', name: 'LocaleName', type: 'sz', data: 'zh-CN' }],
        },
      ],
    ],
    [
      'locale',
      [
        {
          kind: 'registry',
          hive: 'system',
          edits: [
            {
              key: 'ControlSet001\\Control\\TimeZoneInformation',
              name: 'TimeZoneKeyName',
              type: 'sz',
              data: 'China Standard Time',
            },
          ],
        },
      ],
    ],
    ['trust', [{ kind: 'trust-certificate', sha256: root }]],
    [
      'files',
      [
        {
          kind: 'write',
          path: '/program files/Imprint/政务 说明.txt',
          text: '政务\r\n',
          encoding: 'utf-16le',
        },
        { kind: 'write', path: '/Program Files/Imprint/agent.json', text: '{}\n', encoding: 'utf-8' },
        { kind: 'copy', path: '/Program Files/imprint/payload/av.exe', sha256: payload },
        {
          kind: 'write',
          path: '/Windows/Setup/Scripts/SetupComplete.cmd',
          text: 'exit /b 0\r\n',
          encoding: 'utf-8',
        },
      ],
    ],
    [
      'catalog',
      [
        {
          kind: 'catalog',
          path: '/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}/imprint.cat',
        },
      ],
    ],
  ]);
}

/** Makes a vendor's image and an edition with steps of every kind below `parent`. */
export async function makeTestEdition(parent: string): Promise<TestEdition> {
  const directory = await mkdtemp(join(parent, 'edition-'));
  const fixture = await buildWindowsFixture(join(directory, 'vendor'));
  const store = openContentStore(join(directory, 'store'));
  const root = await store.putFile(fixture.rootCertificate);
  const signer = await store.putFile(fixture.signerCertificate);
  const program = join(directory, 'av.exe');
  await writeFile(program, await readFile('/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/winver.exe'));
  const payload = await store.putFile(program);
  const mutable = Object.values(hivePaths).map((path) => ({ path, reason: 'policies live here' }));
  const agreement = { apiVersion: 'imprint/v1', vendor: 'Fixture', mutable };
  const mutableCore = await store.putBytes(Buffer.from(JSON.stringify(agreement)));
  const inputs: LockedInput[] = [
    { role: 'catalog-signer', name: 'signer.pem', ...signer },
    { role: 'mutable-core', name: 'vendor.json', ...mutableCore },
    { role: 'trust-root', name: 'root.pem', ...root },
  ];
  const lock = await lockOf(store, [fixture.wim], { inputs });
  const plan = planOf(lock, stepsOf(root.sha256, payload.sha256));
  return { directory, fixture, store, lock, plan };
}

/** What a press works with, in a state directory of its own; events are kept. */
export async function openShop(
  { directory, fixture, store }: Pick<TestEdition, 'directory' | 'fixture' | 'store'>,
  home: string,
  { lock, plan, method = 'in-place' }: Pick<TestEdition, 'lock' | 'plan'> & { readonly method?: HiveMethod },
): Promise<WindowsShop & { readonly events: ProgressEvent[] }> {
  const place = join(directory, home);
  const work = join(place, 'run', `press-${Math.random().toString(36).slice(2)}`);
  await mkdir(work, { recursive: true });
  const events: ProgressEvent[] = [];
  return {
    ...{ plan, lock, home: place, store, work, method, events },
    base: await openBaseImage(lock.image, store, work),
    tools: await toolVersions(plan),
    catalogKey: fixture.signerKey,
    report: (event) => events.push(event),
  };
}
