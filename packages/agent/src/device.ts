import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { windowsDevicePaths } from '@imprint/protocol';
import { type CommandRunner, runCommand } from './files/command.ts';
import { linuxPlatform } from './platform/linux.ts';
import type { Platform } from './platform/model.ts';
import { windowsPlatform } from './platform/windows/index.ts';
import { fileLog } from './platform/windows/log.ts';
import { openStateFiles, type StateFiles } from './state/files.ts';
import { findTpm, type Tpm } from './tpm/tpm.ts';

/** Everything the agent knows of the machine it works on; a test gives another root, clock and chance. */
export interface Device {
  /** `/` or `C:\` on a device; a directory tree in tests and when an image is looked at. */
  readonly root: string;
  /** True for the system this process runs on: only that one is asked anything but its files. */
  readonly isLive: boolean;
  readonly platform: Platform;
  readonly stateDir: string;
  readonly files: StateFiles;
  /** Where provisioning credentials are handed over: by systemd, or on Windows in the state. */
  readonly credentialsDir: string | undefined;
  /** Where the waiting loop reads how long to wait; absent outside the service. */
  readonly runtimeDir: string | undefined;
  readonly now: () => Date;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly run: CommandRunner;
  /** Keeps the device key where this machine has one; never asked for any other tree. */
  readonly tpm: Tpm | undefined;
  readonly log: (line: string) => void;
}

export interface DeviceOptions {
  readonly root?: string | undefined;
  readonly stateDir?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (line: string) => void;
}

/** The device this process runs on, or the tree at `root`. */
export function openDevice(options: DeviceOptions): Device {
  const isWindows = process.platform === 'win32';
  const live = isWindows ? `${options.env.SystemDrive ?? 'C:'}\\` : '/';
  const root = options.root ?? live;
  const isLive = root === live;
  const usualState = join(root, isWindows ? windowsDevicePaths.state : 'var/lib/imprint-agent');
  const stateDir = options.stateDir ?? options.env.STATE_DIRECTORY ?? usualState;
  const now = () => new Date();
  const keep = isWindows && isLive ? fileLog(stateDir, now) : () => {};
  const log = (line: string) => {
    options.log(line);
    keep(line);
  };
  return {
    root,
    isLive,
    platform: isWindows ? windowsPlatform(stateDir, isLive) : linuxPlatform(root),
    stateDir,
    files: openStateFiles(stateDir),
    credentialsDir:
      options.env.CREDENTIALS_DIRECTORY ?? (isWindows ? join(stateDir, 'credentials') : undefined),
    runtimeDir: options.env.RUNTIME_DIRECTORY,
    now,
    random: Math.random,
    // What a command says is of the running system; for any other tree it would be a statement about the wrong one.
    run: isLive && !isWindows ? runCommand : () => undefined,
    tpm: isLive && !isWindows ? findTpm(options.env, runCommand, stateDir) : undefined,
    log,
  };
}

/** The place of an absolute path in the device's root. */
export const at = (device: Pick<Device, 'root'>, path: string): string => join(device.root, path);

/** One provisioning credential, trimmed; undefined where systemd passed none. */
export function credential(device: Device, name: string): string | undefined {
  if (device.credentialsDir === undefined) return undefined;
  try {
    const text = readFileSync(join(device.credentialsDir, name), 'utf8').trim();
    return text === '' || text.length > 4096 ? undefined : text;
  } catch {
    return undefined;
  }
}
