import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCode } from '../files/durable.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { labDevice } from '../testing/antivirus-agent.ts';
import {
  allow,
  bootClamav,
  clamavRecord,
  direct,
  knowsNothing,
  knowsTestFile,
  manage,
  prepare,
  publishSet,
  shutDown,
  whoProtects,
} from '../testing/antivirus-lab.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { type Ceremony, holdCeremony } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { clamavProvider } from './clamav.ts';
import { readDetections } from './clamav-log.ts';
import { keptDetections } from './detections.ts';
import { keepAntivirus } from './keep.ts';
import { hasOnAccessScanner } from './on-access.ts';
import { testFile } from './test-file.ts';

let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;
const lab = () => labDevice(device);
const keep = () => keepAntivirus(lab());
const clamav = () => clamavProvider(lab(), clamavRecord);

// One ClamAV for the file: each test leaves it protecting.
beforeAll(async () => {
  ceremony = holdCeremony(new Date(), 'dual');
  server = await startServer();
  device = testDevice({ now: new Date(), server: server.url });
  prepare(device, ceremony);
  allow(device, server, [clamavRecord]);
  direct(device, 'clamav');
  await bootClamav(device);
});
afterAll(async () => {
  shutDown(device);
  device.dispose();
  await server.close();
});

describe('ClamAV', () => {
  test('finds the test file by its path and in a stream, and nothing in what is clean', async () => {
    const path = join(device.root, 'tmp/letter.com');
    writeFileSync(path, testFile());
    expect(await clamav().scan({ path })).toEqual({ signature: 'Imprint.Test.Eicar.UNOFFICIAL' });
    expect(await clamav().scan({ bytes: testFile() })).toEqual({
      signature: 'Imprint.Test.Eicar.UNOFFICIAL',
    });
    writeFileSync(path, 'a letter');
    expect(await clamav().scan({ path })).toEqual({});
    expect(await clamav().scan({ bytes: Buffer.from('a letter') })).toEqual({});
  });

  test('says that it cannot scan what is not there', async () => {
    await expect(clamav().scan({ path: join(device.root, 'tmp/nothing') })).rejects.toMatchObject({
      code: 'AGENT_ANTIVIRUS_PROVIDER_FAILED',
    });
  });

  test('refuses an infected file as it is opened where the kernel lets it, else is told as not on', async () => {
    const path = join(device.root, 'home/watched/letter.com');
    writeFileSync(path, testFile());
    // fanotify permission events need CAP_SYS_ADMIN in the first user namespace: without, clamonacc ends at once.
    if (hasOnAccessScanner(lab())) {
      expect(() => readFileSync(path)).toThrow(expect.objectContaining({ code: 'EPERM' }));
      const outcome = await keep();
      expect(outcome).toMatchObject({ isHealthy: true, realTime: true });
      const found = keptDetections(device).filter((one) => one.path === path);
      expect(found.length).toBeGreaterThan(0);
      expect(found[0]).toMatchObject({ provider: 'clamav', signature: 'Imprint.Test.Eicar.UNOFFICIAL' });
      expect(JSON.stringify(found)).not.toContain('STANDARD');
    } else {
      process.stderr.write('fanotify permission events are not allowed here\n');
      expect(await keep()).toMatchObject({ isHealthy: false, code: 'AGENT_ANTIVIRUS_NOT_ON' });
    }
  });

  test('is no real-time protection while clamonacc is stopped', async () => {
    manage(device, 'stop', 'clamav-clamonacc.service');
    expect(await clamav().detect()).toMatchObject({ isOn: true, realTime: false });
    expect(await clamav().health()).toMatchObject({ isHealthy: false });
    manage(device, 'start', 'clamav-clamonacc.service');
  });
});

