import type { FirstBootStep } from '@imprint/protocol';

/** What is seen of a step's effect now. */
export type Seen =
  | { readonly state: 'ok' }
  | { readonly state: 'failing' | 'unknown'; readonly reason: { readonly en: string; readonly zh: string } };

/** What was tried for a step so far. */
export interface Attempt {
  readonly attempts: number;
  readonly lastAt: string;
  /** Why the last attempt was refused. */
  readonly code?: string;
  /** What the installer entered among the installed programs, by registry key. */
  readonly registered?: readonly string[];
}

const firstRetryMs = 15 * 60_000;
const longestRetryMs = 24 * 3_600_000;

/**
 * Whether a step may be tried: never while its effect is seen, once while it cannot be seen, and while it is seen to be
 * missing again and again, each time after twice the pause, a day at most. A clock set back does not stop it.
 */
export function mayTry(seen: Seen, attempt: Attempt | undefined, now: Date): boolean {
  if (seen.state === 'ok') return false;
  if (attempt === undefined || attempt.attempts === 0) return true;
  if (seen.state === 'unknown') return false;
  const pauseMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(attempt.attempts - 1, 10));
  const sinceMs = now.getTime() - Date.parse(attempt.lastAt);
  return !(sinceMs >= 0 && sinceMs < pauseMs);
}

/** The next step, in the plan's order, that was not passed in this run and may be tried. */
export const nextFirstBootStep = (
  steps: readonly FirstBootStep[],
  passed: ReadonlySet<string>,
): FirstBootStep | undefined => steps.find(({ id }) => !passed.has(id));
