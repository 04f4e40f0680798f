import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { measureCommand } from './measure.ts';

const sizeOf = (file: string) => statSync(file).size;
const inDays = { env: { TZ: 'UTC', LC_ALL: 'C.UTF-8' } };

export interface PeerResult {
  readonly bytes: number;
  readonly requests: number;
}

/** debdelta of the upstream packages: it makes the `.deb` again bit for bit, and has to compress it again for that. */
export async function debdelta(before: string, after: string, work: string): Promise<PeerResult> {
  const out = join(work, 'debdelta');
  await measureCommand('debdelta', [before, after, out], inDays);
  return { bytes: sizeOf(out), requests: 1 };
}

/** xdelta3 -9 with LZMA as second stage, from canonical package to canonical package. */
export async function xdelta(before: string, after: string, work: string): Promise<PeerResult> {
  const out = join(work, 'xdelta');
  const window = ['-B', String(512 * 1024 * 1024)];
  const args = ['-e', '-9', '-S', 'lzma', ...window, '-f', '-s', before, after, out];
  await measureCommand('xdelta3', args);
  return { bytes: sizeOf(out), requests: 1 };
}

/** zstd --patch-from at level 19, from canonical package to canonical package. */
export async function zstdPatch(before: string, after: string, work: string): Promise<PeerResult> {
  const out = join(work, 'zstd');
  const args = ['-19', '--long=31', '-q', '-f', `--patch-from=${before}`, after, '-o', out];
  await measureCommand('zstd', args);
  return { bytes: sizeOf(out), requests: 1 };
}

const filesOf = (store: string) =>
  new Map(
    readdirSync(store, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, join(entry.parentPath, entry.name)]),
  );

/** casync of the unpacked trees: the chunks of the new one that the old one lacks, and the new index. */
export async function casync(before: string, after: string, work: string): Promise<PeerResult> {
  const store = join(work, 'casync.castr');
  const make = (tree: string, name: string) =>
    measureCommand('casync', ['make', `--store=${store}`, join(work, name), tree]);
  await make(before, 'old.caidx');
  const had = filesOf(store);
  await make(after, 'new.caidx');
  const added = [...filesOf(store)].filter(([name]) => !had.has(name)).map(([, file]) => sizeOf(file));
  const chunks = added.reduce((sum, size) => sum + size, 0);
  return { bytes: chunks + sizeOf(join(work, 'new.caidx')), requests: added.length + 1 };
}
