import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type Accelerator, killWithParent, qemuArguments, usualCpus } from '../../../src/device-lab/qemu.ts';

/** Where the root file system begins on the pressed disk. */
const rootOffset = 42 * 1024 * 1024;
const diskBytes = 4 * 1024 ** 3;

/** A device that is QEMU with a disk of its own, copied from the released one. Nobody but its own agent works in it. */
export interface GuestDevice {
  readonly name: string;
  readonly console: string;
  readonly starts: () => number;
  start(): void;
  /** As when the power goes. */
  cut(): Promise<void>;
  /** Reads a file of a guest that is off, as its disk has it. */
  readFile(path: string): string | undefined;
  dispose(): Promise<void>;
}

export interface GuestOptions {
  readonly name: string;
  readonly directory: string;
  /** The released disk, which is only read. */
  readonly disk: string;
  readonly accelerator: Accelerator;
  readonly credentials: Readonly<Record<string, string>>;
}

/** Makes a guest on a copy of a released disk, nothing started yet. When it restarts by itself it is started again. */
export function guestDevice({ name, directory, disk, accelerator, credentials }: GuestOptions): GuestDevice {
  mkdirSync(directory, { recursive: true });
  const own = join(directory, 'disk.img');
  execFileSync('cp', ['--sparse=always', disk, own]);
  // A machine's disk is larger than the pressed one, which grows into it.
  truncateSync(own, diskBytes);
  const files = Object.entries(credentials).map(([id, secret]) => {
    const path = join(directory, `credential-${id}`);
    writeFileSync(path, `io.systemd.credential:${id}=${secret}`, { mode: 0o600 });
    return path;
  });
  const console = join(directory, 'console.log');
  const all = join(directory, 'consoles.log');
  const plan = { accelerator, firmware: 'bios', disk: own, consoleLog: console, credentials: files } as const;
  // Its disk outlives it here, and what it was promised to be written is.
  const args = qemuArguments({ ...plan, memoryMiB: 1024, cpus: usualCpus[accelerator] }).map((word) =>
    word.replace('snapshot=on,cache=unsafe', 'cache=writeback'),
  );
  let starts = 0;
  let isWanted = false;
  let qemu: ChildProcess | undefined;
  const boot = () => {
    starts += 1;
    if (starts > 1) appendFileSync(all, readFileSync(console));
    const [command, words] = killWithParent('qemu-system-x86_64', args);
    const child = spawn(command, words, { stdio: 'ignore' });
    qemu = child;
    child.once('exit', () => {
      if (isWanted && qemu === child) boot();
    });
  };
  const cut = async () => {
    isWanted = false;
    if (qemu === undefined || qemu.exitCode !== null || qemu.signalCode !== null) return;
    const ended = once(qemu, 'exit');
    qemu.kill('SIGKILL');
    await ended;
  };
  return {
    ...{ name, console, cut },
    starts: () => starts,
    start: () => {
      isWanted = true;
      boot();
    },
    readFile: (path) => {
      const place = mkdtempSync(join(directory, 'mounted-'));
      // What was written last may stand in the journal alone: a copy is mounted, which replays it.
      const copy = join(directory, 'seen.img');
      execFileSync('cp', ['--sparse=always', own, copy]);
      execFileSync('mount', ['-o', `loop,offset=${rootOffset}`, copy, place]);
      try {
        return readFileSync(join(place, path), 'utf8');
      } catch {
        return undefined;
      } finally {
        execFileSync('umount', [place]);
        rmdirSync(place);
        rmSync(copy);
      }
    },
    dispose: async () => {
      await cut();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
