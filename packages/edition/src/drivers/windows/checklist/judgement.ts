import type { Observed } from '@imprint/protocol';

/** One comparison of what a device shows with what the build intends; `unknown` is never `ok`. */
export interface ChecklistCheck {
  readonly id: string;
  readonly state: Observed['state'];
  readonly expected?: string;
  readonly got?: string;
  readonly observedAt?: string;
  readonly reason?: string;
}

export function judged(id: string, expected: string, got: string, observedAt: string): ChecklistCheck {
  return { id, state: expected === got ? 'ok' : 'failing', expected, got, observedAt };
}

export function unknownCheck(id: string, reason: string, observedAt?: string): ChecklistCheck {
  return { id, state: 'unknown', reason, ...(observedAt === undefined ? {} : { observedAt }) };
}
