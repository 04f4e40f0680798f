import { isOpen, nextOpening } from '../calendar/rules.ts';
import type { Ring, RingPlan, Sentence } from '../model.ts';
import { type Decision, decided, type Facts, type GroupFacts } from './facts.ts';
import { type Judgement, judge } from './judgement.ts';
import { groupName, say } from './sentences.ts';

const hourMs = 3_600_000;
/** An open group is looked at again after this long even when nobody reports: silence is a fact, too. */
const openLookMs = 900_000;

export interface Advance {
  readonly decisions: readonly Decision[];
  /** The facts once the decisions are carried out. */
  readonly facts: Facts;
  /** When the clock alone may change something; undefined when only reports or people can. */
  readonly lookAt: Date | undefined;
}

/**
 * Decides what happens now. Every decision names its numbers. Decisions that follow from one another are taken together; asked
 * again with the facts it returns, it decides nothing.
 */
export function advance(plan: RingPlan, facts: Facts, now: Date): Advance {
  const decisions: Decision[] = [];
  let current = facts;
  for (;;) {
    const decision = next(plan, current, now);
    if (decision === undefined) break;
    decisions.push(decision);
    current = decided(current, decision, now);
  }
  return { decisions, facts: current, lookAt: lookAt(plan, current, now) };
}

/** Why a ring or group does not begin, and when the clock ends that. */
export interface Blocker {
  readonly sentence: Sentence;
  readonly until?: number;
}

function next(plan: RingPlan, facts: Facts, now: Date): Decision | undefined {
  if (facts.state !== 'active' && facts.state !== 'done') return undefined;
  const halt = haltOf(plan, facts, now);
  if (halt !== undefined || facts.state === 'done') return halt;
  for (const group of facts.groups) {
    const decision =
      group.phase === 'waiting' ? opened(plan, facts, group, now) : moved(plan, facts, group, now);
    if (decision !== undefined) return decision;
  }
  return isThrough(facts.groups) ? completed(facts) : undefined;
}

function haltOf(plan: RingPlan, facts: Facts, now: Date): Decision | undefined {
  const { release, emergency } = facts;
  if (facts.state === 'done' && release === 'superseded')
    return { what: 'replace', sentence: say('replaced') };
  if (release !== 'current') return { what: 'halt', sentence: say('releaseGone', { standing: release }) };
  if (emergency !== undefined && !emergency.isApproved && emergency.approveBy <= now) {
    const approveBy = emergency.approveBy.toISOString();
    return { what: 'halt', sentence: say('unapproved', { approveBy }) };
  }
  for (const group of facts.groups) {
    if (group.openedAt === undefined) continue;
    const judgement = judgementOf(plan, group, now);
    if (judgement.isBeyondLimit) {
      return { what: 'halt', sentence: haltSentence(plan, facts, group, judgement) };
    }
  }
  return undefined;
}

function haltSentence(plan: RingPlan, facts: Facts, group: GroupFacts, judgement: Judgement): Sentence {
  const { errors, outcomes, sample } = judgement;
  const { failed, fellBack, unhealthy } = group.counts;
  return say('halted', {
    group: nameOf(plan, facts, group),
    errors,
    outcomes,
    percent: percentOf(errors, sample),
    limit: ringOf(plan, group).thresholds.errorPercent,
    needed: sample,
    failed,
    fellBack,
    unhealthy,
    lost: group.silent.lost,
  });
}

function opened(plan: RingPlan, facts: Facts, group: GroupFacts, now: Date): Decision | undefined {
  if (blockerOf(plan, facts, group, now) !== undefined) return undefined;
  const sentence = say('opened', { group: nameOf(plan, facts, group), planned: group.counts.planned });
  return { what: 'open', ring: group.ring, group: group.group, sentence };
}

/** Why a waiting group does not open; undefined when it does. */
export function blockerOf(plan: RingPlan, facts: Facts, group: GroupFacts, now: Date): Blocker | undefined {
  const name = nameOf(plan, facts, group);
  const ring = ringOf(plan, group);
  const before = facts.groups.find((one) => one.ring === group.ring && one.group === group.group - 1);
  if (before !== undefined && !isEnded(before)) return { sentence: say('waitsForGroup', { group: name }) };
  if (before === undefined) {
    const gate = ringBlocker(plan, facts, group, now);
    if (gate !== undefined) return gate;
    const from = facts.baseAt.getTime() + (isEmergency(facts) ? 0 : ring.offsetDays * 24 * hourMs);
    if (now.getTime() < from) {
      const date = new Date(from).toISOString();
      return { sentence: say('waitsForDate', { group: name, date, days: ring.offsetDays }), until: from };
    }
  }
  return isEmergency(facts) || group.counts.planned === 0 ? undefined : officeBlocker(plan, name, now);
}

function officeBlocker(
  { officeHours }: RingPlan,
  group: ReturnType<typeof groupName>,
  now: Date,
): Blocker | undefined {
  if (officeHours === undefined || isOpen([officeHours], now)) return undefined;
  const opening = nextOpening([officeHours], now);
  if (opening === undefined) return { sentence: say('officeNever', { group, days: 400 }) };
  const date = new Date(opening.from).toISOString();
  return { sentence: say('waitsForOffice', { group, date }), until: opening.from };
}

