import { createReadStream, createWriteStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import { type PackFrame, type PatchStream, patchStreams } from '@imprint/protocol';
import { frameOf } from './container.ts';

/** Every stream of a patch, in plain, in files of the workspace while the patch is made. */
export interface PatchStreams {
  append(stream: PatchStream, bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

const rawFile = (workspace: string, stream: PatchStream) => join(workspace, `${stream}.raw`);
const storedFile = (workspace: string) => join(workspace, 'streams');

/** Opens the streams for writing. */
export async function openStreams(workspace: string): Promise<PatchStreams> {
  const handles = new Map<PatchStream, FileHandle>();
  for (const stream of patchStreams) handles.set(stream, await open(rawFile(workspace, stream), 'wx'));
  return {
    append: async (stream, bytes) => void (await handles.get(stream)?.writeFile(bytes)),
    close: async () => {
      for (const handle of handles.values()) await handle.close();
    },
  };
}

const frameBytes = 256 * 1024;
/** 16 MiB: what a decoder holds of each stream. */
const windowBits = 24;
const mebibyte = 1024 * 1024;

/** A quality more saves a tenth and takes many times as long: what a library deserves would take hours for a kernel. */
function qualityOf(rawBytes: number): number {
  if (rawBytes <= 8 * mebibyte) return 11;
  return rawBytes <= 64 * mebibyte ? 10 : 9;
}

/** Compresses the streams one after another and cuts what comes out into frames. */
export async function storeStreams(workspace: string) {
  const sizes: Partial<Record<PatchStream, [number, number]>> = {};
  let end = 0;
  for (const stream of patchStreams) {
    const { size } = await stat(rawFile(workspace, stream));
    await pipeline(
      createReadStream(rawFile(workspace, stream)),
      createBrotliCompress({
        params: {
          [constants.BROTLI_PARAM_QUALITY]: qualityOf(size),
          [constants.BROTLI_PARAM_LGWIN]: windowBits,
          [constants.BROTLI_PARAM_SIZE_HINT]: size,
        },
      }),
      createWriteStream(storedFile(workspace), { flags: 'a' }),
    );
    const stored = (await stat(storedFile(workspace))).size;
    sizes[stream] = [stored - end, size];
    end = stored;
  }
  const frames: PackFrame[] = [];
  for await (const frame of storedFrames(workspace)) frames.push(frameOf(frame));
  const { plan = [0, 0], control = [0, 0], diff = [0, 0], extra = [0, 0] } = sizes;
  return { streams: { plan, control, diff, extra }, frames };
}

/** The stored bytes, frame by frame. */
export async function* storedFrames(workspace: string): AsyncGenerator<Buffer> {
  const handle = await open(storedFile(workspace), 'r');
  try {
    for (let at = 0; ; at += frameBytes) {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(frameBytes), 0, frameBytes, at);
      if (bytesRead > 0) yield buffer.subarray(0, bytesRead);
      if (bytesRead < frameBytes) return;
    }
  } finally {
    await handle.close();
  }
}
