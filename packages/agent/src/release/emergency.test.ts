import type { ReleaseManifest } from '@imprint/protocol';
import {
  approveRelease,
  buildRelease,
  buildSnapshot,
  buildTimestamp,
  encodeEnvelope,
  encodeMetadata,
  metadataPath,
  sha256Hex,
  signMetadata,
  targetFileOf,
  targetFilePath,
  withdrawRelease,
} from '@imprint/trust';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookAt } from '../observe/look.ts';
import { observeRelease } from '../observe/release.ts';
import { judgeTarget } from '../patch/target.ts';
import { readEdition } from '../settings.ts';
import { lockSha256, type TestDevice, testDevice } from '../testing/device.ts';
import {
  after,
  type Ceremony,
  holdCeremony,
  type PartyName,
  partyNames,
  pinRoot,
  publish,
  signersOf,
} from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { refreshRelease } from './refresh.ts';

const now = new Date('2026-11-23T06:00:00Z');
const targetPath = 'gov-base/stable/emergency.json';
let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;

/** The same parties, and a root in which the operator alone is enough for two days. */
function withLane(held: Ceremony): Ceremony {
  const policy = { thresholds: { vendor: 0, regulator: 0 }, withinHours: 48 };
  const signed = { ...held.root.signed, 'x-imprint-emergency': policy };
  const root = signMetadata({ signatures: [], signed }, signersOf(held));
  return { ...held, root, rootBytes: encodeMetadata(root) };
}

beforeAll(async () => {
  ceremony = withLane(holdCeremony(now, 'intl'));
  server = await startServer();
});
afterAll(() => server.close());
beforeEach(() => {
  device = testDevice({ now, server: server.url });
  pinRoot(device, ceremony);
});
afterEach(() => device.dispose());

interface Urgent {
  readonly approvedBy: readonly PartyName[];
  readonly withdrawnBy?: PartyName;
  readonly manifest?: Partial<ReleaseManifest>;
  readonly version: number;
}

/** Serves an ordinary release 1, and beside it an emergency 2 that the named parties have approved. */
function serve({ approvedBy, withdrawnBy, manifest = {}, version }: Urgent): string {
  const { tree } = publish(ceremony, { now, metadataVersion: version });
  const { release } = publish(ceremony, {
    now,
    sequence: 2,
    version: '2026.11.1',
    lockSha256: 'ef'.repeat(32),
  });
  const emergency = { reason: 'exploited in the wild' };
  const bytes = Buffer.from(
    JSON.stringify({ ...JSON.parse(Buffer.from(release).toString()), evidence: [], emergency, ...manifest }),
  );
  const sha256 = sha256Hex(bytes);
  const expires = after(now, 30);
  const listed = buildRelease({ version, expires, targets: { [targetPath]: targetFileOf(bytes) } });
  const files = {
    targets: tree.get(metadataPath('targets', version)) ?? bytes,
    release: tree.get(metadataPath('release', version)) ?? bytes,
    emergency: encodeMetadata(signMetadata(listed, signersOf(ceremony, ['operator']))),
  };
  const snapshot = encodeMetadata(signMetadata(buildSnapshot({ version, expires, files }), ceremony.online));
  const timestamp = signMetadata(buildTimestamp({ version, expires, snapshot }), ceremony.online);
  tree.set(metadataPath('emergency', version), files.emergency);
  tree.set(metadataPath('snapshot', version), snapshot);
  tree.set('metadata/timestamp.json', encodeMetadata(timestamp));
  tree.set(targetFilePath(targetPath, sha256), bytes);
  tree.set(
    `approvals/${sha256}.dsse.json`,
    encodeEnvelope(approveRelease(bytes, signersOf(ceremony, approvedBy))),
  );
  if (withdrawnBy !== undefined) {
    const withdrawal = withdrawRelease(bytes, 'it breaks printing', signersOf(ceremony, [withdrawnBy]));
    tree.set(`withdrawals/${sha256}.dsse.json`, encodeEnvelope(withdrawal));
  }
  server.tree = tree;
  return sha256;
}

