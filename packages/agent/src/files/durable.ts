import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

function writeAll(descriptor: number, bytes: Uint8Array): void {
  let offset = 0;
  while (offset < bytes.length) offset += writeSync(descriptor, bytes, offset);
}

const isWindows = process.platform === 'win32';
const inUse = new Set(['EPERM', 'EACCES', 'EBUSY']);
const renameAttempts = 20;

/** On Windows a scanner may hold either file open for a moment, which a rename does not get past. */
function renameOver(temporary: string, path: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      renameSync(temporary, path);
      return;
    } catch (error) {
      const mayPass = isWindows && inUse.has(systemCode(error) ?? '') && attempt < renameAttempts;
      if (!mayPass) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

/** Makes a rename last. Windows opens no directory for that; NTFS keeps a journal of it. */
export function syncDirectory(directory: string): void {
  if (isWindows) return;
  const held = openSync(directory, 'r');
  try {
    fsyncSync(held);
  } finally {
    closeSync(held);
  }
}

/** Writes a file whole or not at all: temporary name, fsync, rename, fsync of the directory. */
export function writeDurably(path: string, bytes: Uint8Array, mode: number): void {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      writeAll(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameOver(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncDirectory(directory);
}

/**
 * Copies a file to a name at which nothing lies, readable to everybody whatever this process's mask, and makes it last. Whoever
 * owns the directory cannot have it written anywhere else.
 */
export function copyToNew(from: string, to: string): void {
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  const source = openSync(from, 'r');
  try {
    const target = openSync(to, 'wx', 0o644);
    try {
      for (let read = readSync(source, buffer); read > 0; read = readSync(source, buffer))
        writeAll(target, buffer.subarray(0, read));
      fchmodSync(target, 0o644);
      fsyncSync(target);
    } finally {
      closeSync(target);
    }
  } finally {
    closeSync(source);
  }
}

/** The `code` of a Node file or network error, or undefined. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** Reads a whole file of at most `maxBytes`; undefined where there is none, or where it is larger or no file. */
export function readBounded(path: string, maxBytes: number): Buffer | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    return readFileSync(path);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}
