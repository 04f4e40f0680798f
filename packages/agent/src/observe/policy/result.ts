import type { PolicyCheck, PolicyCheckKind } from '@imprint/protocol';
import type { Look } from '../look.ts';

/** What one check saw; `value` is the text of a setting as it is. */
export type CheckResult =
  | { readonly state: 'holds'; readonly value?: string }
  | { readonly state: 'differs' | 'unknown'; readonly reason: string; readonly value?: string };

export type CheckOf<K extends PolicyCheckKind> = Extract<PolicyCheck, { kind: K }>;
export type Observer<K extends PolicyCheckKind> = (check: CheckOf<K>, look: Look) => CheckResult;

export const holds: CheckResult = { state: 'holds' };
export const differs = (reason: string): CheckResult => ({ state: 'differs', reason });
export const unknown = (reason: string): CheckResult => ({ state: 'unknown', reason });
