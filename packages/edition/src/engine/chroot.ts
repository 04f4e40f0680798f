import { chmod, mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool, type ToolOptions, type ToolResult } from '../tools/run-tool.ts';
import { bindMount, mountTmpfs, unmount } from './mounts.ts';

const devices: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
];

/** A tree prepared for programs to run in: its own /proc, a /dev of six devices, an empty /tmp; no /sys, no network. */
export interface Inside {
  readonly root: string;
  run(argv: readonly string[], options?: ToolOptions): Promise<ToolResult>;
  /** Shows a directory of this machine at a path below the tree's /tmp, read-only. */
  show(directory: string, name: string, writable?: boolean): Promise<string>;
  leave(): Promise<void>;
}

export interface InsideOptions {
  readonly sourceDateEpoch: number;
  readonly signal?: AbortSignal | undefined;
}

async function makeDevices(directory: string): Promise<void> {
  await mountTmpfs(directory, 'mode=755,size=1m');
  for (const [name, major, minor] of devices)
    await runTool(['mknod', '-m', '666', join(directory, name), 'c', String(major), String(minor)]);
  await mkdir(join(directory, 'pts'));
  await mkdir(join(directory, 'shm'));
  await chmod(join(directory, 'shm'), 0o1777);
  await runTool([
    'mount',
    '-t',
    'devpts',
    '-o',
    'newinstance,ptmxmode=666,mode=620,gid=5',
    'devpts',
    join(directory, 'pts'),
  ]);
  await symlink('pts/ptmx', join(directory, 'ptmx'));
  await symlink('/proc/self/fd', join(directory, 'fd'));
  for (const [at, name] of ['stdin', 'stdout', 'stderr'].entries())
    await symlink(`/proc/self/fd/${at}`, join(directory, name));
}

/** What package scripts may count on: no questions, no services, one clock, one language. */
export function insideEnvironment(sourceDateEpoch: number): Record<string, string> {
  return {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    DEBIAN_FRONTEND: 'noninteractive',
    DEBCONF_NONINTERACTIVE_SEEN: 'true',
    DEBCONF_NOWARNINGS: 'yes',
    SYSTEMD_OFFLINE: '1',
    SOURCE_DATE_EPOCH: String(sourceDateEpoch),
    TMPDIR: '/tmp',
  };
}

/** Prepares a tree for running programs in it. Every mount is in this process's private namespace. */
export async function enter(root: string, options: InsideOptions): Promise<Inside> {
  const places = ['proc', 'dev', 'tmp'].map((name) => join(root, name));
  const [proc = '', dev = '', tmp = ''] = places;
  await Promise.all(places.map((place) => mkdir(place, { recursive: true })));
  await runTool(['mount', '-t', 'proc', '-o', 'nosuid,noexec,nodev', 'proc', proc]);
  await makeDevices(dev);
  await mountTmpfs(tmp, 'mode=1777');
  const env = insideEnvironment(options.sourceDateEpoch);
  return {
    root,
    run: (argv, more = {}) =>
      runTool(['chroot', root, ...argv], { signal: options.signal, ...more, env: { ...env, ...more.env } }),
    show: async (directory, name, writable = false) => {
      await bindMount(directory, join(tmp, name), !writable);
      return `/tmp/${name}`;
    },
    leave: async () => {
      for (const place of [tmp, dev, proc]) await unmount(place);
    },
  };
}
