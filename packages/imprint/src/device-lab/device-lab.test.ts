import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { consoleTail, readConsole } from './console.ts';
import { bootDevice, type Device, waitForDevice } from './device.ts';
import { bootSector, probeAccelerator, probeKvm } from './kvm-probe.ts';
import { qemuArguments } from './qemu.ts';
import { runDevice } from './run-device.ts';

/** A boot sector that writes `text` to the first serial port, then stands still. */
function speakingSector(text: string): Buffer {
  const code = [0x31, 0xc0, 0x8e, 0xd8, 0xfc, 0xbe, 0x18, 0x7c]; // ds = 0; si = text
  const loop = [0xac, 0x84, 0xc0, 0x74, 0x06, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5]; // out 0x3f8
  const halt = [0xf4, 0xeb, 0xfd];
  const head = Buffer.from([...code, ...loop, ...halt]);
  return bootSector(Buffer.concat([head, Buffer.alloc(0x18 - head.length), Buffer.from(`${text}\n\0`)]));
}

let directory: string;
let device: Device | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-lab-'));
});
afterEach(async () => {
  await device?.stop();
  device = undefined;
  await rm(directory, { recursive: true, force: true });
});

async function diskSaying(text: string): Promise<string> {
  const disk = join(directory, 'disk.img');
  await writeFile(disk, Buffer.concat([speakingSector(text), Buffer.alloc(2 ** 20 - 512)]));
  return disk;
}

async function boot(text: string): Promise<Device> {
  device = await bootDevice({ disk: await diskSaying(text), directory, credentials: {}, accelerator: 'tcg' });
  return device;
}

const consoleSays = (running: Device, word: string) => async () =>
  (await readFile(running.consoleLog, 'utf8')).includes(word) ? word : undefined;
const never = async () => undefined;

describe('the accelerator probe', () => {
  test('passes where the instructions work: software emulation has them all', async () => {
    expect(await probeAccelerator('tcg')).toEqual({ usable: true });
  });

  test('answers for this host within its deadline, with a reason when it is no', async () => {
    const verdict = await probeKvm({ deadlineMs: 3_000 });
    if (!verdict.usable) expect(verdict.reason).not.toBe('');
  });

  test('fails, not hangs, where the emulator is missing', async () => {
    const verdict = await probeAccelerator('tcg', { qemu: 'qemu-of-nowhere' });
    expect(verdict).toMatchObject({ usable: false });
  });
});

describe('a device', () => {
  test('speaks on its serial console and leaves its disk as it was', async () => {
    const running = await boot('debian login: ');
    const before = await readFile(join(directory, 'disk.img'));
    const seen: string[] = [];
    await waitForDevice(running, {
      ask: async () => (seen.includes('login') ? true : undefined),
      timeoutMs: 20_000,
      onMilestone: (milestone) => seen.push(milestone),
    });
    expect(await readFile(join(directory, 'disk.img'))).toEqual(before);
  });

  test('that panics is noticed at once, with its own words', async () => {
    const running = await boot('Kernel panic - not syncing: VFS: Unable to mount root fs');
    const waiting = waitForDevice(running, { ask: never, timeoutMs: 20_000 });
    await expect(waiting).rejects.toMatchObject({
      code: 'LAB_GUEST_BROKEN',
      params: { line: 'Kernel panic - not syncing: VFS: Unable to mount root fs' },
    });
  });

  test('whose machine ends is not waited for', async () => {
    const running = await boot('Linux version 6.12');
    await waitForDevice(running, { ask: consoleSays(running, 'Linux'), timeoutMs: 20_000 });
    await running.stop();
    const waiting = waitForDevice(running, { ask: never, timeoutMs: 20_000 });
    await expect(waiting).rejects.toMatchObject({ code: 'LAB_GUEST_ENDED' });
  });

  test('that stays silent is late, and the error says how far it came', async () => {
    const running = await boot('Linux version 6.12');
    const waiting = waitForDevice(running, { ask: never, timeoutMs: 3_000 });
    await expect(waiting).rejects.toMatchObject({ code: 'LAB_REPORT_LATE', params: { milestone: 'kernel' } });
  });

  test('is stopped when the wait is given up', async () => {
    const disk = await diskSaying('Linux version 6.12');
    const signal = AbortSignal.timeout(1_500);
    const run = runDevice({ disk, directory, credentials: {}, ask: never, timeoutMs: 20_000, signal });
    await expect(run).rejects.toThrow();
  });

  test('cannot be had without an emulator, and the error names it', async () => {
    const options = { disk: await diskSaying(''), directory, credentials: {}, accelerator: 'tcg' as const };
    const missing = bootDevice({ ...options, qemu: 'qemu-of-nowhere' });
    await expect(missing).rejects.toMatchObject({ code: 'LAB_QEMU_MISSING' });
  });

  test('gets its credentials from files of its owner only, never on the command line', async () => {
    device = await bootDevice({
      disk: await diskSaying('hello'),
      directory,
      credentials: { 'imprint.enrol-token': 'a-secret' },
      accelerator: 'tcg',
    });
    const file = join(directory, 'credential-imprint.enrol-token');
    expect(await readFile(file, 'utf8')).toBe('io.systemd.credential:imprint.enrol-token=a-secret');
    const plan = { accelerator: 'tcg', firmware: 'bios', disk: 'd', consoleLog: 'c', cpus: 2 } as const;
    const args = qemuArguments({ ...plan, memoryMiB: 512, credentials: [file] });
    expect(args.join(' ')).toContain(`type=11,path=${file}`);
  });
});

describe('a console log', () => {
  test('is read without its colours and cursor moves', () => {
    const text = '\u001b[0;1;31mYou are in emergency mode.\u001b[0m After logging in\r\n\u001b[2J';
    expect(readConsole(text).breakage).toBe('You are in emergency mode. After logging in');
    expect(consoleTail(text)).toBe('You are in emergency mode. After logging in');
  });

  test('gives the farthest milestone', () => {
    expect(readConsole('Linux version 6.12\nWelcome to Government Base\n').milestone).toBe('init');
    expect(readConsole('').milestone).toBeUndefined();
  });
});
