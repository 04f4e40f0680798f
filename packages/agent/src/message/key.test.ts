import { readdirSync } from 'node:fs';
import { messageTypes } from '@imprint/protocol';
import { jwkThumbprint, publicKeyOfJwk, signJws, verifyJws } from '@imprint/trust';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../files/command.ts';
import { enrolmentRecord } from '../state/records.ts';
import { type TestDevice, testDevice } from '../testing/device.ts';
import { startServer } from '../testing/server.ts';
import { type EmulatedTpm, startTpm } from '../testing/swtpm.ts';
import { findTpm, type Tpm, tpmThroughTools } from '../tpm/tpm.ts';
import { enrol } from './enrol.ts';
import { adoptNextKey, ensureDeviceKey, ensureNextKey, forgetNextKey, loadDeviceKey } from './key.ts';

let module: EmulatedTpm;
let device: TestDevice;
let scratch: TestDevice;
const open = (tcti = module.tcti): Tpm => tpmThroughTools(tcti, runCommand, scratch.stateDir);
const withTpm = (tpm: Tpm | undefined = open()) => ({ ...device, tpm });

beforeAll(async () => {
  module = await startTpm();
});
afterAll(() => module.stop());
beforeEach(() => {
  scratch = testDevice();
  device = testDevice();
});
afterEach(() => {
  device.dispose();
  scratch.dispose();
});

describe('a device key in a TPM', () => {
  test('signs an enrolment that the server believes', async () => {
    const server = await startServer();
    try {
      const { deviceId } = await enrol(withTpm(), 'enr_1_secret', server.url);
      expect(server.enrolments).toHaveLength(1);
      expect(loadDeviceKey(withTpm())).toMatchObject({ deviceId, heldBy: 'tpm' });
    } finally {
      await server.close();
    }
  });

  test('is the same key after the disk was written anew, and another one on another machine', async () => {
    const first = ensureDeviceKey(withTpm());
    device.dispose();
    device = testDevice();
    expect(loadDeviceKey(withTpm())).toBeUndefined();
    expect(ensureDeviceKey(withTpm()).deviceId).toBe(first.deviceId);
    const other = await startTpm();
    try {
      const elsewhere = ensureDeviceKey({ ...scratch, tpm: open(other.tcti) });
      expect(elsewhere.deviceId).not.toBe(first.deviceId);
    } finally {
      await other.stop();
    }
  });

  test('leaves nothing loaded in the module and no file beside the state', () => {
    const { signer } = ensureDeviceKey(withTpm());
    // A module has room for three objects: the fourth signature fails where one stays loaded.
    for (let count = 0; count < 5; count += 1) signer.sign(Buffer.from('again'));
    expect(runCommand('tpm2_getcap', ['-T', module.tcti, 'handles-transient'])).toEqual({
      status: 0,
      stdout: '',
    });
    expect(readdirSync(scratch.stateDir)).toEqual([]);
    expect(readdirSync(device.stateDir)).toEqual(['device-key']);
    expect(device.files.read('device-key')?.toString()).not.toContain('PRIVATE');
  });

  test('that cannot be reached is an error, never another key', () => {
    const { deviceId } = ensureDeviceKey(withTpm());
    for (const tpm of [undefined, open('swtpm:path=/nowhere')]) {
      const key = ensureDeviceKey({ ...device, tpm });
      expect(key.deviceId).toBe(deviceId);
      expect(() => signJws({ typ: messageTypes.checkIn }, {}, key.signer)).toThrow(
        expect.objectContaining({ code: 'AGENT_TPM_UNAVAILABLE' }),
      );
    }
  });

  test('of a module that was cleared signs nothing', async () => {
    const other = await startTpm();
    try {
      const tpm = open(other.tcti);
      const { signer } = ensureDeviceKey({ ...device, tpm });
      expect(signer.sign(Buffer.from('before'))).toHaveProperty('length');
      expect(runCommand('tpm2_clear', ['-T', other.tcti, '-c', 'p'])?.status).toBe(0);
      expect(() => signer.sign(Buffer.from('after'))).toThrow(
        expect.objectContaining({ code: 'AGENT_TPM_KEY_CHANGED' }),
      );
    } finally {
      await other.stop();
    }
  });

  test('makes way for another one only when that is adopted', async () => {
    const before = ensureDeviceKey(withTpm());
    const next = ensureNextKey(withTpm());
    expect(next.deviceId).not.toBe(before.deviceId);
    expect(ensureNextKey(withTpm()).deviceId).toBe(next.deviceId);
    expect(loadDeviceKey(withTpm())?.deviceId).toBe(before.deviceId);
    adoptNextKey(device.files);
    // Its enrolment is not known yet: an interrupted adoption goes on with the same key.
    expect(ensureNextKey(withTpm()).deviceId).toBe(next.deviceId);
    enrolmentRecord.save(device.files, { deviceId: next.deviceId, enrolledAt: '', checkInSeconds: 60 });
    expect(ensureNextKey(withTpm()).deviceId).not.toBe(next.deviceId);
    forgetNextKey(device.files);
    const after = loadDeviceKey(withTpm());
    expect(after).toMatchObject({ deviceId: next.deviceId, heldBy: 'tpm' });
    const message = signJws({ typ: messageTypes.enrol, jwk: after?.jwk }, {}, after?.signer ?? next.signer);
    const { header } = await verifyJws(message, ({ jwk }) => publicKeyOfJwk(jwk), messageTypes.enrol);
    expect(jwkThumbprint(header.jwk as typeof next.jwk)).toBe(next.deviceId);
    expect(device.files.read('device-key.next')).toBeUndefined();
  });
});

describe('a device key in software', () => {
  test('is made where there is no module, or one that makes none, and says so', () => {
    expect(ensureDeviceKey(device).heldBy).toBe('software');
    const broken = { ...scratch, tpm: open('swtpm:path=/nowhere') };
    expect(ensureDeviceKey(broken).heldBy).toBe('software');
    expect(scratch.lines.join()).toContain('a software key is made');
  });

  test('stays in use on a machine that later offers a module', () => {
    const { deviceId } = ensureDeviceKey(device);
    expect(ensureDeviceKey(withTpm())).toMatchObject({ deviceId, heldBy: 'software' });
  });

  test.each([['{}'], ['{"unique":"00","publicKey":"x"}'], ['no key']])('is no key as %s', (text) => {
    device.files.write('device-key', Buffer.from(text));
    expect(() => loadDeviceKey(device)).toThrow(expect.objectContaining({ code: 'AGENT_STATE_CORRUPT' }));
  });
});

test('a TPM is looked for where the environment says, and only with the tools to use it', () => {
  const env = { TPM2TOOLS_TCTI: module.tcti };
  expect(findTpm(env, runCommand, scratch.stateDir)?.endorsementKey()).toBe(open().endorsementKey());
  expect(findTpm(env, () => undefined, scratch.stateDir)).toBeUndefined();
  expect(findTpm({}, runCommand, scratch.stateDir)).toBeUndefined();
});
