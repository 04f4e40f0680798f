import type { Ring } from '../model.ts';
import type { GroupFacts } from './facts.ts';

/** How an opened group stands against its thresholds. */
export interface Judgement {
  /** Failed while installing, fell back, unhealthy, or silent since it began to install; without those let pass. */
  readonly errors: number;
  readonly succeeded: number;
  readonly outcomes: number;
  /** Devices that should answer: neither deferred nor long silent. */
  readonly expected: number;
  /** Outcomes wanted before it is judged good. */
  readonly needed: number;
  readonly notHeard: number;
  /** The share of failures has reached the limit, or must whatever the rest of the sample does. */
  readonly isBeyondLimit: boolean;
  /** Outcomes the share of failures is taken of. */
  readonly sample: number;
  readonly verdict: 'empty' | 'unheard' | 'holds' | 'short';
}

const hourMs = 3_600_000;

/** Failures of a group so far, those let pass included. */
export function failuresOf({ counts, silent }: Pick<GroupFacts, 'counts' | 'silent'>): number {
  return counts.failed + counts.fellBack + counts.unhealthy + silent.lost;
}

/** Judges a group as of now. Unknown is not success, and who is long silent is not waited for. */
export function judge(
  facts: GroupFacts,
  { thresholds }: Pick<Ring, 'thresholds'>,
  silenceHours: number,
  now: Date,
): Judgement {
  const { counts, silent, forgiven, openedAt } = facts;
  const { planned, deferred, pending, succeeded } = counts;
  const failures = failuresOf(facts);
  const errors = Math.max(0, failures - forgiven);
  const letPass = failures - errors;
  const seen = deferred + pending + succeeded + counts.failed + counts.fellBack + counts.unhealthy;
  const absent = Math.max(0, planned - seen);
  const isSilent = openedAt !== undefined && now.getTime() >= openedAt.getTime() + silenceHours * hourMs;
  const notHeard = silent.quiet + (isSilent ? absent : 0);
  const expected = Math.max(0, Math.max(planned, seen) - deferred - notHeard - letPass);
  const outcomes = succeeded + errors;
  const needed = Math.min(thresholds.minimumSample, expected);
  const sample = Math.max(outcomes, Math.min(thresholds.minimumSample, planned));
  const isBeyondLimit = errors > 0 && errors * 100 >= thresholds.errorPercent * sample;
  const holds = outcomes >= needed && succeeded * 100 >= thresholds.successPercent * expected;
  const verdict =
    Math.max(planned, seen) === 0 ? 'empty' : expected === 0 ? 'unheard' : holds ? 'holds' : 'short';
  return { errors, succeeded, outcomes, expected, needed, notHeard, isBeyondLimit, sample, verdict };
}
