import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { at, type Device } from '../device.ts';
import { systemCode } from '../files/durable.ts';
import type { Detection } from './contract.ts';
import { trialPrefix } from './test-file.ts';

const logFile = '/var/log/clamav/clamav.log';
const maxBytes = 1024 * 1024;

/** The end of a file that may be large; empty where it cannot be read. */
function tailOf(path: string): string {
  let descriptor: number;
  try {
    // The directory belongs to the daemon's account: a link is not followed, a pipe is not waited for.
    descriptor = openSync(
      path,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return '';
  }
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return '';
    const { size } = stats;
    const length = Math.min(size, maxBytes);
    const buffer = Buffer.alloc(length);
    const read = readSync(descriptor, buffer, 0, length, size - length);
    return buffer.subarray(0, read).toString('utf8');
  } finally {
    closeSync(descriptor);
  }
}

/** `Thu Nov 26 02:52:46 2026 -> /path: NAME FOUND`, in local time. Streams have no path and are left out. Source: clamd.conf(5), LogTime. */
export function readDetections(text: string): Detection[] {
  return [...text.matchAll(/^(\w{3} \w{3} [ \d]\d [\d:]{8} \d{4}) -> (\/.+): (\S+) FOUND$/gm)].flatMap(
    ([, when = '', path = '', signature = '']) => {
      const time = Date.parse(when);
      if (!Number.isFinite(time) || path.includes(`/${trialPrefix}`)) return [];
      return [{ at: new Date(time).toISOString(), path: path.slice(0, 4096), signature }];
    },
  );
}

/** What clamd logged as found, on access or asked for. */
export const clamavDetections = (device: Device): Detection[] => readDetections(tailOf(at(device, logFile)));
