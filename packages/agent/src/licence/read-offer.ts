import { resolve } from 'node:path';
import { readQrText } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { readBounded } from '../files/durable.ts';
import { isRecord, parseJson } from '../state/json.ts';
import type { OfferedLease } from './accept.ts';

const maxBytes = 64 * 1024;
const compact = /^[\w-]+\.[\w-]+\.[\w-]+$/;

function ofRecord(value: Record<string, unknown>): OfferedLease | undefined {
  // The whole answer, the token alone, or the token of an answer.
  const lease = isRecord(value.lease) ? value.lease : value;
  const { token, national } = lease;
  if (typeof token !== 'string') return undefined;
  return typeof national === 'string' ? { token, national } : { token };
}

function ofQrText(text: string): OfferedLease {
  const content = readQrText(text);
  if (content?.kind !== 'lease') {
    const got = content === undefined ? 'a QR text that is cut short or altered' : 'the QR text of a request';
    throw agentError('AGENT_LEASE_UNREADABLE', { got });
  }
  const { jws: token, national } = content;
  return national === undefined ? { token } : { token, national };
}

/** The lease in a text, by its carrier: an answer or token as JSON, a compact token, the text of a QR code, a typed code. */
function ofText(text: string): OfferedLease {
  const trimmed = text.trim();
  if (trimmed.startsWith('{')) {
    const value = parseJson(Buffer.from(trimmed));
    const offer = isRecord(value) ? ofRecord(value) : undefined;
    if (offer === undefined) throw agentError('AGENT_LEASE_UNREADABLE', { got: 'JSON without a lease' });
    return offer;
  }
  if (trimmed.startsWith('IMPRINT1:')) return ofQrText(trimmed);
  if (compact.test(trimmed)) return { token: trimmed };
  if (trimmed === '') throw agentError('AGENT_LEASE_UNREADABLE', { got: 'nothing' });
  return { typed: trimmed };
}

/** Whether a text can name a file at all: no system takes longer names, or these characters in one. */
const canBePath = (text: string): boolean =>
  !/[\n\0]/.test(text) && text.split(/[/\\]/).every((name) => Buffer.byteLength(name) <= 255);

/** Reads what a person gives as the answer: the name of a file that holds it, or the text itself. @throws AGENT_LEASE_UNREADABLE */
export function readOfferedLease(given: string): OfferedLease {
  const bytes = canBePath(given) ? readBounded(resolve(given), maxBytes) : undefined;
  if (bytes !== undefined) return ofText(bytes.toString('utf8'));
  const offer = ofText(given);
  if ('typed' in offer && /[./\\]/.test(given)) {
    throw agentError('AGENT_LEASE_UNREADABLE', { got: `no file ${given.slice(0, 200)}` });
  }
  return offer;
}
