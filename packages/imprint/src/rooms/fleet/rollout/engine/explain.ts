import { horizonDays, nextOpening } from '../calendar/rules.ts';
import type { RingPlan, Sentence } from '../model.ts';
import type { Facts } from './facts.ts';
import { blockerOf, figures, isThrough, judgementOf, soakEnd, sum } from './rules.ts';
import { say } from './sentences.ts';

/** Says of every ring where it stands and what it waits for, as of now. */
export function explain(plan: RingPlan, facts: Facts, now: Date): Sentence[] {
  const said: Sentence[] = [];
  if (facts.state !== 'active' && facts.state !== 'done') said.push(say('stands', { state: facts.state }));
  for (const [index, ring] of plan.rings.entries()) {
    const groups = facts.groups.filter((group) => group.ring === index);
    if (sum(groups, ({ counts }) => counts.planned) === 0) {
      said.push(say('ringEmpty', { ring: ring.name }));
      continue;
    }
    if (!isThrough(groups) && ring.installWindows !== undefined) {
      const opening = nextOpening([ring.installWindows], now);
      const params = { ring: ring.name, days: horizonDays, cap: plan.deferralCapDays };
      if (opening === undefined) said.push(say('windowNever', params));
    }
    for (const group of groups) {
      if (group.phase === 'waiting') {
        const blocker = blockerOf(plan, facts, group, now);
        if (blocker !== undefined) said.push(blocker.sentence);
        break;
      }
      if (group.phase !== 'open') continue;
      const params = figures(plan, facts, group, judgementOf(plan, group, now));
      const { heldAt } = group;
      if (heldAt === undefined) said.push(say('runs', params));
      else {
        const date = new Date(soakEnd(plan, facts, group, heldAt)).toISOString();
        said.push(say('soaks', { ...params, date }));
      }
    }
  }
  return said;
}
