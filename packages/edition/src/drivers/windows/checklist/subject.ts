import type { BuildRecord, WimIntegrityEntry, WimIntegrityManifest } from '@imprint/protocol';
import { planWindows } from '../plan/plan-windows.ts';
import { sampleWindowsLock } from '../plan/sample-windows-lock.ts';
import { type ChecklistData, checklistData, checklistSha256 } from './checklist-data.ts';
import type { ChecklistItem, ChecklistSubject, DeviceChecklistReport } from './model.ts';

export const thumbprint = 'AB'.repeat(20);
const counts = { core: 2, overlay: 2, modified: 0, missing: 0, violations: 0 };

const entry = (path: string, more: Partial<WimIntegrityEntry>): WimIntegrityEntry => ({
  ...{ path, type: 'file', attributes: 32, sizeBytes: 10, class: 'core', origin: 'Windows 10 Enterprise' },
  ...{ evidence: 'image', ...more },
});

const entries: readonly WimIntegrityEntry[] = [
  entry('/Program Files/Imprint/政策.json', {
    ...{ class: 'overlay', origin: 'policy', evidence: 'step', sha1: '1'.repeat(40), sha256: '1'.repeat(64) },
  }),
  entry('/Windows/Panther/unattend.xml', {
    ...{ class: 'overlay', origin: 'answer-file', evidence: 'step', volatile: true },
    ...{ sha1: '2'.repeat(40), sha256: '2'.repeat(64) },
  }),
  entry('/Windows/System32/config/SOFTWARE', { sha1: '3'.repeat(40), volatile: true }),
  entry('/Windows/System32/ntdll.dll', { sha1: '4'.repeat(40) }),
];

/** A build of the sample edition that was never made, for tests. */
export function sampleSubject(): ChecklistSubject {
  const plan = planWindows(sampleWindowsLock(), { profile: 'release' });
  const { edition, version, lockSha256 } = plan;
  const record: BuildRecord = {
    ...{ schema: 'imprint/build/v1', edition, version, lockSha256, planSha256: 'e'.repeat(64) },
    profile: 'release',
    artifacts: [
      { kind: 'wim', name: 'install.wim', digests: { sha256: 'c'.repeat(64) }, sizeBytes: 1 },
      { kind: 'iso', name: 'edition.iso', digests: { sha256: 'd'.repeat(64) }, sizeBytes: 1 },
    ],
    evidence: [],
    counts,
  };
  const integrity: WimIntegrityManifest = {
    ...{ schema: 'imprint/integrity-wim/v1', edition, version, lockSha256, merkleRoot: 'f'.repeat(64) },
    ...{ counts, entries: [...entries] },
  };
  return { record, plan, integrity, roots: [thumbprint] };
}

const at = '2026-11-25T08:00:00Z';
const seen = (id: string, facts: NonNullable<ChecklistItem['facts']>): ChecklistItem => ({
  ...{ id, state: 'observed', at, facts },
});
const dism = (...lines: string[]) => ({ exitCode: 0, lines });
const noCorruption = dism('No component store corruption detected.', 'The operation completed successfully.');

function imageItems({ artifacts, image }: ChecklistData): ChecklistItem[] {
  return [
    ...artifacts.map(({ name, sha256 }) =>
      seen(`artifact:${name}`, { present: true, algorithm: 'SHA256', digest: sha256, sizeBytes: 1 }),
    ),
    seen('dism-image-info:install.wim', dism('Index : 1', `Edition : ${image.editionId}`)),
    ...['edition', 'scan-health', 'check-health'].map(
      (look): ChecklistItem => ({
        id: `dism-mounted-${look}`,
        state: 'not-run',
        at,
        reason: 'no -MountedImage',
      }),
    ),
  ];
}

function deviceItems({ paths, registry, roots, firstBoot }: ChecklistData): ChecklistItem[] {
  const removed = firstBoot.filter(({ action }) => action.kind === 'remove-provisioned-app');
  if (removed.length === 0) throw new TypeError('the sample removes applications');
  return [
    ...paths.map(({ path, algorithm, digest }) =>
      seen(`path:${path}`, { present: true, algorithm, digest, sizeBytes: 10 }),
    ),
    ...registry.map(({ root, key, name, type, expected }) =>
      root === 'HKU'
        ? seen(`registry:${root}\\${key}\\${name}`, {
            accounts: 1,
            present: 1,
            types: [type],
            values: [expected],
          })
        : seen(`registry:${root}\\${key}\\${name}`, { present: true, type, value: expected }),
    ),
    ...roots.map((root) => seen(`root-store:${root}`, { present: true, subjects: ['CN=Root'] })),
    seen('security-center', { names: ['Windows Defender', 'Gov Antivirus'], states: ['393472', '266240'] }),
    seen('provisioned-apps', { families: ['Microsoft.WindowsCalculator_8wekyb3d8bbwe'] }),
    seen('languages', { languages: ['zh-CN'] }),
    seen('updates', { ids: ['KB5031356'] }),
    seen('password-length', { minimum: 12 }),
    seen('administrator', { present: true, disabled: true }),
    seen('task:Imprint\\Agent', { present: true, states: ['Ready'] }),
    seen('servicing-check-health', noCorruption),
    seen('servicing-scan-health', noCorruption),
    seen('windows-update', {
      results: ['2'],
      titles: ['an update'],
      rebootPending: false,
      service: 'Manual',
    }),
  ];
}

/** A report in which all is as intended; tests then spoil it. */
export function goodReport(
  subject: ChecklistSubject,
  mode: DeviceChecklistReport['mode'],
): DeviceChecklistReport {
  const data = checklistData(subject);
  const { edition, version, lockSha256, image } = data;
  return {
    schema: 'imprint/device-checklist/v1',
    mode,
    build: { edition, version, lockSha256, checklistSha256: checklistSha256(data) },
    machine: { ...image, elevated: true },
    tools: { powershell: '5.1.19041.4291', dism: '10.0.19041.3636' },
    startedAt: '2026-11-25T07:55:00Z',
    finishedAt: '2026-11-25T08:05:00Z',
    items: mode === 'image' ? imageItems(data) : deviceItems(data),
  };
}
