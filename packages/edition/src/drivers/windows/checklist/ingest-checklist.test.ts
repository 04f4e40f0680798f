import { isImprintError } from '@imprint/protocol';
import { describe, expect, test } from 'vitest';
import { ingestChecklist } from './ingest-checklist.ts';
import type { ChecklistItem, DeviceChecklistReport } from './model.ts';
import { goodReport, sampleSubject, thumbprint } from './subject.ts';

const subject = sampleSubject();
const now = new Date('2026-11-26T00:00:00Z');
const bytesOf = (report: unknown) => Buffer.from(JSON.stringify(report));

function ingest(report: unknown, more: { now?: Date; maxAgeDays?: number } = {}) {
  return ingestChecklist({ ...subject, report: bytesOf(report), now, ...more });
}

/** A good report with items that are otherwise, or gone. */
function spoiled(
  mode: DeviceChecklistReport['mode'],
  changes: Readonly<Record<string, Partial<ChecklistItem> | undefined>>,
): DeviceChecklistReport {
  const report = goodReport(subject, mode);
  const items = report.items.flatMap((item) => {
    if (!(item.id in changes)) return [item];
    const change = changes[item.id];
    return change === undefined ? [] : [{ ...item, ...change }];
  });
  return { ...report, items };
}

function notOk(report: unknown): string[] {
  return ingest(report).checks.flatMap(({ id, state, got, reason }) =>
    state === 'ok' ? [] : [`${state} ${id}: ${got ?? reason}`],
  );
}

describe('a good report', () => {
  test('of the files leaves unknown what nobody mounted', () => {
    expect(notOk(goodReport(subject, 'image'))).toEqual([
      'unknown dism-mounted-edition: no -MountedImage',
      'unknown dism-mounted-check-health: no -MountedImage',
      'unknown dism-mounted-scan-health: no -MountedImage',
    ]);
  });

  test('of a device shows all policies, files and first-boot steps as observed', () => {
    const { checks } = ingest(goodReport(subject, 'device'));
    expect(notOk(goodReport(subject, 'device'))).toEqual([]);
    const policies = checks.filter(({ id }) => id.startsWith('policy:'));
    expect(policies.length).toBeGreaterThan(20);
    const steps = checks.filter(({ id }) => id.startsWith('first-boot:'));
    expect(steps).toHaveLength(subject.plan.firstBoot.steps.length);
    for (const { observedAt } of checks) expect(observedAt).toMatch(/^2026-11-25T/);
  });

  test('becomes one document that says whose word it is, the same bytes each time', () => {
    const { document } = ingest(goodReport(subject, 'device'));
    expect(document.kind).toBe('device-checklist');
    expect(document.name).toMatch(/^device-checklist-device-[0-9a-f]{12}\.json$/);
    expect(JSON.parse(document.content)).toMatchObject({
      lockSha256: subject.record.lockSha256,
      artifacts: [{ sha256: 'c'.repeat(64) }, { sha256: 'd'.repeat(64) }],
      report: { statedBy: 'owner', signed: false },
      counts: { failing: 0, stale: 0, unknown: 0 },
    });
    expect(ingest(goodReport(subject, 'device')).document).toEqual(document);
  });
});

describe('a bad report', () => {
  test('names each artifact that is another, and an image DISM cannot read', () => {
    const report = spoiled('image', {
      'artifact:install.wim': { facts: { present: true, digest: '0'.repeat(64) } },
      'dism-image-info:install.wim': { facts: { exitCode: 11, lines: ['Error: 11'] } },
      'dism-mounted-scan-health': {
        ...{
          state: 'observed',
          facts: { exitCode: 0, lines: ['The component store is repairable.', 'Done.'] },
        },
      },
    });
    expect(notOk(report)).toEqual([
      `failing artifact:install.wim: ${'0'.repeat(64)}`,
      'failing dism-image-info:install.wim: exit 11, none',
      'unknown dism-mounted-edition: no -MountedImage',
      'unknown dism-mounted-check-health: no -MountedImage',
      'failing dism-mounted-scan-health: exit 0: The component store is repairable.',
    ]);
  });

  test('names files, policies, authorities and first-boot effects that are not as intended', () => {
    const value = 'registry:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection\\AllowTelemetry';
    const report = spoiled('device', {
      'path:/Program Files/Imprint/政策.json': { facts: { present: false } },
      'path:/Windows/System32/ntdll.dll': { facts: { present: true, digest: '9'.repeat(40) } },
      [value]: { facts: { present: true, type: 'dword', value: '3' } },
      [`root-store:${thumbprint}`]: { facts: { present: false } },
      'security-center': {
        facts: { names: ['Windows Defender', 'Gov Antivirus'], states: ['397568', '262144'] },
      },
      'provisioned-apps': { facts: { families: 'microsoft.bingnews_8wekyb3d8bbwe' } },
      administrator: { facts: { present: true, disabled: false } },
      'windows-update': { facts: { results: ['4', '2'] } },
    });
    expect(notOk(report)).toEqual([
      'failing path:/Program Files/Imprint/政策.json: missing',
      `failing path:/Windows/System32/ntdll.dll: ${'9'.repeat(40)}`,
      'failing policy:telemetry:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection\\AllowTelemetry: dword: 3',
      `failing root-store:${thumbprint}: missing`,
      'failing first-boot:component:gov-antivirus: Gov Antivirus is off',
      'failing first-boot:remove:Microsoft.BingNews_8wekyb3d8bbwe: still provisioned',
      'failing first-boot:administrator: enabled',
      'failing windows-update: the last update ended with result 4',
    ]);
  });

  test('is not clean where one person of several has another value', () => {
    const [found] = goodReport(subject, 'device').items.filter(({ id }) => id.startsWith('registry:HKU'));
    const { types = [], values = [] } = found?.facts ?? {};
    const id = found?.id ?? '';
    const facts = { accounts: 2, present: 1, types, values };
    expect(notOk(spoiled('device', { [id]: { facts } }))).toEqual([
      expect.stringMatching(/^failing .*: none$/),
    ]);
    expect(notOk(spoiled('device', { [id]: { facts: { accounts: 0 } } }))).toEqual([
      expect.stringMatching(/^unknown .*: nobody was signed in$/),
    ]);
  });
});

