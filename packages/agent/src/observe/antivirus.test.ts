import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { releaseRecord, type VerifiedRelease } from '../state/records.ts';
import { lockSha256, type TestDevice, testDevice } from '../testing/device.ts';
import { isAntivirusStarting, observeAntivirus, waitForAntivirus } from './antivirus.ts';
import { lookAt } from './look.ts';

let device: TestDevice;
let clamd: Server | undefined;

beforeEach(() => {
  device = testDevice();
});
afterEach(async () => {
  await new Promise<void>((resolve) => (clamd === undefined ? resolve() : clamd.close(() => resolve())));
  clamd = undefined;
  device.dispose();
});

const content = 'signatures\n';
const definitions = {
  version: '2026.11.20',
  builtAt: '2026-11-20T00:00:00Z',
  files: [{ name: 'imprint.hdb', sha256: createHash('sha256').update(content).digest('hex') }],
};

function putDefinitions(present = content) {
  device.put('/usr/lib/imprint/antivirus-definitions.json', JSON.stringify(definitions));
  device.put('/var/lib/clamav/imprint.hdb', present);
}

/** A socket that answers like clamd. */
async function startClamd(answer: string | undefined): Promise<void> {
  mkdirSync(join(device.root, 'run/clamav'), { recursive: true });
  clamd = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      if (/^z(VERSION|PING)\0$/.test(bytes.toString()) && answer !== undefined) socket.end(`${answer}\0`);
      else socket.destroy();
    });
  });
  await new Promise<void>((resolve) => clamd?.listen(join(device.root, 'run/clamav/clamd.ctl'), resolve));
}

const look = () => observeAntivirus(lookAt(device));
const approve = (version: string) => {
  const release: VerifiedRelease = {
    version: '2026.11.0',
    sequence: 1,
    sha256: 'ef'.repeat(32),
    lockSha256,
    expiresAt: '2027-01-01T00:00:00Z',
    signedBy: [],
    evidence: [],
    antivirusDefinitions: { version, builtAt: definitions.builtAt },
  };
  releaseRecord.save(device.files, { checkedAt: device.now().toISOString(), outcome: 'verified', release });
};

describe('the antivirus state', () => {
  test('is ok where clamd answers with the edition’s own signed set', async () => {
    putDefinitions();
    await startClamd('ClamAV 1.4.3/27500/Fri Nov 20 09:00:00 2026');
    approve('2026.11.20');
    expect(await look()).toEqual({
      state: 'ok',
      observedAt: device.now().toISOString(),
      provider: 'ClamAV 1.4.3',
      realTime: false,
      definitionsVersion: '2026.11.20',
      definitionsBuiltAt: '2026-11-20T00:00:00Z',
    });
  });

  test('says on-access scanning only while clamonacc runs', async () => {
    putDefinitions();
    await startClamd('ClamAV 1.4.3');
    device.put('/proc/42/comm', 'clamonacc\n');
    expect(await look()).toMatchObject({ state: 'ok', realTime: true });
  });

  test('is failing where the definitions are not the signed ones', async () => {
    putDefinitions('emptied\n');
    await startClamd('ClamAV 1.4.3');
    expect(await look()).toMatchObject({ state: 'failing', reason: expect.stringContaining('imprint.hdb') });
  });

  test('is stale where a newer set is approved', async () => {
    putDefinitions();
    await startClamd('ClamAV 1.4.3');
    approve('2026.11.22');
    expect(await look()).toMatchObject({ state: 'stale' });
  });

  test('is unknown where clamd does not answer', async () => {
    putDefinitions();
    expect(await look()).toMatchObject({ state: 'unknown', reason: 'clamd does not answer' });
    await startClamd(undefined);
    expect(await look()).toMatchObject({ state: 'unknown', reason: 'clamd does not answer' });
  });

  test('is worth waiting for only while the system is young', async () => {
    putDefinitions();
    const silent = await look();
    device.put('/proc/uptime', '42.17 80.02\n');
    expect(isAntivirusStarting(device, silent)).toBe(true);
    device.put('/proc/uptime', '4200.17 8000.02\n');
    expect(isAntivirusStarting(device, silent)).toBe(false);
    device.put('/proc/uptime', '42.17 80.02\n');
    await startClamd('ClamAV 1.4.3');
    expect(isAntivirusStarting(device, await look())).toBe(false);
  });

  test('is waited for until clamd answers', async () => {
    putDefinitions();
    const waited = waitForAntivirus(device, 20_000).then(() => look());
    await startClamd('ClamAV 1.4.3');
    expect(await waited).toMatchObject({ state: 'ok' });
  });

  test('is unknown in an edition without antivirus', async () => {
    expect(await look()).toMatchObject({ state: 'unknown', reason: 'no antivirus in this edition' });
  });
});
