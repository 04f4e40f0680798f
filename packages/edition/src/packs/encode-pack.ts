import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackFrame, type PackIndex, packLimits } from '@imprint/protocol';
import { guardSpace } from '../store/index.ts';
import { type CanonicalPackage, readAt } from './canonical-deb.ts';
import { brotli, type EncodedPack, frameOf, inWorkspace, writeContainer } from './container.ts';

/** 11 would save a tenth of the bytes and takes sixteen times as long; a pack is what a patch falls back to. */
const packQuality = 9;
const atOnce = 2;

async function* framesOf(canonical: CanonicalPackage): AsyncGenerator<Buffer> {
  const handle = await open(canonical.file, 'r');
  try {
    const { sizeBytes } = canonical.deb;
    for (let at = 0; at < sizeBytes; at += atOnce * packLimits.rawFrame) {
      const starts = Array.from({ length: atOnce }, (_, n) => at + n * packLimits.rawFrame);
      const raw = await Promise.all(
        starts
          .filter((offset) => offset < sizeBytes)
          .map((offset) => readAt(handle, offset, Math.min(packLimits.rawFrame, sizeBytes - offset))),
      );
      yield* await Promise.all(raw.map((bytes) => brotli(bytes, packQuality)));
    }
  } finally {
    await handle.close();
  }
}

async function* readFrames(file: string, frames: readonly PackFrame[]): AsyncGenerator<Buffer> {
  const handle = await open(file, 'r');
  try {
    let at = 0;
    for (const [sizeBytes] of frames) {
      yield await readAt(handle, at, sizeBytes);
      at += sizeBytes;
    }
  } finally {
    await handle.close();
  }
}

/**
 * Encodes a canonical `.deb` as a pack in `directory`: frames of 1 MiB, each compressed and hashed for itself, so that any
 * part can be fetched and checked alone. The same package gives the same bytes under the same Node.
 *
 * @throws STORE_FULL
 */
export function encodePack(canonical: CanonicalPackage, directory: string): Promise<EncodedPack<PackIndex>> {
  return guardSpace(directory, canonical.package.name, () =>
    inWorkspace(directory, async (workspace) => {
      const frames: PackFrame[] = [];
      const body = join(workspace, 'frames');
      const out = await open(body, 'wx');
      try {
        for await (const stored of framesOf(canonical)) {
          frames.push(frameOf(stored));
          await out.writeFile(stored);
        }
      } finally {
        await out.close();
      }
      const index = { package: canonical.package, deb: canonical.deb, frames };
      return writeContainer('pack', index, canonical.deb, readFrames(body, frames), { directory, workspace });
    }),
  );
}
