import { nextOpening } from '../calendar/rules.ts';
import { explain } from '../engine/explain.ts';
import { type Facts, type GroupFacts, noCounts } from '../engine/facts.ts';
import { advance, ringOf, sum } from '../engine/rules.ts';
import type { RingPlan, Sentence, SimulatedDay, Simulation } from '../model.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A simulation ends after this many days, whatever it still waits for. */
export const mostDays = 366;

/** What is assumed of devices; nobody knows how a fleet will really behave. */
export interface Assumptions {
  /** Devices by ring and group. */
  readonly planned: readonly (readonly number[])[];
  /** Share of devices that stay away, 0 to 1. */
  readonly offlineShare: number;
  readonly failurePercent: number;
  readonly answerHours: number;
}

/** Plays a rollout through with the engine that decides a real one, hour by hour; returns the days on which something changes. */
export function simulate(
  plan: RingPlan,
  assumed: Assumptions,
  baseAt: Date,
): Pick<Simulation, 'days' | 'state' | 'explanation'> {
  let facts = initialFacts(assumed.planned, baseAt);
  const days: SimulatedDay[] = [];
  let at = baseAt;
  const answers = new Map<string, number>();
  for (let hour = 0; hour <= mostDays * 24 && facts.state === 'active'; hour += 1) {
    at = new Date(baseAt.getTime() + hour * hourMs);
    const groups = facts.groups.map((group) => answered(plan, assumed, group, at, answers));
    const step = advance(plan, { ...facts, groups }, at);
    facts = step.facts;
    note(
      days,
      facts,
      at,
      step.decisions.map(({ sentence }) => sentence),
    );
  }
  return { days, state: facts.state, explanation: facts.state === 'done' ? [] : explain(plan, facts, at) };
}

function initialFacts(planned: Assumptions['planned'], baseAt: Date): Facts {
  return {
    state: 'active',
    baseAt,
    release: 'current',
    groups: planned.flatMap((counts, ring) =>
      counts.map(
        (count, group): GroupFacts => ({
          ring,
          group,
          phase: 'waiting',
          counts: { ...noCounts, planned: count },
          silent: { quiet: 0, lost: 0 },
          forgiven: 0,
        }),
      ),
    ),
  };
}

/** The group once the devices that are there have said what they will have said by then. */
function answered(
  plan: RingPlan,
  { offlineShare, failurePercent, answerHours }: Assumptions,
  group: GroupFacts,
  at: Date,
  answers: Map<string, number>,
): GroupFacts {
  const { openedAt, counts } = group;
  if (openedAt === undefined) return group;
  const present = counts.planned - Math.round(counts.planned * offlineShare);
  const key = `${group.ring} ${group.group}`;
  const answerAt = answers.get(key) ?? installAt(plan, group, openedAt) + answerHours * hourMs;
  answers.set(key, answerAt);
  if (at.getTime() < answerAt) return { ...group, counts: { ...counts, pending: present } };
  const failed = Math.round((present * failurePercent) / 100);
  return { ...group, counts: { ...counts, pending: 0, failed, succeeded: present - failed } };
}

/** When a group's devices install: in their ring's next window, at the latest at their deadline. */
function installAt(plan: RingPlan, group: GroupFacts, openedAt: Date): number {
  const { installWindows } = ringOf(plan, group);
  const deadline = openedAt.getTime() + plan.deferralCapDays * dayMs;
  const opening = installWindows === undefined ? undefined : nextOpening([installWindows], openedAt);
  if (installWindows === undefined) return openedAt.getTime();
  return Math.min(deadline, Math.max(openedAt.getTime(), opening?.from ?? deadline));
}

function note(days: SimulatedDay[], facts: Facts, at: Date, decisions: readonly Sentence[]): void {
  const day = at.toISOString().slice(0, 10);
  const open = facts.groups.filter(({ openedAt }) => openedAt !== undefined);
  const figures = {
    offered: sum(open, ({ counts }) => counts.planned),
    succeeded: sum(open, ({ counts }) => counts.succeeded),
    failed: sum(open, ({ counts }) => counts.failed),
  };
  const last = days.at(-1);
  if (last?.day === day) {
    days[days.length - 1] = { day, ...figures, decisions: [...last.decisions, ...decisions] };
    return;
  }
  const isNews =
    decisions.length > 0 || last?.succeeded !== figures.succeeded || last.failed !== figures.failed;
  if (isNews) days.push({ day, ...figures, decisions: [...decisions] });
}
