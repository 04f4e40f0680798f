import type { ErrorParams } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { isRecord, parseJson } from '../state/json.ts';
import { request } from './request.ts';

const maxBytes = 256 * 1024;
const usualTimeoutMs = 60_000;

/** What the server said instead of accepting a message. `retryAfterSeconds` is its direction, when it gave one. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly params: ErrorParams;
  readonly retryAfterSeconds: number | undefined;
}

export type PostResult = { readonly accepted: Record<string, unknown> } | { readonly refused: Refusal };

function retryAfter(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,6}$/.test(header) ? Number(header) : (Date.parse(header) - now.getTime()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 0), 86_400) : undefined;
}

/** A server's word is shown to people: printable, and no longer than a line. */
const printable = (value: unknown, fallback: string): string =>
  typeof value === 'string' ? value.replace(/[^\x20-\x7e\u00a0-\uffff]/g, '?').slice(0, 300) : fallback;

function paramsOf(value: unknown): ErrorParams {
  if (!isRecord(value)) return {};
  const simple = Object.entries(value).filter(([, item]) =>
    ['string', 'number', 'boolean'].includes(typeof item),
  );
  return Object.fromEntries(simple) as ErrorParams;
}

/**
 * Posts one signed message. A problem document is a result, not an exception.
 * @throws AGENT_ANSWER_MALFORMED and what `request` throws
 */
export async function postMessage(
  url: URL,
  message: string,
  now: Date,
  timeoutMs = usualTimeoutMs,
): Promise<PostResult> {
  const answer = await request(url, {
    method: 'POST',
    body: JSON.stringify({ message }),
    maxBytes,
    timeoutMs,
  });
  const value = parseJson(answer.body);
  if (answer.status === 200 && isRecord(value)) return { accepted: value };
  if (answer.status < 400) {
    throw agentError('AGENT_ANSWER_MALFORMED', { path: url.pathname, expected: 'a JSON object' });
  }
  const problem = isRecord(value) ? value : {};
  return {
    refused: {
      status: answer.status,
      code: printable(problem.code, `HTTP_${answer.status}`),
      title: printable(problem.title, `status ${answer.status}`),
      params: paramsOf(problem.params),
      retryAfterSeconds: retryAfter(answer.headers['retry-after'], now),
    },
  };
}
