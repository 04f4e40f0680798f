import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DeviceReport, LicenceState } from '@imprint/protocol';
import { sha256Hex, withheldIn } from '@imprint/trust';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCycle } from '../cycle/run.ts';
import { openContent } from '../http/content.ts';
import { loadDeviceKey } from '../message/key.ts';
import { blobPath } from '../release/evidence.ts';
import { releaseRecord } from '../state/records.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { openDesk } from '../testing/lease-desk.ts';
import { after, type Ceremony, holdCeremony, pinRoot, publish } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { type FakeWindows, fakeWindows, setRegistry } from '../testing/windows.ts';

// A Windows edition, because there the agent also sets policies again; everything else is one code on both systems.
const now = new Date('2026-11-23T06:00:00Z');
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;
let windows: FakeWindows;
let uptimeMs: number;
let metadataVersion: number;

beforeAll(() => {
  ceremony = holdCeremony(now, 'intl', { isLicensed: true });
});
beforeEach(async () => {
  [uptimeMs, metadataVersion] = [60_000, 1];
  server = await startServer();
  windows = fakeWindows();
  device = testDevice({
    now,
    server: server.url,
    platform: { ...windows.platform, uptimeMs: () => uptimeMs },
  });
  pinRoot(device, ceremony);
  device.credentials({ 'imprint.enrol-token': 'enr_1_secret' });
  const observe = [
    { kind: 'registry', root: 'HKLM', key: 'SOFTWARE\\P', name: 'L', type: 'dword', expected: '0' },
  ];
  const policy = { id: 'telemetry', intended: 'none', source: 'manifest#/x', observe };
  device.put(device.platform.paths.policy, JSON.stringify([policy]));
  server.tree = publish(ceremony, { now }).tree;
});
afterEach(async () => {
  device.dispose();
  await server.close();
});

const openFor = (clock: () => Date) => {
  server.desk = openDesk(ceremony, { now: clock });
  return server.desk;
};
function refuse(status: number, code: string): void {
  server.overrides.set('/v1/leases', (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ code, title: code }));
  });
}

/** Days with the machine on: every clock of it goes forward alike. */
function pass(days: number): void {
  uptimeMs += days * 86_400_000;
  device.setNow(after(device.now(), days));
}

async function activate(): Promise<void> {
  openFor(() => device.now());
  await runCycle(device);
}

/** Each state as it comes about: by leases, clocks, lists and refusals, never by its name. */
const ways: { readonly [state in LicenceState]: () => Promise<void> } = {
  unactivated: async () => refuse(409, 'LICENSING_SEATS_EXHAUSTED'),
  active: activate,
  renewal_due: async () => {
    await activate();
    pass(20);
    refuse(503, 'LICENSING_OVERLOADED');
  },
  grace: async () => {
    await activate();
    pass(181);
    refuse(503, 'LICENSING_OVERLOADED');
  },
  restricted: async () => {
    await activate();
    pass(211);
    refuse(403, 'LICENSING_NOT_ENTITLED');
  },
  revoked: async () => {
    await activate();
    const revoked = [{ device: loadDeviceKey(device)?.deviceId ?? '', generation: 1 }];
    const list = server.desk?.revocations(1, revoked) ?? Buffer.alloc(0);
    keep.set('licensing/revocations.json', list);
    refuse(403, 'LICENSING_REVOKED');
  },
  clock_suspect: async () => {
    // Its battery died: the clock starts over in another year.
    await activate();
    device.setNow(after(device.now(), -400));
    await runCycle(device);
  },
  duplicate_suspect: async () => {
    await activate();
    device.credentials({ 'imprint.enrol-token': '' });
    pass(20);
    refuse(409, 'LICENSING_DUPLICATE');
  },
};

/** What every later publication carries besides the release. */
const keep = new Map<string, Uint8Array>();
const definitions = { version: '20261201', bytes: Buffer.from('a signed set of definitions') };

/** A security patch: the next release, with new definitions. */
function publishPatch(): void {
  metadataVersion += 1;
  // Whoever publishes has a clock that is right, whatever the device's says.
  const publishedAt = new Date(Math.max(device.now().getTime(), now.getTime()));
  const wishes = { now: publishedAt, sequence: 2, version: '2026.12.0', metadataVersion, definitions };
  server.tree = new Map([...publish(ceremony, wishes).tree, ...keep]);
}

const home = () => join(device.root, 'Users', 'wang');

function fillHome(): void {
  mkdirSync(join(home(), 'Documents'), { recursive: true });
  writeFileSync(join(home(), 'Documents', '报告.docx'), Buffer.from([0, 1, 2, 255]), { mode: 0o600 });
  writeFileSync(join(home(), 'licence.json'), 'not the agent’s');
}

/** Every file of a person's, with its bytes and what the file system says of it. */
const homeNow = () =>
  readdirSync(home(), { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name);
    const { mode, mtimeMs, ctimeMs } = statSync(path);
    return [path, mode, mtimeMs, ctimeMs, entry.isFile() ? readFileSync(path).toString('hex') : ''];
  });

describe('whatever its licence', () => {
  beforeEach(() => keep.clear());

  test.each(Object.keys(ways) as LicenceState[])(
    '%s: a device verifies the patch, has the definitions, keeps its policies, reports, and touches nobody’s files',
    async (state) => {
      fillHome();
      const before = homeNow();
      await ways[state]();
      publishPatch();
      setRegistry(windows, 'HKLM\\SOFTWARE\\P', 'L', 'dword', '1');
      server.checkIns.length = 0;

      expect(await runCycle(device)).toMatchObject({ end: 'directed' });

      const report = server.checkIns[0]?.report as DeviceReport;
      expect(report.licence?.state).toBe(state);
      const last = releaseRecord.load(device.files);
      expect(last).toMatchObject({
        outcome: 'verified',
        release: { version: '2026.12.0', sequence: 2, antivirusDefinitions: { version: '20261201' } },
      });
      expect(report.release).toMatchObject({
        version: '2026.12.0',
        signedBy: ['vendor', 'operator', 'regulator'],
      });
      const set = await openContent(server.url)(blobPath(sha256Hex(definitions.bytes)), 1024);
      expect(Buffer.from(set ?? []).equals(definitions.bytes)).toBe(true);
      expect(report.policy).toMatchObject([{ id: 'telemetry', state: 'ok', observed: 'none' }]);
      expect(homeNow()).toEqual(before);
    },
  );

  test('only a device without a licence that counts waits for new features', () => {
    const waiting = (Object.keys(ways) as LicenceState[]).filter((state) => withheldIn(state).length > 0);
    expect(waiting.sort()).toEqual(['restricted', 'revoked', 'unactivated']);
    expect(waiting.flatMap(withheldIn).every((what) => what === 'feature-update')).toBe(true);
  });
});
