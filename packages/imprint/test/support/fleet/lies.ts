import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lie } from './lying-front.ts';

const contentPath = /^\/content\/(?<path>[\w./-]+)$/u;

/** Serves a repository of an earlier day as today's. */
export const yesterday =
  (repository: string): Lie =>
  (path) => {
    const name = contentPath.exec(path)?.groups?.path;
    if (name === undefined || name.includes('..')) return undefined;
    try {
      return readFileSync(join(repository, name));
    } catch {
      return undefined;
    }
  };

/** Changes one byte in the middle of every pack and patch. */
export const tampered: Lie = (path, answer) => {
  if (!path.startsWith('/content/packs/')) return undefined;
  const changed = Buffer.from(answer);
  const middle = changed.length >> 1;
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  return changed;
};

/** Tells a device to run what nobody approved. */
export const unapproved =
  (releaseSha256: string, sequence: number): Lie =>
  (path, answer) => {
    if (path !== '/v1/check-in') return undefined;
    const told = JSON.parse(answer.toString('utf8')) as object;
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    return Buffer.from(
      JSON.stringify({ ...told, target: { releaseSha256, version: '2099.1', sequence, deadline } }),
    );
  };

/** Takes one party's signature off the metadata that says what is released. */
export const unsigned: Lie = (path, answer) => {
  if (!/\/metadata\/\d+\.release\.json$/u.test(path)) return undefined;
  const metadata = JSON.parse(answer.toString('utf8')) as { signatures: unknown[] };
  return Buffer.from(JSON.stringify({ ...metadata, signatures: metadata.signatures.slice(1) }));
};
