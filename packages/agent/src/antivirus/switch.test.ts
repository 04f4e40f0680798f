import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { labDevice } from '../testing/antivirus-agent.ts';
import {
  allow,
  bootClamav,
  buildGuard,
  callGuard,
  clamavRecord,
  direct,
  guardRecord,
  manage,
  prepare,
  shutDown,
  whoProtects,
} from '../testing/antivirus-lab.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { type Ceremony, holdCeremony } from '../testing/repository.ts';
import { startServer, type TestServer } from '../testing/server.ts';
import { isFromInstaller } from './installed-files.ts';
import { keepAntivirus } from './keep.ts';
import { removePackage } from './packages.ts';

let ceremony: Ceremony;
let server: TestServer;
let device: TestDevice;
let workshop: string;
let deb: Buffer;
const lab = () => labDevice(device);
const keep = () => keepAntivirus(lab());
const allowBoth = () => allow(device, server, [clamavRecord, guardRecord(deb)], [deb]);

beforeAll(async () => {
  ceremony = holdCeremony(new Date(), 'intl');
  server = await startServer();
  workshop = mkdtempSync(join(tmpdir(), 'imprint-guard-'));
  deb = buildGuard(workshop);
});
afterAll(async () => {
  await server.close();
  rmSync(workshop, { recursive: true, force: true });
});
beforeEach(async () => {
  server.tree.clear();
  device = testDevice({ now: new Date(), server: server.url });
  prepare(device, ceremony);
  allowBoth();
  await bootClamav(device);
});
afterEach(() => {
  shutDown(device);
  device.dispose();
});

test('the present provider is confirmed and reported where nothing was directed', async () => {
  expect(await keep()).toMatchObject({ provider: 'clamav', isOn: true, realTime: true, isHealthy: true });
  expect(await whoProtects(device)).toEqual(['clamav']);
});

describe('a switch', () => {
  test('reports the provider that protects, whose files are known for what they are until one is changed', async () => {
    direct(device, 'guard');
    await keep();
    const { antivirus } = await observeDevice(lookAt(lab()));
    expect(antivirus).toMatchObject({ state: 'ok', provider: 'guard 2.1', realTime: true });
    expect(antivirus).not.toHaveProperty('directed');
    const isKnown = () => isFromInstaller(lab())('/usr/lib/imprint/antivirus');
    expect(isKnown()).toBe(true);
    device.put('/usr/lib/imprint/antivirus/other', 'nobody approved this');
    expect(isKnown()).toBe(false);
    rmSync(join(device.root, 'usr/lib/imprint/antivirus/other'));
    appendFileSync(join(device.root, 'usr/lib/imprint/antivirus/guard'), '# changed');
    expect(isKnown()).toBe(false);
  });

  test('that fails at a step leaves the old provider on, and says why', async () => {
    direct(device, 'guard');
    server.tree.clear();
    expect(await keep()).toMatchObject({ provider: 'clamav', code: 'AGENT_ANTIVIRUS_INSTALLER_MISSING' });
    expect(await whoProtects(device)).toEqual(['clamav']);
    allow(device, server, [clamavRecord, guardRecord(deb)], [deb]);
    device.put('/var/lib/guard/broken', '');
    expect(await keep()).toMatchObject({ provider: 'clamav', code: 'AGENT_ANTIVIRUS_PROVIDER_FAILED' });
    expect(await whoProtects(device)).toEqual(['clamav']);
    const { antivirus } = await observeDevice(lookAt(lab()));
    expect(antivirus).toMatchObject({ directed: 'guard', code: 'AGENT_ANTIVIRUS_PROVIDER_FAILED' });
  });

  test('with an installer that was changed on the way is refused before dpkg sees it', async () => {
    direct(device, 'guard');
    const [path] = [...server.tree.keys()];
    server.tree.set(path ?? '', Buffer.concat([deb.subarray(0, deb.length - 1), Buffer.from([0])]));
    expect(await keep()).toMatchObject({ provider: 'clamav', code: 'AGENT_ANTIVIRUS_INSTALLER_DIGEST' });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });

  test('to a provider that later is gone for good falls back on the one of the image', async () => {
    direct(device, 'guard');
    await keep();
    expect(await whoProtects(device)).toEqual(['guard']);
    removePackage(lab(), 'guard-antivirus');
    server.tree.clear();
    expect(await keep()).toMatchObject({
      ...{ provider: 'clamav', isOn: true, realTime: true, directed: 'guard' },
      code: 'AGENT_ANTIVIRUS_INSTALLER_MISSING',
    });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });

  test('whose directive is replaced on the way is given up for the new one', async () => {
    direct(device, 'guard');
    const outcome = await keepAntivirus(lab(), {
      onStepDone: ({ kind, provider }) => {
        if (`${kind} ${provider}` === 'enable guard') direct(device, 'clamav');
      },
    });
    expect(outcome).toMatchObject({ provider: 'clamav', code: 'AGENT_ANTIVIRUS_DIRECTIVE_REPLACED' });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });
});

describe('a directive that is refused', () => {
  test.each([
    ['outside the approved release', 'AGENT_ANTIVIRUS_NOT_ALLOWED', () => [clamavRecord]],
    [
      'for a provider whose approval has ended',
      'AGENT_ANTIVIRUS_APPROVAL_EXPIRED',
      () => [clamavRecord, { ...guardRecord(deb), approvedUntil: '2026-01-01T00:00:00Z' }],
    ],
  ])('%s leaves what protects: %s', async (_why, code, providers) => {
    allow(device, server, providers(), [deb]);
    direct(device, 'guard');
    expect(await keep()).toMatchObject({ provider: 'clamav', directed: 'guard', isOn: true, code });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });
});

describe('two providers', () => {
  test('of which one turns itself on again are told, and it stays on once the chosen one has stopped', async () => {
    direct(device, 'guard');
    await keep();
    const turnOn = async () => {
      manage(device, 'unmask', 'clamav-daemon.service', 'clamav-clamonacc.service');
      await bootClamav(device);
    };
    await turnOn();
    const outcome = await keep();
    expect(outcome).toMatchObject({ provider: 'guard', code: 'AGENT_ANTIVIRUS_REENABLED' });
    expect(outcome?.reason).toContain('clamav');
    expect(await whoProtects(device)).toEqual(['guard']);
    await turnOn();
    callGuard(device, 'disable');
    device.put('/var/lib/guard/broken', '');
    expect(await keep()).toMatchObject({
      ...{ provider: 'clamav', isOn: true, directed: 'guard' },
      code: 'AGENT_ANTIVIRUS_REENABLED',
    });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });

  test('of which one was brought on by somebody else are told, and the chosen one stays', async () => {
    await keep();
    const file = join(workshop, 'guard-2.1.deb');
    execFileSync('dpkg', [`--root=${device.root}`, '--install', file], { stdio: 'ignore' });
    callGuard(device, 'enable');
    expect(await keep()).toMatchObject({ provider: 'clamav', code: 'AGENT_ANTIVIRUS_TWO_ON' });
    expect(await whoProtects(device)).toEqual(['clamav']);
  });

  test('of which one cannot be turned off are told, and both go on', async () => {
    direct(device, 'guard');
    writeFileSync(join(device.root, 'run/stubborn'), 'clamav-daemon.service');
    expect(await keep()).toMatchObject({ provider: 'guard', code: 'AGENT_ANTIVIRUS_TWO_ON' });
    expect(await whoProtects(device)).toEqual(['clamav', 'guard']);
  }, 60_000);
});
