import { hostname, uptime } from 'node:os';
import { join } from 'node:path';
import { windowsDevicePaths } from '@imprint/protocol';
import type { Hardware, Platform, WindowsSystem } from '../model.ts';
import { runWindowsCommand } from './run.ts';
import { windowsSystem } from './system.ts';

const prefetch =
  'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters';

/** Windows counts its starts itself. */
function bootIdOf({ registry }: WindowsSystem): string {
  const count = registry.read(prefetch, 'BootId');
  return typeof count === 'string' ? 'unknown' : `windows-boot-${count.text}`;
}

/** The running Windows, or a tree of one, of which only files can be looked at. */
export function windowsPlatform(stateDir: string, isLive: boolean): Platform {
  const unknown: Hardware = { deviceClass: 'desktop' };
  if (!isLive) {
    return {
      paths: windowsDevicePaths,
      bootId: () => 'unknown',
      hostname: () => 'localhost',
      uptimeMs: () => 0,
      hardware: () => unknown,
    };
  }
  const windows = windowsSystem(runWindowsCommand, join(stateDir, 'scratch'));
  return {
    paths: windowsDevicePaths,
    bootId: () => bootIdOf(windows),
    hostname,
    uptimeMs: () => uptime() * 1000,
    hardware: () => windows.hardware() ?? unknown,
    windows,
  };
}
