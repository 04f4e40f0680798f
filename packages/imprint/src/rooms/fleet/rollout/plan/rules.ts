import type { ErrorParams } from '@imprint/protocol';
import { horizonDays, nextOpening, scheduleProblem } from '../calendar/rules.ts';
import type { RingPlan, Schedule } from '../model.ts';

/** One reason why a plan cannot be carried out; `code` is of this part's registry. */
export interface PlanRefusal {
  readonly code:
    | 'FLEET_RING_NAME_TAKEN'
    | 'FLEET_RING_ORDER_INVALID'
    | 'FLEET_RING_SELECTOR_OUTSIDE'
    | 'FLEET_TIME_ZONE_UNKNOWN'
    | 'FLEET_WINDOW_NEVER_OPENS';
  readonly params: ErrorParams;
}

/** Everything that is wrong with a plan of an agency. */
export function planRefusals(plan: RingPlan, agencyPath: string, now: Date): PlanRefusal[] {
  const names = plan.rings.map(({ name }) => name);
  const refusals: PlanRefusal[] = [];
  for (const [index, ring] of plan.rings.entries()) {
    const { name, afterRing, select, installWindows } = ring;
    if (names.indexOf(name) !== index)
      refusals.push({ code: 'FLEET_RING_NAME_TAKEN', params: { ring: name } });
    if (afterRing !== undefined && !names.slice(0, index).includes(afterRing)) {
      refusals.push({ code: 'FLEET_RING_ORDER_INVALID', params: { ring: name, after: afterRing } });
    }
    if ('agencyPath' in select && !select.agencyPath.startsWith(agencyPath)) {
      const params = { ring: name, path: select.agencyPath };
      refusals.push({ code: 'FLEET_RING_SELECTOR_OUTSIDE', params });
    }
    if (installWindows !== undefined)
      refusals.push(...scheduleRefusals(`/rings/${index}/installWindows`, installWindows, now));
  }
  if (plan.officeHours !== undefined)
    refusals.push(...scheduleRefusals('/officeHours', plan.officeHours, now));
  return refusals;
}

function scheduleRefusals(where: string, schedule: Schedule, now: Date): PlanRefusal[] {
  const problem = scheduleProblem(schedule, now);
  if (problem === undefined) return [];
  if (problem === 'zone') {
    return [{ code: 'FLEET_TIME_ZONE_UNKNOWN', params: { where, got: schedule.timeZone } }];
  }
  return [{ code: 'FLEET_WINDOW_NEVER_OPENS', params: { where, days: horizonDays } }];
}

/** What is wrong with windows of an agency below: each ring still has to open where they do. */
export function windowRefusals(plan: RingPlan, windows: Schedule, now: Date): PlanRefusal[] {
  const own = scheduleRefusals('/installWindows', windows, now);
  if (own.length > 0) return own;
  return plan.rings.flatMap(({ installWindows }, index): PlanRefusal[] => {
    const schedules = installWindows === undefined ? [windows] : [installWindows, windows];
    if (nextOpening(schedules, now) !== undefined) return [];
    const where = `/rings/${index}/installWindows`;
    return [{ code: 'FLEET_WINDOW_NEVER_OPENS', params: { where, days: horizonDays } }];
  });
}
