import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { killWithParent } from '../../../src/device-lab/qemu.ts';
import type { Office } from './office.ts';

const script = join(import.meta.dirname, 'container-init.sh');

export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A device that is the release's own tree, run by its own systemd in namespaces; only the kernel is the host's. */
export interface ContainerDevice {
  readonly name: string;
  /** In the office's network. */
  readonly address: string;
  readonly root: string;
  readonly console: string;
  /** How often it was started. */
  readonly starts: () => number;
  /** Starts it; when it restarts by itself it is started again, under another boot id. */
  start(): void;
  /** As when the power goes: every process of it is gone at once. */
  cut(): Promise<void>;
  /** Runs a program in it as root, as a person at its keyboard would. */
  run(program: string, ...args: string[]): Promise<Ran>;
  /** Seconds of processor time that its processes have had since it was made. */
  cpuSeconds(): number;
  dispose(): Promise<void>;
}

export interface ContainerOptions {
  readonly number: number;
  readonly directory: string;
  /** The released tree, which is only read. */
  readonly lower: string;
  readonly office: Office;
  readonly credentials: Readonly<Record<string, string>>;
  /** Files that this device has and the release has not, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

const sysctl = { 'kernel/core_pattern': '|/bin/false', 'fs/suid_dumpable': '0' };

function put(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  }
}

/** Makes a device over a released tree: an overlay of its own, a card in the office's network, nothing started yet. */
export function containerDevice(options: ContainerOptions): ContainerDevice {
  const { number, directory, lower, office } = options;
  const [root, upper, work] = ['root', 'upper', 'work'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const place of [root, upper, work]) mkdirSync(place, { recursive: true });
  put(join(directory, 'credentials'), options.credentials);
  put(join(directory, 'sysctl'), sysctl);
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', layers, root]);
  put(root, options.files ?? {});
  const { namespace, group, address } = office.plugIn(number);
  const console = join(directory, 'console.log');
  let starts = 0;
  let init: ChildProcess | undefined;
  let isWanted = false;
  let cpu = 0;

  const usage = () => {
    const text = readFileSync(join(group, 'cpu.stat'), 'utf8');
    return Number(/^usage_usec (\d+)/m.exec(text)?.[1] ?? 0) / 1_000_000;
  };

  /** A start has a group of its own: what systemd made in the one before is no part of it. */
  const place = () => join(group, String(starts));
  const boot = () => {
    starts += 1;
    mkdirSync(place());
    writeFileSync(join(directory, 'boot_id'), `${randomUUID()}\n`);
    const spaces = ['--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child'];
    // The group first: a control group namespace begins where its first process stands.
    const enter = 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"';
    const [command, args] = killWithParent('sh', [
      ...['-c', enter, 'sh', place(), 'ip', 'netns', 'exec', namespace],
      ...['unshare', ...spaces, '--propagation', 'private'],
      ...['sh', script, directory, office.gateway, address],
    ]);
    const log = openSync(console, 'a');
    const child = spawn(command, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    init = child;
    child.once('exit', () => {
      if (isWanted && init === child) boot();
    });
  };

  const cut = async () => {
    isWanted = false;
    if (init === undefined || init.exitCode !== null || init.signalCode !== null) return;
    const ended = once(init, 'exit');
    writeFileSync(join(place(), 'cgroup.kill'), '1');
    await ended;
  };

  const initPid = () => {
    const children = readFileSync(`/proc/${init?.pid}/task/${init?.pid}/children`, 'utf8').trim();
    return children.split(' ')[0] ?? '';
  };

  return {
    ...{ name: `device-${number}`, address, root, console },
    starts: () => starts,
    start: () => {
      isWanted = true;
      boot();
    },
    cut,
    run: async (program, ...args) => {
      const spaces = [
        '--target',
        initPid(),
        '--mount',
        '--pid',
        '--uts',
        '--ipc',
        '--net',
        '--cgroup',
        '--root',
      ];
      const child = spawn(
        'nsenter',
        [...spaces, '--wdns=/', '/usr/bin/env', '-i', ...environment, program, ...args],
        {
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );
      const read = (stream: NodeJS.ReadableStream) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        return () => text;
      };
      const [stdout, stderr] = [read(child.stdout), read(child.stderr)];
      const [status] = (await once(child, 'close')) as [number | null];
      return { status, stdout: stdout(), stderr: stderr() };
    },
    cpuSeconds: () => {
      cpu = Math.max(cpu, usage());
      return cpu;
    },
    dispose: async () => {
      await cut();
      spawnSync('umount', ['--recursive', '--lazy', root], { stdio: 'ignore' });
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const environment = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LC_ALL=C.UTF-8',
  'RUNTIME_DIRECTORY=/run/imprint-agent',
];
