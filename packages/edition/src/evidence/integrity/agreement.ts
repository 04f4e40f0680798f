import type { MutableCore, Reason } from '@imprint/protocol';
import { evidenceError } from '../errors.ts';
import { matchesPath } from './path-pattern.ts';

/** The vendor's agreement with the digest it is known by. */
export interface Agreement {
  readonly sha256: string;
  readonly mutableCore: MutableCore;
}

/**
 * Reads the vendor's mutable core list (JSON).
 *
 * @throws EVIDENCE_AGREEMENT_MALFORMED
 */
export function parseAgreement(text: string, sha256: string): Agreement {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw evidenceError('EVIDENCE_AGREEMENT_MALFORMED', { pointer: '#' }, { cause });
  }
  const pointer = firstProblem(value);
  if (pointer !== undefined) throw evidenceError('EVIDENCE_AGREEMENT_MALFORMED', { pointer });
  return { sha256, mutableCore: value as MutableCore };
}

function firstProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return '#';
  const { apiVersion, vendor, mutable } = value as Record<string, unknown>;
  if (apiVersion !== 'imprint/v1') return '#/apiVersion';
  if (typeof vendor !== 'string' || vendor === '') return '#/vendor';
  if (!Array.isArray(mutable)) return '#/mutable';
  const at = mutable.findIndex((item: { path?: unknown; reason?: unknown } | null) => {
    const path = item?.path;
    // A list that covers the whole image would agree to anything.
    if (typeof path !== 'string' || !path.startsWith('/') || path === '/**' || path === '/') return true;
    return !isReason(item?.reason);
  });
  return at < 0 ? undefined : `#/mutable/${at}`;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

function isReason(value: unknown): value is Reason {
  if (typeof value !== 'object' || value === null) return isText(value);
  const { en, 'zh-CN': chinese } = value as Record<string, unknown>;
  return isText(en) && isText(chinese);
}

/** Why the vendor agreed that this path may differ, or undefined where it did not. */
export function agreedReason(agreement: Agreement | undefined, path: string): Reason | undefined {
  return agreement?.mutableCore.mutable.find((item) => matchesPath(item.path, path))?.reason;
}
