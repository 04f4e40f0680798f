import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const quiet: { stdio: ('ignore' | 'pipe')[] } = { stdio: ['ignore', 'ignore', 'pipe'] };
const ip = (...args: string[]) => execFileSync('ip', args, quiet);
const attempt = (command: string, ...args: string[]) => spawnSync(command, args, { stdio: 'ignore' });

/** What one user of this host may watch for changes: every container's systemd counts towards it. */
const watchLimit = '/proc/sys/fs/inotify/max_user_instances';
const watchers = 2048;

/** Lets twenty systems watch what one does, and returns what undoes it. */
function raiseWatchLimit(): () => void {
  const before = readFileSync(watchLimit, 'utf8');
  if (Number(before) >= watchers) return () => undefined;
  writeFileSync(watchLimit, String(watchers));
  return () => writeFileSync(watchLimit, before);
}

/** A network of devices that reaches this host and nothing else, with a hierarchy of control groups for them. */
export interface Office {
  /** The host as a device sees it. */
  readonly gateway: string;
  /** Plugs a device in: a network namespace of its own with one card, `host0`. */
  plugIn(number: number): { readonly namespace: string; readonly address: string; readonly group: string };
  close(): void;
}

/** Sets an office up; its names carry this process's number, so that runs side by side do not meet. */
export function openOffice(): Office {
  const tag = (process.pid % 60_000).toString(36);
  const subnet = process.pid % 250;
  const bridge = `ifb${tag}`;
  const gateway = `10.${subnet}.0.1`;
  const restoreLimit = raiseWatchLimit();
  const groups = mkdtempSync(join(tmpdir(), 'imprint-fleet-groups-'));
  execFileSync('mount', ['-t', 'cgroup2', 'none', groups], quiet);
  const parent = join(groups, `imprint-fleet-${tag}`);
  mkdirSync(parent, { recursive: true });
  ip('link', 'add', bridge, 'type', 'bridge');
  ip('address', 'add', `${gateway}/16`, 'dev', bridge);
  ip('link', 'set', bridge, 'up');
  const plugged: { namespace: string; group: string }[] = [];
  return {
    gateway,
    plugIn: (number) => {
      const namespace = `imprint-${tag}-${number}`;
      const [outside, group] = [`ifd${tag}${number}`, join(parent, String(number))];
      mkdirSync(group);
      ip('netns', 'add', namespace);
      ip('link', 'add', outside, 'type', 'veth', 'peer', 'name', 'host0', 'netns', namespace);
      ip('link', 'set', outside, 'master', bridge, 'up');
      plugged.push({ namespace, group });
      return { namespace, group, address: `10.${subnet}.1.${number + 1}` };
    },
    close: () => {
      for (const { namespace } of plugged) attempt('ip', 'netns', 'delete', namespace);
      attempt('ip', 'link', 'delete', bridge);
      // Groups of groups, the innermost first.
      attempt('find', parent, '-depth', '-type', 'd', '-exec', 'rmdir', '{}', ';');
      attempt('umount', groups);
      rmdirSync(groups);
      restoreLimit();
    },
  };
}