const reported = () => observeRelease(lookAt(device), readEdition(device));
const targetOf = (releaseSha256: string) => ({
  releaseSha256,
  version: '2026.11.1',
  sequence: 2,
  deadline: after(now, 9).toISOString(),
});

describe('an emergency that its channel offers', () => {
  test('is the release to install while its time lasts, and not an hour longer', async () => {
    const sha256 = serve({ approvedBy: ['operator'], version: 1 });
    const state = await refreshRelease(device);
    const until = '2026-11-25T06:00:00.000Z';
    expect(state).toMatchObject({ outcome: 'verified', release: { sha256, emergencyUntil: until } });
    const facts = { release: state, runningSequence: 1, runningLockSha256: lockSha256 };
    expect(judgeTarget(targetOf(sha256), { ...facts, now })).toHaveProperty('release');
    expect(judgeTarget(targetOf(sha256), { ...facts, now: new Date(until) })).toMatchObject({
      refusal: { code: 'AGENT_TARGET_EXPIRED', params: { got: until } },
    });
  });

  test('is refused afterwards by who has not installed it: the ordinary release holds, and the report says why', async () => {
    serve({ approvedBy: ['operator'], version: 1 });
    await refreshRelease(device);
    device.setNow(after(now, 2));
    expect(await refreshRelease(device)).toMatchObject({
      outcome: 'verified',
      release: { sequence: 1 },
      passedOver: { code: 'TRUST_EMERGENCY_OVER' },
    });
    expect(reported()).toMatchObject({ state: 'ok', sequence: 1, code: 'TRUST_EMERGENCY_OVER' });
  });

  test('is a release like any other once every party has approved it', async () => {
    serve({ approvedBy: ['operator'], version: 1 });
    await refreshRelease(device);
    serve({ approvedBy: partyNames, version: 2 });
    device.setNow(after(now, 5));
    const state = await refreshRelease(device);
    expect(state).toMatchObject({ outcome: 'verified', ordinarySequence: 2, release: { sequence: 2 } });
    expect(state.release).not.toHaveProperty('emergencyUntil');
    expect(state).not.toHaveProperty('passedOver');
  });

  test('binds who runs it: nothing goes back, and the end of its time is reported', async () => {
    serve({ approvedBy: ['operator'], version: 1, manifest: { lockSha256 } });
    await refreshRelease(device);
    device.setNow(after(now, 2));
    expect(await refreshRelease(device)).toMatchObject({
      outcome: 'refused',
      code: 'TRUST_EMERGENCY_OVER',
      release: { sequence: 2 },
    });
    expect(reported()).toMatchObject({ state: 'failing', code: 'TRUST_EMERGENCY_OVER' });
  });

  test('is withdrawn by one party that did not approve it', async () => {
    serve({ approvedBy: ['operator'], withdrawnBy: 'regulator', version: 1 });
    expect(await refreshRelease(device)).toMatchObject({
      release: { sequence: 1 },
      passedOver: { code: 'TRUST_RELEASE_WITHDRAWN' },
    });
  });

  test.each<[string, Omit<Urgent, 'version'>, string]>([
    ['with nobody’s approval', { approvedBy: [] }, 'TRUST_APPROVAL_MISSING'],
    ['with that of a party too few', { approvedBy: ['vendor', 'regulator'] }, 'TRUST_APPROVAL_MISSING'],
    [
      'when it calls itself none',
      { approvedBy: ['operator'], manifest: { emergency: undefined } as never },
      'TRUST_APPROVAL_MISSING',
    ],
    [
      'when it is dated ahead to last longer',
      { approvedBy: ['operator'], manifest: { proposedAt: '2026-12-20T00:00:00Z' } },
      'TRUST_EMERGENCY_CLOCK',
    ],
    [
      'when it is of another channel',
      { approvedBy: ['operator'], manifest: { channel: 'beta' } },
      'AGENT_RELEASE_MISMATCH',
    ],
  ])('is passed over %s', async (_name, urgent, code) => {
    serve({ ...urgent, version: 1 });
    expect(await refreshRelease(device)).toMatchObject({
      outcome: 'verified',
      release: { sequence: 1 },
      passedOver: { code },
    });
  });
});