/** The ring before has to be through, and one of its devices to have shown that the release works. */
function ringBlocker(plan: RingPlan, facts: Facts, group: GroupFacts, now: Date): Blocker | undefined {
  const before = predecessorOf(plan, group.ring);
  if (before === undefined) return undefined;
  const groups = facts.groups.filter(({ ring }) => ring === before);
  const params = { group: nameOf(plan, facts, group), ring: plan.rings[before]?.name ?? '' };
  if (!isThrough(groups)) return { sentence: say('waitsForRing', params) };
  const planned = sum(groups, ({ counts }) => counts.planned);
  const isProved = groups.some(({ phase, counts }) => phase === 'skipped' || counts.succeeded > 0);
  if (planned === 0 || isProved) return undefined;
  const deferred = sum(groups, ({ counts }) => counts.deferred);
  const notHeard = sum(groups, (one) => judgementOf(plan, one, now).notHeard);
  return { sentence: say('waitsForEvidence', { ...params, planned, notHeard, deferred }) };
}

/** Index of the ring that has to be through first. */
export function predecessorOf({ rings }: Pick<RingPlan, 'rings'>, ring: number): number | undefined {
  const { afterRing } = rings[ring] ?? {};
  const before = afterRing === undefined ? ring - 1 : rings.findIndex(({ name }) => name === afterRing);
  return before < 0 ? undefined : before;
}

function moved(plan: RingPlan, facts: Facts, group: GroupFacts, now: Date): Decision | undefined {
  if (group.phase !== 'open') return undefined;
  const { ring, group: number, heldAt } = group;
  const judgement = judgementOf(plan, group, now);
  const pass = (code: 'passed' | 'empty' | 'unheard'): Decision => ({
    what: 'pass',
    ring,
    group: number,
    sentence: say(code, figures(plan, facts, group, judgement)),
  });
  switch (judgement.verdict) {
    case 'empty':
      return pass('empty');
    case 'unheard':
      return pass('unheard');
    case 'holds':
      if (heldAt === undefined)
        return {
          what: 'hold',
          ring,
          group: number,
          sentence: say('held', figures(plan, facts, group, judgement)),
        };
      return soakEnd(plan, facts, group, heldAt) <= now.getTime() ? pass('passed') : undefined;
    case 'short':
      if (heldAt === undefined) return undefined;
      return {
        what: 'break',
        ring,
        group: number,
        sentence: say('broken', figures(plan, facts, group, judgement)),
      };
  }
}

/** The numbers of an opened group, for a sentence. */
export function figures(plan: RingPlan, facts: Facts, group: GroupFacts, judgement: Judgement) {
  const { errors, succeeded, outcomes, expected, needed, notHeard, verdict } = judgement;
  return {
    group: nameOf(plan, facts, group),
    errors,
    succeeded,
    outcomes,
    expected,
    needed,
    notHeard,
    percent: percentOf(succeeded, expected),
    wanted: ringOf(plan, group).thresholds.successPercent,
    planned: group.counts.planned,
    deferred: group.counts.deferred,
    pending: group.counts.pending,
    hours: verdict === 'unheard' ? plan.silenceHours : soakHours(plan, facts, group),
  };
}

function completed(facts: Facts): Decision {
  const planned = sum(facts.groups, ({ counts }) => counts.planned);
  const succeeded = sum(facts.groups, ({ counts }) => counts.succeeded);
  const failed = sum(facts.groups, ({ counts }) => counts.failed + counts.fellBack + counts.unhealthy);
  const rest = Math.max(0, planned - succeeded - failed);
  return { what: 'complete', sentence: say('completed', { planned, succeeded, rest }) };
}

function lookAt(plan: RingPlan, facts: Facts, now: Date): Date | undefined {
  if (facts.state !== 'active' && facts.state !== 'done') return undefined;
  const times: number[] = [];
  const { emergency } = facts;
  if (emergency !== undefined && !emergency.isApproved) times.push(emergency.approveBy.getTime());
  for (const group of facts.groups) {
    if (group.phase === 'waiting') {
      const until = blockerOf(plan, facts, group, now)?.until;
      if (until !== undefined) times.push(until);
    }
    if (group.phase === 'open' || group.counts.pending > 0) times.push(now.getTime() + openLookMs);
    if (group.heldAt !== undefined && group.phase === 'open')
      times.push(soakEnd(plan, facts, group, group.heldAt));
  }
  const later = times.filter((time) => time > now.getTime());
  return later.length === 0 ? undefined : new Date(Math.min(...later));
}

export const isEmergency = ({ emergency }: Facts): boolean => emergency !== undefined;

function soakHours(plan: RingPlan, facts: Facts, group: GroupFacts): number {
  const own = ringOf(plan, group).soakHours;
  return isEmergency(facts) ? Math.min(own, plan.emergency?.soakHours ?? own) : own;
}

/** When a group's soak is over. */
export function soakEnd(plan: RingPlan, facts: Facts, group: GroupFacts, heldAt: Date): number {
  return heldAt.getTime() + soakHours(plan, facts, group) * hourMs;
}

export function judgementOf(plan: RingPlan, group: GroupFacts, now: Date): Judgement {
  return judge(group, ringOf(plan, group), plan.silenceHours, now);
}

export function nameOf(plan: RingPlan, facts: Facts, { ring, group }: GroupFacts) {
  const groups = facts.groups.filter((one) => one.ring === ring).length;
  return groupName(plan.rings[ring]?.name ?? String(ring), group, groups);
}

export function ringOf(plan: RingPlan, { ring }: Pick<GroupFacts, 'ring'>): Ring {
  const found = plan.rings[ring];
  if (found === undefined) throw new TypeError(`no ring ${ring} in the plan`);
  return found;
}

const isEnded = ({ phase }: GroupFacts) => phase === 'passed' || phase === 'skipped';
export const isThrough = (groups: readonly GroupFacts[]): boolean => groups.every(isEnded);

export function sum(groups: readonly GroupFacts[], pick: (group: GroupFacts) => number): number {
  return groups.reduce((total, group) => total + pick(group), 0);
}

const percentOf = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.floor((part * 1000) / whole) / 10;
