import { type ChildProcess, spawn } from 'node:child_process';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Milestone, readConsole } from './console.ts';
import { deviceLabError } from './errors.ts';
import {
  type Accelerator,
  type DevicePlan,
  type Firmware,
  killWithParent,
  ovmf,
  qemuArguments,
  usualCpus,
} from './qemu.ts';

const pollMs = 250;

export interface BootOptions {
  readonly disk: string;
  /** A directory of this run: console log and credentials; created when missing. */
  readonly directory: string;
  /** systemd system credentials by name, handed over in SMBIOS (systemd.system-credentials(7)). */
  readonly credentials: Readonly<Record<string, string>>;
  readonly accelerator: Accelerator;
  readonly firmware?: Firmware;
  readonly memoryMiB?: number;
  readonly cpus?: number;
  readonly qemu?: string;
}

/** A running machine. It owns its QEMU process; `stop` may be called any number of times. */
export interface Device {
  readonly consoleLog: string;
  readonly accelerator: Accelerator;
  /** Why the machine ended, once it has. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/**
 * Starts a machine on a disk image that stays untouched.
 * @throws LAB_QEMU_MISSING, LAB_FIRMWARE_MISSING
 */
export async function bootDevice(options: BootOptions): Promise<Device> {
  const firmware = options.firmware ?? 'bios';
  if (firmware === 'uefi') {
    await access(ovmf.code).catch(() => {
      throw deviceLabError('LAB_FIRMWARE_MISSING', { path: ovmf.code });
    });
  }
  await mkdir(options.directory, { recursive: true });
  const consoleLog = join(options.directory, 'console.log');
  await rm(consoleLog, { force: true });
  const plan: DevicePlan = {
    accelerator: options.accelerator,
    firmware,
    disk: options.disk,
    consoleLog,
    credentials: await writeCredentials(options.directory, options.credentials),
    memoryMiB: options.memoryMiB ?? 1536,
    cpus: options.cpus ?? usualCpus[options.accelerator],
  };
  return spawnMachine(plan, options.qemu ?? 'qemu-system-x86_64');
}

async function writeCredentials(directory: string, credentials: Readonly<Record<string, string>>) {
  const files = Object.entries(credentials).map(([name, secret]) => ({
    path: join(directory, `credential-${name}`),
    text: `io.systemd.credential:${name}=${secret}`,
  }));
  for (const { path, text } of files) {
    await rm(path, { force: true });
    await writeFile(path, text, { mode: 0o600 });
  }
  return files.map(({ path }) => path);
}

async function spawnMachine(plan: DevicePlan, qemu: string): Promise<Device> {
  const [command, args] = killWithParent(qemu, qemuArguments(plan));
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const errors: string[] = [];
  let reason: string | undefined;
  const closed = new Promise<void>((resolve) => {
    child.on('error', () => {
      reason = `${command} cannot be run`;
      resolve();
    });
    child.on('close', (code, signal) => {
      reason ??= errors.join('').trim().split('\n')[0] || `exit ${code ?? signal}`;
      resolve();
    });
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (errors.length < 64) errors.push(text);
    // KVM leaves the machine standing still after an internal error: it never ends by itself.
    if (text.includes('KVM internal error')) child.kill('SIGKILL');
  });
  await failFast(child, closed, qemu, () => errors.join(''));
  return {
    consoleLog: plan.consoleLog,
    accelerator: plan.accelerator,
    ended: () => reason,
    stop: async () => {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

async function failFast(child: ChildProcess, closed: Promise<void>, qemu: string, errors: () => string) {
  await Promise.race([closed, sleep(100)]);
  const missing = child.exitCode === 127 || /setpriv: failed to execute/u.test(errors());
  if (child.pid === undefined || missing) throw deviceLabError('LAB_QEMU_MISSING', { command: qemu });
}

export interface WaitOptions<T> {
  /** Asked again and again until it gives an answer. */
  readonly ask: () => Promise<T | undefined>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Called once per milestone that the console reaches. */
  readonly onMilestone?: ((milestone: Milestone) => void) | undefined;
}

/**
 * Waits for an answer that only a device that came up can cause, watching its console for an early end.
 * @throws LAB_GUEST_ENDED, LAB_GUEST_BROKEN, LAB_REPORT_LATE
 */
export async function waitForDevice<T>(device: Device, options: WaitOptions<T>): Promise<T> {
  const place = { console: device.consoleLog };
  const deadline = performance.now() + options.timeoutMs;
  let reached: Milestone | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const answer = await options.ask();
    if (answer !== undefined) return answer;
    const reading = readConsole(await readFile(device.consoleLog, 'utf8').catch(() => ''));
    if (reading.milestone !== undefined && reading.milestone !== reached) {
      reached = reading.milestone;
      options.onMilestone?.(reached);
    }
    const line = reading.breakage;
    if (line !== undefined) throw deviceLabError('LAB_GUEST_BROKEN', { line, ...place });
    const reason = device.ended();
    if (reason !== undefined) throw deviceLabError('LAB_GUEST_ENDED', { reason, ...place });
    if (performance.now() > deadline) {
      const seconds = Math.round(options.timeoutMs / 1000);
      throw deviceLabError('LAB_REPORT_LATE', { seconds, milestone: reached ?? 'nothing', ...place });
    }
    await sleep(pollMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
