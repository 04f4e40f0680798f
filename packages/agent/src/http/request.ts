import { type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { agentError } from '../errors.ts';
import { systemCode } from '../files/durable.ts';
import { trustedAuthorities } from './authorities.ts';

export interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly body?: string;
  readonly maxBytes: number;
  /** The whole exchange: a server that dribbles does not hold the agent. */
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

type Refuse = (error: Error) => void;

function collect(
  message: IncomingMessage,
  url: URL,
  maxBytes: number,
  done: (body: Buffer) => void,
  refuse: Refuse,
) {
  const tooLarge = () => agentError('AGENT_ANSWER_TOO_LARGE', { path: url.pathname, limit: maxBytes });
  if (Number(message.headers['content-length'] ?? 0) > maxBytes) return refuse(tooLarge());
  const chunks: Buffer[] = [];
  let size = 0;
  message.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) return refuse(tooLarge());
    chunks.push(chunk);
  });
  message.on('end', () => {
    if (message.complete) done(Buffer.concat(chunks, size));
  });
  message.on('error', refuse);
}

function headersOf(body: string | undefined): Record<string, string> {
  const common = { 'user-agent': 'imprint-agent', 'accept-encoding': 'identity', connection: 'close' };
  if (body === undefined) return common;
  return { ...common, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
}

/**
 * One HTTP exchange over node:http or node:https, bounded in size and time. Redirects are refused, never followed.
 * @throws AGENT_SERVER_UNREACHABLE, AGENT_SERVER_TIMEOUT, AGENT_ANSWER_TOO_LARGE, AGENT_REDIRECT_REFUSED
 */
export function request(url: URL, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:';
    const send = isTls ? requestHttps : requestHttp;
    const ca = isTls ? trustedAuthorities() : undefined;
    const outgoing = send(url, {
      method: options.method ?? 'GET',
      headers: headersOf(options.body),
      agent: false,
      ...(ca === undefined ? {} : { ca }),
    });
    const finish = (act: () => void) => {
      clearTimeout(timer);
      act();
      outgoing.destroy();
    };
    const refuse: Refuse = (error) => finish(() => reject(unreachable(url, error)));
    const timer = setTimeout(() => {
      refuse(
        agentError('AGENT_SERVER_TIMEOUT', {
          path: url.pathname,
          seconds: Math.ceil(options.timeoutMs / 1000),
        }),
      );
    }, options.timeoutMs);
    outgoing.on('error', refuse);
    outgoing.on('response', (message) => {
      const status = message.statusCode ?? 0;
      if (status >= 300 && status < 400) {
        return refuse(agentError('AGENT_REDIRECT_REFUSED', { path: url.pathname, status }));
      }
      collect(
        message,
        url,
        options.maxBytes,
        (body) => finish(() => resolve({ status, headers: message.headers, body })),
        refuse,
      );
    });
    outgoing.end(options.body);
  });
}

function unreachable(url: URL, error: Error): Error {
  if (error.name === 'ImprintError') return error;
  const reason = systemCode(error) ?? error.message;
  return agentError('AGENT_SERVER_UNREACHABLE', { host: url.host, reason }, { cause: error });
}
