import {
  type FirstBootPlan,
  type MutableCore,
  type PolicyFile,
  type WindowsLock,
  type WindowsManifest,
  windowsDevicePaths,
} from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import type { PlanStep } from '../../../plan/model.ts';
import { type ContentStore, sha256OfFile } from '../../../store/index.ts';
import type { WindowsAction } from '../model.ts';
import type { WindowsFixture } from '../testing/windows-fixture.ts';

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

/** What the fixture leaves to the first boot. */
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
  ...{ id, kind: 'overlay', version: 1, settings: {}, actions, parentKey: sha256Hex(Buffer.from('base')) },
  key: sha256Hex(Buffer.from(id)),
});

/** The steps of the fixture's plan. */
export function planSteps(root: string, component: string, lockSha256: string) {
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

const manifest: WindowsManifest = {
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
};

/** The lock of the fixture's edition, its inputs kept in the store. */
export async function lockOf(
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
    manifest,
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