describe('what was not seen stays unknown', () => {
  test('when looking failed, was not done, or is not in the report', () => {
    const report = spoiled('device', {
      'security-center': { state: 'failed', reason: 'access denied' },
      administrator: { state: 'not-run', reason: 'skipped' },
      'password-length': undefined,
    });
    expect(notOk(report)).toEqual([
      'unknown first-boot:component:gov-antivirus: access denied',
      'unknown first-boot:password: the report does not have it',
      'unknown first-boot:administrator: skipped',
    ]);
  });

  test('when an update replaced core files, or the system rewrote what it owns', () => {
    const other = { facts: { present: true, digest: '9'.repeat(40) } };
    const report = spoiled('device', {
      'path:/Windows/System32/ntdll.dll': other,
      'path:/Windows/Panther/unattend.xml': { facts: { present: false } },
    });
    const machine = { ...report.machine, osVersion: '10.0.19045.9999' };
    expect(notOk({ ...report, machine })).toEqual([
      'unknown path:/Windows/Panther/unattend.xml: a running system rewrites it',
      'unknown path:/Windows/System32/ntdll.dll: the device runs another build than the image',
    ]);
  });

  test('and what was seen too long ago is stale, never ok', () => {
    const report = goodReport(subject, 'device');
    const { checks } = ingest(report, { now: new Date('2026-12-25T08:00:00Z') });
    expect(new Set(checks.map(({ state }) => state))).toEqual(new Set(['stale']));
    expect(ingest(report, { now: new Date('2026-12-25T07:00:00Z') }).checks[0]?.state).toBe('ok');
  });

  test('and a clock that is ahead says nothing', () => {
    const { checks } = ingest(goodReport(subject, 'device'), { now: new Date('2026-11-20T00:00:00Z') });
    expect(new Set(checks.map(({ state }) => state))).toEqual(new Set(['unknown']));
  });
});

describe('a foreign report is refused', () => {
  const report = goodReport(subject, 'device');
  const foreign = (build: Partial<typeof report.build>) => () =>
    ingest({ ...report, build: { ...report.build, ...build } });

  test.each([
    ['another lock', { lockSha256: '0'.repeat(64) }],
    ['another version', { version: '2026.11.1' }],
    ['another checklist', { checklistSha256: '0'.repeat(64) }],
  ])('of %s', (_what, build) => {
    expect(foreign(build)).toThrow(expect.objectContaining({ code: 'WINDOWS_CORE_REPORT_FOREIGN' }));
  });

  test('of the same lock with other artifacts', () => {
    const artifacts = subject.record.artifacts.map((file) => ({
      ...file,
      digests: { sha256: '7'.repeat(64) },
    }));
    const other = { ...subject, record: { ...subject.record, artifacts } };
    expect(() => ingestChecklist({ ...other, report: bytesOf(report), now })).toThrow(
      expect.objectContaining({ code: 'WINDOWS_CORE_REPORT_FOREIGN' }),
    );
  });
});

describe('a malformed report is refused with the place', () => {
  const report = goodReport(subject, 'device');
  const pointerOf = (bytes: Uint8Array): unknown => {
    try {
      ingestChecklist({ ...subject, report: bytes, now });
    } catch (error) {
      if (isImprintError(error, 'WINDOWS_CORE_REPORT_MALFORMED')) return error.params.pointer;
      throw error;
    }
    return 'accepted';
  };

  test.each([
    ['no JSON', '{', '#'],
    ['a list', '[]', '#'],
    ['an unknown schema', JSON.stringify({ ...report, schema: 'imprint/device-checklist/v2' }), '#/schema'],
    ['no time', JSON.stringify({ ...report, finishedAt: 'yesterday' }), '#/finishedAt'],
    [
      'an end before its start',
      JSON.stringify({ ...report, finishedAt: '2026-11-25T07:00:00Z' }),
      '#/finishedAt',
    ],
    [
      'an item twice',
      JSON.stringify({ ...report, items: [report.items[0], report.items[0]] }),
      '#/items/1/id',
    ],
    [
      'an unknown state',
      JSON.stringify({ ...report, items: [{ ...report.items[0], state: 'fine' }] }),
      expect.stringMatching(/^#\/items\/0/),
    ],
  ])('%s', (_what, text, pointer) => {
    expect(pointerOf(Buffer.from(text))).toEqual(pointer);
  });

  test('bytes that are no UTF-8, and more than anyone would write', () => {
    expect(pointerOf(Buffer.from([0x7b, 0xff, 0x7d]))).toBe('#');
    expect(pointerOf(Buffer.alloc(17 * 1024 * 1024, 0x20))).toBe('#');
  });
});
