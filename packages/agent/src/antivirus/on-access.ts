import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at, type Device } from '../device.ts';
import { readVirtual } from '../files/virtual.ts';

/** A process that ended and whose parent has not noticed yet. Source: proc(5), stat. */
const hasEnded = (stat: string | undefined): boolean => stat !== undefined && /\) [ZXx] /.test(stat);

/** On-access scanning is true only while `clamonacc` runs. */
export function hasOnAccessScanner(device: Device): boolean {
  const proc = at(device, '/proc');
  const isScanner = (pid: string) =>
    readVirtual(join(proc, pid, 'comm'))?.trim() === 'clamonacc' &&
    !hasEnded(readVirtual(join(proc, pid, 'stat')));
  try {
    return readdirSync(proc).some((name) => /^\d+$/.test(name) && isScanner(name));
  } catch {
    return false;
  }
}
