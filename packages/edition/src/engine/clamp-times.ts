import { lstatSync, lutimesSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Sets every modification time later than `epoch` (seconds) back to it: what was made during a build bears the lock's date. */
export function clampTimes(directory: string, epoch: number): void {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) clampTimes(path, epoch);
    else clampOne(path, epoch);
  }
  clampOne(directory, epoch);
}

function clampOne(path: string, epoch: number): void {
  if (lstatSync(path).mtimeMs > epoch * 1000) lutimesSync(path, epoch, epoch);
}
