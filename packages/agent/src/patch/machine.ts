import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { readVirtual } from '../files/virtual.ts';

const environment = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LC_ALL: 'C.UTF-8',
  DEBIAN_FRONTEND: 'noninteractive',
  DEBIAN_PRIORITY: 'critical',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  APT_LISTCHANGES_FRONTEND: 'none',
  UCF_FORCE_CONFFOLD: '1',
  NEEDRESTART_SUSPEND: '1',
};

/** What a program left behind: its exit code, and the end of what it said. */
export interface ToolResult {
  readonly status: number;
  readonly tail: string;
}

/** What installing asks of the system; a test gives another. */
export interface PatchMachine {
  /** Runs a program of the device's root; a missing one has status 127. */
  readonly run: (file: string, args: readonly string[], timeoutMs?: number) => Promise<ToolResult>;
  /** How a path of the device is named inside its root. @throws AGENT_STATE_UNWRITABLE where it lies outside */
  readonly inside: (path: string) => string;
  readonly sleep: (ms: number) => Promise<void>;
  readonly freeBytes: (directory: string) => number;
  /** Name of the running kernel; empty where none is the root's own. */
  readonly kernel: string;
  /** True where systemd runs the device. */
  readonly isBooted: boolean;
  readonly isPersonPresent: () => Promise<boolean>;
  /** Names of failed units; undefined where there is nobody to ask. */
  readonly failedUnits: () => Promise<readonly string[] | undefined>;
  /** True until the system has started all that it starts. */
  readonly isStarting: () => Promise<boolean>;
  /** Starts the system anew, at once or after people were told for some minutes. */
  readonly restart: (warnMinutes: number, message: string) => Promise<ToolResult>;
}

const tailBytes = 16 * 1024;
const usualMs = 20_000;

function runTool(file: string, args: readonly string[], timeoutMs: number): Promise<ToolResult> {
  return new Promise((resolve) => {
    const child = spawn(file, [...args], {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(timeoutMs > 0 ? { timeout: timeoutMs } : {}),
    });
    let tail = '';
    const keep = (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-tailBytes);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ status: 127, tail: error.message }));
    child.on('close', (code) => resolve({ status: code ?? 128, tail }));
  });
}

/** Sessions of people, by systemd-logind: greeters and services have sessions too. Source: loginctl(1), class. */
async function isSomebodyLoggedIn(run: PatchMachine['run']): Promise<boolean> {
  const listed = await run('loginctl', ['list-sessions', '--no-legend', '--no-pager']);
  if (listed.status !== 0) return false;
  for (const line of listed.tail.split('\n')) {
    const session = line.trim().split(/\s+/)[0] ?? '';
    if (!/^[a-z]?\d+$/.test(session)) continue;
    const shown = await run('loginctl', ['show-session', session, '-p', 'Class', '-p', 'State']);
    if (/^Class=user/m.test(shown.tail) && !/^State=closing$/m.test(shown.tail)) return true;
  }
  return false;
}

const unitNames = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[0] ?? '')
    .filter((name) => /^[\w@:.\\-]+\.[a-z]+$/.test(name))
    .sort();

const scheduledFile = '/run/systemd/shutdown/scheduled';

/** Whether a restart is arranged for `byMs` or before. Source: systemd-logind, USEC and MODE of what shutdown(8) arranged. */
export function isRestartDue(root: string, byMs: number): boolean {
  const text = readVirtual(join(root, scheduledFile)) ?? '';
  const microseconds = /^USEC=(\d+)$/m.exec(text)?.[1];
  return microseconds !== undefined && /^MODE=reboot$/m.test(text) && Number(microseconds) / 1000 <= byMs;
}

const isMounted = (root: string): boolean => existsSync(join(root, 'proc/self/stat'));

/** The system below the device's root: its own one, or one entered by chroot. */
export function openPatchMachine(device: Device): PatchMachine {
  const { root } = device;
  const isOwn = root === '/';
  const isBooted = isOwn && existsSync(at(device, '/run/systemd/system'));
  const run: PatchMachine['run'] = (file, args, timeoutMs = usualMs) =>
    isOwn ? runTool(file, args, timeoutMs) : runTool('chroot', [root, file, ...args], timeoutMs);
  return {
    run,
    inside: (path) => {
      const below = relative(root, path);
      if (below.startsWith('..') || isAbsolute(below))
        throw agentError('AGENT_STATE_UNWRITABLE', { file: path, reason: `it lies outside ${root}` });
      return `/${below}`;
    },
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    freeBytes: (directory) => {
      const { bavail, bsize } = statfsSync(directory);
      return bavail * bsize;
    },
    // Source: systemd's container interface: the file is there in every container, whose kernel is the host's.
    kernel: isBooted && !existsSync(at(device, '/run/systemd/container')) ? release() : '',
    isBooted,
    isPersonPresent: async () => isBooted && (await isSomebodyLoggedIn(run)),
    failedUnits: async () => {
      if (!isBooted) return undefined;
      const { status, tail } = await run('systemctl', ['list-units', '--failed', '--plain', '--no-legend']);
      return status === 0 ? unitNames(tail) : undefined;
    },
    isStarting: async () =>
      isBooted && /^(initializing|starting)/.test((await run('systemctl', ['is-system-running'])).tail),
    restart: (warnMinutes, message) => {
      if (warnMinutes === 0) return run('systemctl', ['reboot']);
      // Asked for again it would begin to count anew, and with runs closer together than that it would never come.
      return isRestartDue(root, Date.now() + warnMinutes * 60_000)
        ? Promise.resolve({ status: 0, tail: '' })
        : run('shutdown', ['-r', `+${warnMinutes}`, message]);
    },
  };
}

/** Processes that still map a library or program that is gone from the disk: pid → the unit they belong to. */
export function staleProcesses(root: string): ReadonlyMap<number, string | undefined> {
  const found = new Map<number, string | undefined>();
  if (!isMounted(root)) return found;
  for (const name of readdirSync(join(root, 'proc'))) {
    if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
    try {
      const maps = readFileSync(join(root, 'proc', name, 'maps'), 'utf8');
      if (!/ \/(usr|lib|lib64|bin|sbin)\/.* \(deleted\)$/m.test(maps)) continue;
      const cgroup = readFileSync(join(root, 'proc', name, 'cgroup'), 'utf8');
      found.set(Number(name), /\/([^/\n]+\.service)(?:\/|$)/m.exec(cgroup)?.[1]);
    } catch {
      // It has ended, or is a thread of the kernel.
    }
  }
  return found;
}
