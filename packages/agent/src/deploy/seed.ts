import { closeSync, existsSync, fsyncSync, lstatSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { CommandRunner } from '../files/command.ts';
import { readBounded, writeDurably } from '../files/durable.ts';
import { readSeed, withoutToken } from './seed-rules.ts';

const labels = ['CIDATA', 'cidata'];
const maxBytes = 64 * 1024;
const tokenName = 'imprint.enrol-token';

export interface SeedPlaces {
  /** `/dev/disk/by-label`. */
  readonly byLabel: string;
  /** Where the volume is looked at. */
  readonly mountPoint: string;
  /** `/run/credstore`: where systemd takes credentials from that nobody else handed over. */
  readonly credstore: string;
  readonly run: CommandRunner;
}

/** Places of the running system. */
export const seedPlaces = (run: CommandRunner): SeedPlaces => ({
  byLabel: '/dev/disk/by-label',
  mountPoint: '/run/imprint-seed',
  credstore: '/run/credstore',
  run,
});

function withVolume<T>(places: SeedPlaces, mode: 'ro' | 'rw', act: (directory: string) => T): T | undefined {
  const { byLabel, mountPoint, run } = places;
  const device = labels.map((label) => join(byLabel, label)).find((path) => existsSync(path));
  if (device === undefined) return undefined;
  mkdirSync(mountPoint, { recursive: true, mode: 0o700 });
  const options = `${mode},nosuid,nodev,noexec`;
  if (run('mount', ['-o', options, device, mountPoint])?.status !== 0) return undefined;
  try {
    return act(mountPoint);
  } finally {
    run('umount', [mountPoint]);
  }
}

/** A file of the volume itself: a link on it could lead to one of this system, which would be read and written over. */
function read(directory: string): string | undefined {
  const path = join(directory, 'user-data');
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  return readBounded(path, maxBytes)?.toString('utf8');
}

/**
 * Hands a NoCloud volume's server and token to the agent as credentials; returns their names. Credentials that came with the
 * machine itself win, because systemd looks for those first.
 * @throws AGENT_SEED_MALFORMED
 */
export function takeSeed(places: SeedPlaces): string[] {
  const text = withVolume(places, 'ro', read);
  const found = readSeed(text ?? '');
  for (const [name, value] of found) writeDurably(join(places.credstore, name), Buffer.from(value), 0o600);
  return [...found.keys()].sort();
}

/** Overwrites in place, so that the token's bytes do not stay behind on the volume. */
function overwrite(path: string, text: string, length: number): void {
  const descriptor = openSync(path, 'r+');
  try {
    writeSync(descriptor, Buffer.from(text.padEnd(length, '\n')), 0, undefined, 0);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a used token from memory and, where the volume can be written, from there; says whether it could. */
export function cleanSeed(places: SeedPlaces): 'clean' | 'read-only' {
  rmSync(join(places.credstore, tokenName), { force: true });
  const holdsToken = (directory: string) => /^\s+enrol-token:/m.test(read(directory) ?? '');
  if (withVolume(places, 'ro', holdsToken) !== true) return 'clean';
  const done = withVolume(places, 'rw', (directory) => {
    const text = read(directory) ?? '';
    try {
      overwrite(join(directory, 'user-data'), withoutToken(text), Buffer.byteLength(text));
      return true;
    } catch {
      return false;
    }
  });
  return done === true ? 'clean' : 'read-only';
}
