import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { type PackIndex, type PatchIndex, type PatchStream, patchStreams } from '@imprint/protocol';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { buildOddPackage, dpkgRoot } from '../../../edition/src/packs/fixture.ts';
import {
  type CanonicalPackage,
  type EncodedPack,
  encodePack,
  encodePatch,
  writeCanonicalDeb,
} from '../../../edition/src/packs/index.ts';
import type { PackSource } from '../packs/source.ts';

/** The odd package's versions 1 and 2, the pack and patch between them, and a root in which dpkg installed version 1. */
export interface PatchLab {
  readonly directory: string;
  readonly from: CanonicalPackage;
  readonly to: CanonicalPackage;
  readonly pack: EncodedPack<PackIndex>;
  readonly patch: EncodedPack<PatchIndex>;
  readonly canonical: Buffer;
  readonly pristine: string;
}

async function openLab(directory: string): Promise<PatchLab> {
  const inside = (name: string) => join(directory, name);
  const old = buildOddPackage(directory, 1);
  const from = await writeCanonicalDeb(old, inside('from.deb'));
  const to = await writeCanonicalDeb(buildOddPackage(directory, 2), inside('to.deb'));
  const pack = await encodePack(to, inside('packs'));
  const patch = await encodePatch(from, to, pack, inside('patches'));
  const installed = dpkgRoot(inside('device'));
  installed.install(old);
  return { directory, from, to, pack, patch, canonical: readFileSync(to.file), pristine: installed.root };
}

/** Registers a lab for a test file: made once, and a fresh copy of the device's root before each test. */
export function usePatchLab(): { lab(): PatchLab; inside(name: string): string; freshRoot(): string } {
  const directory = mkdtempSync(join(tmpdir(), 'imprint-patch-'));
  const inside = (name: string) => join(directory, name);
  let opened: PatchLab | undefined;
  const lab = () => {
    if (opened === undefined) throw new TypeError('expected the lab to be open');
    return opened;
  };
  const freshRoot = () => {
    rmSync(inside('root'), { recursive: true, force: true });
    cpSync(lab().pristine, inside('root'), { recursive: true, verbatimSymlinks: true });
    return inside('root');
  };
  beforeAll(async () => {
    opened = await openLab(directory);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  beforeEach(() => {
    for (const name of ['rebuilt.deb', 'received']) rmSync(inside(name), { force: true });
    freshRoot();
  });
  return { lab, inside, freshRoot };
}

async function* pieces(bytes: Buffer, start: number, end: number) {
  for (let at = start; at < end; at += 4096) yield bytes.subarray(at, Math.min(end, at + 4096));
}

/** Bytes as a source, in pieces of 4 KiB; it ends where they end. */
export const served =
  (bytes: Buffer): PackSource =>
  (start, end) =>
    pieces(bytes, start, Math.min(end, bytes.length));

/** A patch's script and what its streams hold, the script left out of `plan`. */
export interface PatchParts {
  readonly steps: unknown;
  readonly streams: Readonly<Record<PatchStream, Buffer>>;
}

/** Takes a patch apart. */
export function partsOf({ file, reference, index }: EncodedPack<PatchIndex>): PatchParts {
  const bytes = readFileSync(file);
  let at = reference.headBytes;
  const raw = patchStreams.map((name) => {
    const [stored] = index.streams[name];
    at += stored;
    return [name, brotliDecompressSync(bytes.subarray(at - stored, at))] as const;
  });
  const streams = Object.fromEntries(raw) as PatchParts['streams'];
  const steps: unknown = JSON.parse(streams.plan.subarray(0, index.scriptBytes).toString());
  return { steps, streams: { ...streams, plan: streams.plan.subarray(index.scriptBytes) } };
}
