import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a home of its own makes anew: its database, and what belongs to a process that ran there. */
const own = new Set(['database', 'run']);

/** Makes a home with the keys, builds and releases of one that nobody is at work in; they are shared by links. */
export function copyHome(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((one) => !own.has(one)))
    execFileSync('cp', ['-al', join(from, name), join(to, name)]);
}