const held = () => observeDevice(lookAt(lab())).then(({ antivirus }) => antivirus);
const onDisk = (name: string): string | undefined => {
  try {
    return readFileSync(join(device.root, 'var/lib/clamav', name), 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
};

describe('signed definitions', () => {
  test('are verified, loaded on trial, put in place whole, and give the age that is reported', async () => {
    const files = {
      'gov.hdb': `${knowsTestFile}${knowsNothing}`,
      'gov.ndb': 'Imprint.Test.Body:0:*:deadbeef00112233\n',
    };
    const set = publishSet(server, ceremony, files, { sequence: 2, version: '2026.11.25-2' });
    expect(await keep()).not.toHaveProperty('code');
    expect(onDisk('gov.hdb')).toBe(files['gov.hdb']);
    expect(await held()).toMatchObject({
      state: 'ok',
      definitionsVersion: '2026.11.25-2',
      definitionsBuiltAt: set.builtAt,
    });
    await setTimeout(500);
    const bytes = Buffer.from('deadbeef00112233', 'hex');
    expect(await clamav().scan({ bytes })).toMatchObject({ signature: 'Imprint.Test.Body.UNOFFICIAL' });
  });

  test('that a later set no longer has are taken away, and damaged ones are put back', async () => {
    const files = { 'gov.hdb': knowsTestFile };
    publishSet(server, ceremony, files, { sequence: 3, version: '2026.11.25-3' });
    await keep();
    expect([onDisk('gov.hdb'), onDisk('gov.ndb')]).toEqual([knowsTestFile, undefined]);
    writeFileSync(join(device.root, 'var/lib/clamav/gov.hdb'), knowsNothing);
    expect(await held()).toMatchObject({ state: 'failing' });
    await keep();
    expect(onDisk('gov.hdb')).toBe(knowsTestFile);
    expect(await held()).toMatchObject({ state: 'ok' });
  });

  const four = { sequence: 4, version: '2026.11.26-4' };
  const wholly = { 'gov.hdb': `${knowsTestFile}${knowsNothing}` };
  test.each<[string, string, () => void]>([
    [
      'of a lower sequence',
      'TRUST_DEFINITIONS_ROLLBACK',
      () => publishSet(server, ceremony, wholly, { sequence: 2 }),
    ],
    [
      'of another content under the number held',
      'AGENT_DEFINITIONS_FORKED',
      () => publishSet(server, ceremony, wholly, { sequence: 3 }),
    ],
    [
      'signed by a party and not by the definitions key',
      'TRUST_DEFINITIONS_SIGNATURE',
      () => publishSet(server, ceremony, wholly, four, ceremony.parties.operator),
    ],
    [
      'without the SM2 signature',
      'TRUST_DEFINITIONS_SIGNATURE',
      () => publishSet(server, ceremony, wholly, four, [ceremony.definitions[0]] as never),
    ],
    [
      'of another ring',
      'TRUST_DEFINITIONS_MISMATCH',
      () => {
        publishSet(server, ceremony, wholly, { ...four, ring: 'canary' });
        const [from, to] = ['canary', 'broad'].map(
          (ring) => `antivirus/gov-base/clamav/${ring}/definitions.dsse.json`,
        );
        server.tree.set(to ?? '', server.tree.get(from ?? '') ?? Buffer.alloc(0));
      },
    ],
    [
      'with a file that is not the signed one',
      'AGENT_DEFINITIONS_DIGEST',
      () => {
        const [file] = publishSet(server, ceremony, wholly, four).files;
        const path = `blobs/sha256/${file?.sha256.slice(0, 2)}/${file?.sha256}`;
        server.tree.set(path, Buffer.from(wholly['gov.hdb'].replace('44d8', '55d8')));
      },
    ],
    [
      'with a file that nobody serves',
      'AGENT_DEFINITIONS_MISSING',
      () => {
        const [file] = publishSet(server, ceremony, { 'gov.hdb': `${knowsTestFile}#\n` }, four).files;
        server.tree.delete(`blobs/sha256/${file?.sha256.slice(0, 2)}/${file?.sha256}`);
      },
    ],
    [
      'that the scanner does not load',
      'AGENT_DEFINITIONS_UNUSABLE',
      () => publishSet(server, ceremony, { 'gov.hdb': 'no signature at all\n' }, four),
    ],
    [
      'that does not know the test file',
      'AGENT_DEFINITIONS_UNUSABLE',
      () => publishSet(server, ceremony, { 'gov.hdb': knowsNothing }, four),
    ],
  ])('%s are refused, and those held stay: %s', async (_what, code, lie) => {
    lie();
    expect(await keep()).toMatchObject({ provider: 'clamav', isHealthy: true, code });
    expect(onDisk('gov.hdb')).toBe(knowsTestFile);
    expect(await held()).toMatchObject({ state: 'ok', definitionsVersion: '2026.11.25-3', code });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });
});

describe('the log of clamd', () => {
  test('is read for what was found in files, never for streams, trials or anything else', () => {
    const lines = [
      'Thu Nov 26 02:52:46 2026 -> /home/a/b c.com: Imprint.Test.Eicar.UNOFFICIAL FOUND',
      'Thu Nov 26 02:52:47 2026 -> instream(local): Imprint.Test.Eicar.UNOFFICIAL FOUND',
      'Thu Nov 26 02:52:48 2026 -> /tmp/imprint-antivirus-x1/test-file.com: Imprint.Test.Eicar.UNOFFICIAL FOUND',
      'Thu Nov 26 02:52:49 2026 -> Self checking every 600 seconds.',
      '/home/a/d.com: Imprint.Test.Eicar.UNOFFICIAL FOUND',
    ];
    expect(readDetections(lines.join('\n'))).toEqual([
      {
        at: new Date('Thu Nov 26 02:52:46 2026').toISOString(),
        path: '/home/a/b c.com',
        signature: 'Imprint.Test.Eicar.UNOFFICIAL',
      },
    ]);
  });
});
