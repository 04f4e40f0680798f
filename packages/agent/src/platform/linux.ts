import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { devicePaths } from '@imprint/protocol';
import type { Platform } from './model.ts';

function firstLine(path: string, otherwise: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return otherwise;
  }
}

/** A Debian system, running or looked at below `root`. */
export function linuxPlatform(root: string): Platform {
  return {
    paths: devicePaths,
    bootId: () => firstLine(join(root, '/proc/sys/kernel/random/boot_id'), 'unknown'),
    hostname: () => (root === '/' ? hostname() : firstLine(join(root, '/etc/hostname'), 'localhost')),
  };
}
