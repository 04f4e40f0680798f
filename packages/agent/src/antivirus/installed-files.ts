import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { at, type Device } from '../device.ts';
import { fileDigest } from '../files/digest.ts';
import { systemCode } from '../files/durable.ts';
import { isRecord, stateRecord } from '../state/json.ts';

/** Files that an approved installer put here: path → SHA-256, as they were right after it was installed. */
const installedRecord = stateRecord<{ readonly files: Readonly<Record<string, string>> }>(
  'antivirus/installed.json',
  'the files of an antivirus provider',
  (value) => isRecord(value.files),
);

function digestOf(device: Device, path: string): string | undefined {
  try {
    return fileDigest(at(device, path), 'sha256', Buffer.allocUnsafe(1024 * 1024)).digest;
  } catch (error) {
    // A directory, a link, or nothing.
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Remembers what a package brought, so that its files are known for what they are. */
export function rememberFiles(device: Device, packageName: string): void {
  const admin = `--admindir=${at(device, '/var/lib/dpkg')}`;
  const listed = device.run('dpkg-query', [admin, '--listfiles', packageName])?.stdout ?? '';
  const files = listed
    .split('\n')
    .filter((path) => path.startsWith('/'))
    .flatMap((path) => {
      const sha256 = digestOf(device, path);
      return sha256 === undefined ? [] : [[path, sha256] as const];
    });
  installedRecord.save(device.files, { files: Object.fromEntries(files) });
}

export const forgetFiles = (device: Device): void => installedRecord.clear(device.files);

function isOurs(device: Device, path: string, known: Readonly<Record<string, string>>): boolean {
  const expected = known[path];
  if (expected !== undefined) return digestOf(device, path) === expected;
  try {
    const entries = readdirSync(at(device, path));
    return entries.length > 0 && entries.every((name) => isOurs(device, join(path, name), known));
  } catch {
    return false;
  }
}

/**
 * Tells a path that no release lists but an approved antivirus installer brought, unchanged since, from one that nobody
 * approved. A directory is told so only if all that is in it is.
 */
export function isFromInstaller(device: Device): (path: string) => boolean {
  const known = installedRecord.load(device.files)?.files ?? {};
  return (path) => isOurs(device, path, known);
}
