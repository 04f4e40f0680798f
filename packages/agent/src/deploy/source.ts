import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { readBounded } from '../files/durable.ts';
import { type ContentFetch, openContent } from '../http/content.ts';
import { httpSource } from '../packs/http-source.ts';

/** Where a release is installed from: small files by path, the image as a stream. */
export interface ReleaseSource {
  /** As people are told. */
  readonly label: string;
  readonly fetch: ContentFetch;
  stream(path: string, sizeBytes: number): AsyncIterable<Uint8Array>;
}

/** A published tree in a directory, as a medium carries it. */
export function directorySource(label: string, directory: string): ReleaseSource {
  return {
    label,
    fetch: async (path, maxBytes) => readBounded(join(directory, path), maxBytes),
    stream: (path) => createReadStream(join(directory, path), { highWaterMark: 1024 * 1024 }),
  };
}

const attempts = 8;
const pauseMs = 3_000;

/** A server's content over HTTP; a connection that breaks is taken up where it broke. */
export function serverSource(server: string, wait: (ms: number) => Promise<void>): ReleaseSource {
  async function* stream(path: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
    const read = httpSource(new URL(`${server}/content/${path}`));
    let at = 0;
    for (let attempt = 1; at < sizeBytes; attempt += 1) {
      try {
        for await (const chunk of read(at, sizeBytes)) {
          at += chunk.length;
          yield chunk;
        }
        if (at >= sizeBytes) return;
      } catch (error) {
        if (attempt >= attempts) throw error;
      }
      if (attempt >= attempts) return;
      await wait(pauseMs);
    }
  }
  return { label: server, fetch: openContent(server), stream };
}
