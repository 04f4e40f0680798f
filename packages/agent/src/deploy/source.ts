import { createReadStream } from 'node:fs';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { join } from 'node:path';
import { agentError } from '../errors.ts';
import { readBounded, systemCode } from '../files/durable.ts';
import { type ContentFetch, openContent } from '../http/content.ts';

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
const idleMs = 60_000;
const pauseMs = 3_000;

/** One answer from an offset on, as pieces come. */
async function* answerFrom(url: URL, from: number): AsyncGenerator<Uint8Array> {
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const message = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    const headers = { 'user-agent': 'imprint-installer', ...(from === 0 ? {} : { range: `bytes=${from}-` }) };
    const outgoing = send(url, { headers, agent: false });
    outgoing.setTimeout(idleMs, () => outgoing.destroy(new Error('no bytes for a minute')));
    outgoing.on('response', resolve).on('error', reject).end();
  });
  const expected = from === 0 ? 200 : 206;
  if (message.statusCode !== expected) {
    message.destroy();
    throw agentError('AGENT_SERVER_BUSY', { path: url.pathname, status: message.statusCode ?? 0 });
  }
  for await (const chunk of message) yield chunk as Uint8Array;
}

/** A server's content over HTTP; a connection that breaks is taken up where it broke. */
export function serverSource(server: string, wait: (ms: number) => Promise<void>): ReleaseSource {
  async function* stream(path: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
    const url = new URL(`${server}/content/${path}`);
    let at = 0;
    for (let attempt = 1; at < sizeBytes; attempt += 1) {
      try {
        for await (const chunk of answerFrom(url, at)) {
          at += chunk.length;
          yield chunk;
        }
        if (at >= sizeBytes) return;
      } catch (error) {
        if (attempt >= attempts) throw asUnreachable(url, error);
      }
      if (attempt >= attempts) return;
      await wait(pauseMs);
    }
  }
  return { label: server, fetch: openContent(server), stream };
}

function asUnreachable(url: URL, error: unknown): unknown {
  const reason = systemCode(error) ?? (error instanceof Error ? error.message : String(error));
  return error instanceof Error && error.name === 'ImprintError'
    ? error
    : agentError('AGENT_SERVER_UNREACHABLE', { host: url.host, reason }, { cause: error });
}
