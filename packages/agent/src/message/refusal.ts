import type { ImprintError } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import type { Refusal } from '../http/post.ts';

const busy = new Set([408, 425, 429, 500, 502, 503, 504]);

/** The error behind a server's refusal: busy servers are tried again, anything else is an answer. */
export function refusalError(refused: Refusal, path: string): ImprintError {
  if (busy.has(refused.status)) {
    const { status, retryAfterSeconds } = refused;
    const wait = retryAfterSeconds === undefined ? {} : { retryAfterSeconds };
    return agentError('AGENT_SERVER_BUSY', { path, status, ...wait });
  }
  return agentError('AGENT_SERVER_REFUSED', { code: refused.code, title: refused.title });
}
