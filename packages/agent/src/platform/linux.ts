import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { devicePaths } from '@imprint/protocol';
import { linuxHardware } from './linux-hardware.ts';
import type { Platform } from './model.ts';

function firstLine(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return otherwise;
  }
}

/** Source: proc(5), uptime: seconds with two decimals, suspended time included. */
function uptimeOf(root: string): number {
  const seconds = Number.parseFloat(firstLine(join(root, '/proc/uptime'), ''));
  if (Number.isFinite(seconds)) return seconds * 1000;
  return root === '/' ? uptime() * 1000 : 0;
}

/** A Debian system, running or looked at below `root`. */
export function linuxPlatform(root: string): Platform {
  return {
    paths: devicePaths,
    bootId: () => firstLine(join(root, '/proc/sys/kernel/random/boot_id'), 'unknown'),
    hostname: () => (root === '/' ? hostname() : firstLine(join(root, '/etc/hostname'), 'localhost')),
    uptimeMs: () => uptimeOf(root),
    hardware: () => linuxHardware(root),
  };
}
