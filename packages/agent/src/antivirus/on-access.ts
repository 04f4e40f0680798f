import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { at, type Device } from '../device.ts';

/** On-access scanning is true only while `clamonacc` runs. */
export function hasOnAccessScanner(device: Device): boolean {
  const proc = at(device, '/proc');
  const isScanner = (pid: string) => {
    try {
      return readFileSync(join(proc, pid, 'comm'), 'utf8').trim() === 'clamonacc';
    } catch {
      return false;
    }
  };
  try {
    return readdirSync(proc).some((name) => /^\d+$/.test(name) && isScanner(name));
  } catch {
    return false;
  }
}
