import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { PackedPackage } from '@imprint/protocol';
import { packError } from './errors.ts';

/** An installed file, opened; it is one of plain bytes and of the size that was expected. */
export interface OldFile {
  /** The first 16 hexadecimal digits of its SHA-256. */
  digest(): string;
  /** Bytes from `at`, `length` or fewer; at least one. They hold until the next call. */
  read(at: number, length: number): Buffer;
  close(): void;
}

/** Where the installed files of a package lie: each path of a patch's script as the places to look for it. */
export type OldFiles = (path: string) => readonly string[];

const controlMember = /^control\/([a-z0-9]+)$/;
const isInside = (path: string) =>
  !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');

/**
 * The files of an installed package below `root`: its own, and the members of its control archive as dpkg keeps them.
 * @throws AGENT_PATCH_MALFORMED by the returned function, for a path that leads out of the tree
 */
export const installedFiles =
  (root: string, { name, architecture }: PackedPackage): OldFiles =>
  (path) => {
    const member = controlMember.exec(path)?.[1];
    if (member !== undefined)
      return [`${name}:${architecture}`, name].map((kept) =>
        join(root, 'var/lib/dpkg/info', `${kept}.${member}`),
      );
    const inside = path.startsWith('data/') ? path.slice('data/'.length) : '';
    if (!isInside(inside)) throw packError('AGENT_PATCH_MALFORMED', { expected: 'paths inside the package' });
    return [join(root, inside)];
  };

/** Up to here a file is held whole while it is patched; of a larger one only a window is. */
const heldBytes = 32 * 1024 * 1024;
const windowBytes = 256 * 1024;

function openPlain(path: string): number | undefined {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch {
    return undefined;
  }
}

/** Memory that one open file after another uses. */
export type FileMemory = (bytes: number) => Buffer;

/** Memory that grows to the largest file that was held in it. */
export function fileMemory(): FileMemory {
  let buffer = Buffer.allocUnsafe(windowBytes);
  return (bytes) => {
    if (bytes > buffer.length) buffer = Buffer.allocUnsafe(bytes);
    return buffer.subarray(0, bytes);
  };
}

function oldFile(descriptor: number, sizeBytes: number, memory: FileMemory): OldFile {
  const buffer = memory(Math.max(1, sizeBytes <= heldBytes ? sizeBytes : windowBytes));
  let from = 0;
  let held = 0;
  const load = (at: number) => {
    from = at;
    held = 0;
    while (held < buffer.length) {
      const count = readSync(descriptor, buffer, held, buffer.length - held, at + held);
      if (count === 0) break;
      held += count;
    }
  };
  return {
    digest() {
      const hash = createHash('sha256');
      for (let at = 0; at < sizeBytes; at += held) {
        load(at);
        if (held === 0) break;
        hash.update(buffer.subarray(0, held));
      }
      return hash.digest('hex').slice(0, 16);
    },
    read(at, length) {
      if (at < from || at >= from + held) load(sizeBytes <= heldBytes ? 0 : at);
      const part = buffer.subarray(at - from, Math.min(at - from + length, held));
      if (part.length === 0)
        throw packError('AGENT_PATCH_MALFORMED', { expected: 'reads inside the installed file' });
      return part;
    },
    close: () => closeSync(descriptor),
  };
}

/** Opens the first of the places that is a plain file of that size, never through a link at its end; undefined where none is. */
export function openOldFile(
  places: readonly string[],
  sizeBytes: number,
  memory: FileMemory,
): OldFile | undefined {
  for (const place of places) {
    const descriptor = openPlain(place);
    if (descriptor === undefined) continue;
    const stats = fstatSync(descriptor);
    if (stats.isFile() && stats.size === sizeBytes) return oldFile(descriptor, sizeBytes, memory);
    closeSync(descriptor);
  }
  return undefined;
}
