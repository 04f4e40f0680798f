import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Device } from '../device.ts';
import type { CommandResult } from '../files/command.ts';
import { linuxPlatform } from '../platform/linux.ts';
import type { Platform } from '../platform/model.ts';
import { openStateFiles, type StateFiles } from '../state/files.ts';
import type { Tpm } from '../tpm/tpm.ts';

export const lockSha256 = 'ab'.repeat(32);

export interface TestDevice extends Device {
  readonly lines: string[];
  /** Sets what the clock says. */
  setNow(now: Date): void;
  /** Writes a file below the root. */
  put(path: string, content: string | Uint8Array, mode?: number): void;
  link(path: string, target: string): void;
  /** What a program answers when it is asked. */
  answer(program: string, result: CommandResult): void;
  credentials(values: Readonly<Record<string, string>>): void;
  dispose(): void;
}

export interface TestDeviceOptions {
  readonly now?: Date;
  readonly server?: string;
  /** Wraps the state, for instance to lose a write. */
  readonly wrap?: (files: StateFiles) => StateFiles;
  /** Another operating system than Debian. */
  readonly platform?: Platform;
  readonly tpm?: Tpm;
}

/** A device whose root, state, clock, chance and programs are the test's own. */
export function testDevice(options: TestDeviceOptions = {}): TestDevice {
  const home = mkdtempSync(join(tmpdir(), 'imprint-agent-test-'));
  const root = join(home, 'root');
  const stateDir = join(home, 'state');
  const credentialsDir = join(home, 'credentials');
  const runtimeDir = join(home, 'run');
  for (const directory of [root, stateDir, credentialsDir, runtimeDir]) mkdirSync(directory, { mode: 0o755 });
  let now = options.now ?? new Date('2026-11-23T06:00:00Z');
  const answers = new Map<string, CommandResult>();
  const lines: string[] = [];
  const files = openStateFiles(stateDir);
  const place = (path: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true, mode: 0o755 });
    return join(root, path);
  };
  const platform = options.platform ?? linuxPlatform(root);
  const device: TestDevice = {
    root,
    isLive: false,
    platform,
    stateDir,
    credentialsDir,
    runtimeDir,
    files: options.wrap?.(files) ?? files,
    now: () => now,
    random: () => 0.5,
    run: (program) => answers.get(program),
    tpm: options.tpm,
    log: (line) => lines.push(line),
    lines,
    setNow: (instant) => {
      now = instant;
    },
    put: (path, content, mode = 0o644) => {
      writeFileSync(place(path), content);
      chmodSync(join(root, path), mode);
    },
    link: (path, target) => symlinkSync(target, place(path)),
    answer: (program, result) => answers.set(program, result),
    credentials: (values) => {
      for (const [name, value] of Object.entries(values)) writeFileSync(join(credentialsDir, name), value);
    },
    dispose: () => rmSync(home, { recursive: true, force: true }),
  };
  const server = options.server ?? 'http://127.0.0.1:9';
  device.put(platform.paths.settings, JSON.stringify({ server, edition: 'gov-base', channel: 'stable' }));
  device.put(
    platform.paths.edition,
    JSON.stringify({ edition: 'gov-base', version: '2026.11.0', channel: 'stable', lockSha256 }),
  );
  return device;
}

export type Fault = 'lost' | 'kept but reported lost';

/** A state that fails the write of one file: nothing written, or written and then reported lost. */
export function faultyFiles(files: StateFiles, name: string, fault: Fault): StateFiles {
  return {
    ...files,
    write: (written, bytes) => {
      if (written !== name) return files.write(written, bytes);
      if (fault === 'kept but reported lost') files.write(written, bytes);
      throw new Error(`write of ${name} failed`);
    },
  };
}
