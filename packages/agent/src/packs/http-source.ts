import { type ClientRequest, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { agentError } from '../errors.ts';
import { systemCode } from '../files/durable.ts';
import { trustedAuthorities } from '../http/authorities.ts';
import type { PackSource } from './source.ts';

/** A server that sends nothing for this long is given up; a slow one is not. */
const idleMs = 60_000;

function openRange(url: URL, start: number, end: number, timeoutMs: number): ClientRequest {
  const isTls = url.protocol === 'https:';
  const ca = isTls ? trustedAuthorities() : undefined;
  return (isTls ? requestHttps : requestHttp)(url, {
    headers: {
      'user-agent': 'imprint-agent',
      'accept-encoding': 'identity',
      range: `bytes=${start}-${end - 1}`,
      connection: 'close',
    },
    agent: false,
    timeout: timeoutMs,
    ...(ca === undefined ? {} : { ca }),
  });
}

function answerOf(outgoing: ClientRequest, url: URL, timeoutMs: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const timedOut = () =>
      agentError('AGENT_SERVER_TIMEOUT', { path: url.pathname, seconds: Math.ceil(timeoutMs / 1000) });
    outgoing.on('timeout', () => outgoing.destroy(timedOut()));
    outgoing.on('response', resolve);
    outgoing.on('error', (error) => {
      if (error.name === 'ImprintError') return reject(error);
      const reason = systemCode(error) ?? error.message;
      reject(agentError('AGENT_SERVER_UNREACHABLE', { host: url.host, reason }, { cause: error }));
    });
    outgoing.end();
  });
}

/** How many bytes of the answer come before `start`: none, or all of them where the server knows no ranges. */
function bytesBefore(message: IncomingMessage, url: URL, start: number): number {
  const status = message.statusCode ?? 0;
  const path = url.pathname;
  if (status >= 300 && status < 400) throw agentError('AGENT_REDIRECT_REFUSED', { path, status });
  if (status === 200) return start;
  if (status !== 206) throw agentError('AGENT_SERVER_BUSY', { path, status });
  const from = /^bytes (\d+)-/.exec(message.headers['content-range'] ?? '')?.[1];
  if (Number(from) !== start)
    throw agentError('AGENT_ANSWER_MALFORMED', { path, expected: `bytes from ${start}` });
  return 0;
}

async function* bodyOf(message: IncomingMessage, skipped: number): AsyncGenerator<Uint8Array> {
  let skip = skipped;
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) {
      const part = chunk.subarray(skip);
      skip -= chunk.length - part.length;
      if (part.length > 0) yield part;
    }
  } catch (error) {
    // A connection that breaks is an early end: what came is used, and the reader says how much is missing.
    if (systemCode(error) === undefined) throw error;
  }
}

/**
 * A pack or patch on a server, by one range request for each read. The reader checks every frame, so the server is trusted
 * with nothing; redirects are refused.
 * @throws by the returned function: AGENT_SERVER_UNREACHABLE, AGENT_SERVER_TIMEOUT, AGENT_SERVER_BUSY,
 * AGENT_REDIRECT_REFUSED, AGENT_ANSWER_MALFORMED
 */
export const httpSource = (url: URL, timeoutMs = idleMs): PackSource =>
  async function* read(start, end) {
    const outgoing = openRange(url, start, end, timeoutMs);
    try {
      const message = await answerOf(outgoing, url, timeoutMs);
      yield* bodyOf(message, bytesBefore(message, url, start));
    } finally {
      outgoing.destroy();
    }
  };
