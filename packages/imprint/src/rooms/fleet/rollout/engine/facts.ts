import type { GroupCounts, GroupPhase, RolloutState, Sentence } from '../model.ts';

/** What is known of one group of one ring. */
export interface GroupFacts {
  readonly ring: number;
  readonly group: number;
  readonly phase: GroupPhase;
  readonly counts: GroupCounts;
  /** Of the pending ones, those not heard for too long: `quiet` before they began to install, `lost` after. */
  readonly silent: { readonly quiet: number; readonly lost: number };
  /** Failures that a person has looked at and let pass. */
  readonly forgiven: number;
  readonly openedAt?: Date;
  /** Since when the thresholds hold without a break. */
  readonly heldAt?: Date;
}

export type ReleaseStanding = 'current' | 'superseded' | 'withdrawn' | 'refused' | 'expired' | 'unknown';

/** All that `advance` decides by. */
export interface Facts {
  readonly state: RolloutState;
  readonly baseAt: Date;
  readonly release: ReleaseStanding;
  /** Present in the emergency lane. */
  readonly emergency?: { readonly approveBy: Date; readonly isApproved: boolean };
  /** By ring, then by group. */
  readonly groups: readonly GroupFacts[];
}

type OfGroup = { readonly ring: number; readonly group: number };

/** One thing the engine does, and why, with the numbers it decided by. */
export type Decision = { readonly sentence: Sentence } & (
  | ({ readonly what: 'open' | 'hold' | 'break' | 'pass' } & OfGroup)
  | { readonly what: 'halt' | 'complete' | 'replace' }
);

export const noCounts: GroupCounts = {
  planned: 0,
  deferred: 0,
  pending: 0,
  succeeded: 0,
  failed: 0,
  fellBack: 0,
  unhealthy: 0,
};

const stateAfter = { halt: 'halted', complete: 'done', replace: 'replaced' } as const;

/** The facts as they are once a decision is carried out. */
export function decided(facts: Facts, decision: Decision, now: Date): Facts {
  if (!('ring' in decision)) return { ...facts, state: stateAfter[decision.what] };
  const { what, ring, group: number } = decision;
  const groups = facts.groups.map((group): GroupFacts => {
    if (group.ring !== ring || group.group !== number) return group;
    const { heldAt: _heldAt, ...rest } = group;
    if (what === 'open') return { ...rest, phase: 'open', openedAt: now };
    if (what === 'hold') return { ...rest, heldAt: now };
    return what === 'pass' ? { ...group, phase: 'passed' } : rest;
  });
  return { ...facts, groups };
}
