import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { GroupCounts, Ring, RingPlan } from '../model.ts';
import { explain } from './explain.ts';
import { type Facts, type GroupFacts, noCounts } from './facts.ts';
import { failuresOf } from './judgement.ts';
import { advance, predecessorOf } from './rules.ts';

const hourMs = 3_600_000;
const base = new Date('2026-03-02T08:00:00Z');
const at = (hours: number) => new Date(base.getTime() + hours * hourMs);

const ringOf = (name: string, more: Partial<Ring> = {}): Ring => ({
  name,
  select: { percentOfRest: 100 },
  offsetDays: 0,
  thresholds: { successPercent: 90, errorPercent: 20, minimumSample: 3 },
  soakHours: 24,
  ...more,
});
const planOf = (rings: Ring[], more: Partial<RingPlan> = {}): RingPlan => ({
  rings,
  silenceHours: 48,
  deferralCapDays: 14,
  ...more,
});
const counts = (planned: number, more: Partial<GroupCounts> = {}): GroupCounts => ({
  ...noCounts,
  planned,
  ...more,
});
const groupOf = (
  ring: number,
  group: number,
  planned: number,
  more: Partial<GroupFacts> = {},
): GroupFacts => ({
  ring,
  group,
  phase: 'waiting',
  counts: counts(planned),
  silent: { quiet: 0, lost: 0 },
  forgiven: 0,
  ...more,
});
const factsOf = (groups: GroupFacts[], more: Partial<Facts> = {}): Facts => ({
  state: 'active',
  baseAt: base,
  release: 'current',
  groups,
  ...more,
});
const whats = (decisions: readonly { what: string }[]) => decisions.map(({ what }) => what);
const open = (ring: number, group: number, count: GroupCounts, more: Partial<GroupFacts> = {}) =>
  groupOf(ring, group, count.planned, { phase: 'open', openedAt: base, counts: count, ...more });

describe('a ring', () => {
  const plan = planOf([ringOf('canary'), ringOf('rest', { offsetDays: 7 })]);

  it('opens at the base date, soaks once its thresholds hold, and lets the next begin at its date', () => {
    const first = advance(plan, factsOf([groupOf(0, 0, 10), groupOf(1, 0, 90)]), base);
    expect(whats(first.decisions)).toEqual(['open']);
    const good = factsOf([open(0, 0, counts(10, { succeeded: 9, pending: 1 })), groupOf(1, 0, 90)]);
    const held = advance(plan, good, at(5));
    expect(whats(held.decisions)).toEqual(['hold']);
    expect(held.decisions[0]?.sentence.en).toBe(
      'ring canary: 9 of 10 expected devices run the release and are healthy (90 %, wanted 90 %), 0 failed, 0 not heard; it soaks for 24 h',
    );
    expect(whats(advance(plan, held.facts, at(28)).decisions)).toEqual([]);
    const passed = advance(plan, held.facts, at(29));
    expect(whats(passed.decisions)).toEqual(['pass']);
    expect(passed.lookAt).toEqual(at(29.25));
    expect(explain(plan, passed.facts, at(29)).map(({ code }) => code)).toEqual(['waitsForDate']);
    expect(whats(advance(plan, passed.facts, at(7 * 24)).decisions)).toEqual(['open']);
  });

  it('soaks anew when its thresholds cease to hold', () => {
    const soaking = open(0, 0, counts(10, { succeeded: 8, pending: 2 }), { heldAt: at(1) });
    const { decisions, facts } = advance(plan, factsOf([soaking, groupOf(1, 0, 90)]), at(2));
    expect(whats(decisions)).toEqual(['break']);
    expect(facts.groups[0]?.heldAt).toBeUndefined();
  });

  it('halts on devices that fell back or are unhealthy after start, and says so with its numbers', () => {
    const two = open(0, 0, counts(20, { succeeded: 6, pending: 12, fellBack: 1, unhealthy: 1 }));
    const { decisions, facts } = advance(plan, factsOf([two, groupOf(1, 0, 90)]), at(2));
    expect(whats(decisions)).toEqual(['halt']);
    expect(facts.state).toBe('halted');
    expect(decisions[0]?.sentence.en).toBe(
      'halted: in ring canary 2 of 8 devices failed (25 %, the limit is 20 % of at least 8): 0 while installing, 1 fell back, 1 unhealthy after start, 0 silent since they began to install',
    );
    expect(decisions[0]?.sentence['zh-CN']).toContain('回退 1 台，启动后不健康 1 台');
  });

  it('halts at the limit, not only beyond it', () => {
    const group = (failed: number) => open(0, 0, counts(20, { failed, succeeded: 10 - failed, pending: 10 }));
    expect(whats(advance(plan, factsOf([group(1), groupOf(1, 0, 90)]), at(1)).decisions)).toEqual([]);
    expect(whats(advance(plan, factsOf([group(2), groupOf(1, 0, 90)]), at(1)).decisions)).toEqual(['halt']);
  });

  it('halts before the sample is full when the rest of it cannot help any more', () => {
    const one = open(0, 0, counts(20, { failed: 1, pending: 19 }));
    expect(whats(advance(plan, factsOf([one, groupOf(1, 0, 90)]), at(1)).decisions)).toEqual(['halt']);
    const wide = planOf([
      ringOf('canary', { thresholds: { successPercent: 90, errorPercent: 20, minimumSample: 10 } }),
    ]);
    expect(whats(advance(wide, factsOf([one]), at(1)).decisions)).toEqual([]);
  });

  it('counts devices that went silent while installing as failed', () => {
    const silent = open(0, 0, counts(10, { pending: 10 }), { silent: { quiet: 4, lost: 2 } });
    const { decisions } = advance(plan, factsOf([silent, groupOf(1, 0, 90)]), at(72));
    expect(whats(decisions)).toEqual(['halt']);
    expect(decisions[0]?.sentence.en).toContain('2 silent since they began to install');
  });

  it('that nobody answered in is passed over and is no evidence for the next', () => {
    const away = factsOf([open(0, 0, counts(5)), groupOf(1, 0, 90)]);
    expect(whats(advance(plan, away, at(47)).decisions)).toEqual([]);
    const { decisions, facts } = advance(plan, away, at(24 * 8));
    expect(whats(decisions)).toEqual(['pass']);
    expect(explain(plan, facts, at(24 * 8)).at(-1)?.en).toBe(
      'ring rest waits: none of the 5 devices of ring canary has shown that the release works (5 not heard, 0 deferred); skip it with a reason, or wait until one answers',
    );
    const late = {
      ...facts,
      groups: [
        { ...away.groups[0], phase: 'passed', counts: counts(5, { succeeded: 1 }) } as GroupFacts,
        groupOf(1, 0, 90),
      ],
    };
    expect(whats(advance(plan, late, at(24 * 8)).decisions)).toEqual(['open']);
    const skipped = {
      ...facts,
      groups: [{ ...away.groups[0], phase: 'skipped' } as GroupFacts, groupOf(1, 0, 90)],
    };
    expect(whats(advance(plan, skipped, at(24 * 8)).decisions)).toEqual(['open']);
  });

  it('without devices is through at once, and explained', () => {
    const facts = factsOf([groupOf(0, 0, 0), groupOf(1, 0, 3)]);
    expect(whats(advance(plan, facts, at(24 * 7)).decisions)).toEqual(['open', 'pass', 'open']);
    expect(explain(plan, facts, base)[0]?.en).toBe('ring canary has no devices');
  });

  it('waits for office hours, and says so when they never come', () => {
    const hours = { timeZone: 'UTC', weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: '09:00', to: '17:00' }] };
    const office = planOf([ringOf('all')], { officeHours: hours });
    const early = advance(office, factsOf([groupOf(0, 0, 3)]), base);
    expect(early).toMatchObject({ decisions: [], lookAt: at(1) });
    expect(whats(advance(office, early.facts, at(1)).decisions)).toEqual(['open']);
    const holidays = Array.from({ length: 420 }, (_, day) =>
      at(24 * (day - 5))
        .toISOString()
        .slice(0, 10),
    );
    const never = planOf([ringOf('all')], { officeHours: { ...hours, holidays } });
    const hung = advance(never, factsOf([groupOf(0, 0, 3)]), base);
    expect(hung).toMatchObject({ decisions: [], lookAt: undefined });
    expect(explain(never, hung.facts, base)[0]?.code).toBe('officeNever');
  });

  it('whose window never opens is explained', () => {
    const holidays = Array.from({ length: 420 }, (_, day) =>
      at(24 * (day - 5))
        .toISOString()
        .slice(0, 10),
    );
    const installWindows = { timeZone: 'UTC', weekly: [{ days: [1], from: '09:00', to: '17:00' }], holidays };
    const said = explain(planOf([ringOf('all', { installWindows })]), factsOf([groupOf(0, 0, 3)]), base);
    expect(said[0]?.en).toBe(
      'ring all: its installation window does not open in the next 400 days; devices install at their deadline, 14 days after their group opens',
    );
  });
});

describe('a release', () => {
  const plan = planOf([ringOf('all')]);
  const running = [open(0, 0, counts(3, { pending: 3 }))];

  it.each(['superseded', 'withdrawn', 'refused', 'expired', 'unknown'] as const)(
    'that is %s halts it',
    (release) => {
      const { decisions } = advance(plan, factsOf(running, { release }), at(1));
      expect(whats(decisions)).toEqual(['halt']);
      expect(decisions[0]?.sentence.en).toContain(release);
    },
  );

  it('that a newer one follows ends a rollout that is done', () => {
    const facts = factsOf(running, { state: 'done', release: 'superseded' });
    expect(advance(plan, facts, at(1)).facts.state).toBe('replaced');
  });

  it('in the emergency lane waits for no date, soaks shorter, and halts without an approval in time', () => {
    const lane = planOf([ringOf('all', { offsetDays: 30 })], {
      emergency: { soakHours: 1, deferralCapDays: 1, approveWithinHours: 8 },
    });
    const emergency = { approveBy: at(8), isApproved: false };
    const begun = advance(lane, factsOf([groupOf(0, 0, 3)], { emergency }), base);
    expect(whats(begun.decisions)).toEqual(['open']);
    const good = factsOf([open(0, 0, counts(3, { succeeded: 3 }), { heldAt: at(1) })], { emergency });
    expect(whats(advance(lane, good, at(2)).decisions)).toEqual(['pass', 'complete']);
    const late = advance(lane, begun.facts, at(8));
    expect(late.decisions[0]?.sentence.code).toBe('unapproved');
    const approved = { ...begun.facts, emergency: { ...emergency, isApproved: true } };
    expect(advance(lane, approved, at(8)).decisions).toEqual([]);
  });
});

/** A fleet that behaves by chance, walked through a plan hour by hour. */
interface Story {
  readonly plan: RingPlan;
  readonly sizes: readonly (readonly number[])[];
  readonly tosses: readonly number[];
}
const thresholds = fc.record({
  successPercent: fc.integer({ min: 1, max: 100 }),
  errorPercent: fc.integer({ min: 1, max: 100 }),
  minimumSample: fc.integer({ min: 1, max: 12 }),
});
const story: fc.Arbitrary<Story> = fc
  .array(
    fc.record({
      thresholds,
      soakHours: fc.nat(16),
      offsetDays: fc.nat(2),
      groups: fc.array(fc.nat(8), { minLength: 1, maxLength: 3 }),
      after: fc.nat(5),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .chain((rings) =>
    fc.record({
      plan: fc.constant(
        planOf(
          rings.map(({ after, groups: _groups, ...ring }, index) =>
            ringOf(`r${index}`, { ...ring, ...(after < index ? { afterRing: `r${after}` } : {}) }),
          ),
          { silenceHours: 12 },
        ),
      ),
      sizes: fc.constant(rings.map(({ groups }) => groups)),
      tosses: fc.array(fc.nat(99), { minLength: 200, maxLength: 200 }),
    }),
  );

const kinds = ['succeeded', 'failed', 'fellBack', 'unhealthy', 'pending', 'deferred'] as const;
type Kind = (typeof kinds)[number] | 'away';

/** Lets one device of a group that has not said anything yet, or is under way, say something. */
function spoken(group: GroupFacts, kind: Kind): GroupFacts {
  if (kind === 'away' || group.openedAt === undefined) return group;
  const { planned, ...seen } = group.counts;
  const isNew = Object.values(seen).reduce((all, one) => all + one, 0) < planned;
  if (isNew) return { ...group, counts: { ...group.counts, [kind]: group.counts[kind] + 1 } };
  if (group.counts.pending === 0 || kind === 'pending' || kind === 'deferred') return group;
  const moved = { pending: group.counts.pending - 1, [kind]: group.counts[kind] + 1 };
  return { ...group, counts: { ...group.counts, ...moved } };
}

function walk(
  { plan, sizes, tosses }: Story,
  kindOf: (toss: number) => Kind,
  look: (before: Facts, after: ReturnType<typeof advance>, now: Date) => void,
): Facts {
  const groups = sizes.flatMap((ring, index) => ring.map((planned, group) => groupOf(index, group, planned)));
  let facts = factsOf(groups);
  for (let hour = 0; hour < 24 * 8; hour += 1) {
    const now = at(hour);
    const spokenTo = facts.groups.map((group, index) =>
      spoken(group, kindOf(tosses[(hour * 7 + index) % tosses.length] as number)),
    );
    const before = { ...facts, groups: spokenTo };
    const after = advance(plan, before, now);
    look(before, after, now);
    facts = after.facts;
  }
  return facts;
}
const mixed = (toss: number): Kind =>
  toss < 60 ? 'succeeded' : toss < 80 ? 'away' : (kinds[toss % kinds.length] as Kind);

describe('whatever a fleet does', () => {
  it('nothing is decided twice, and every sentence has both languages and all its numbers', () => {
    fc.assert(
      fc.property(story, (one) => {
        walk(one, mixed, (_before, { decisions, facts }, now) => {
          expect(advance(one.plan, facts, now).decisions).toEqual([]);
          for (const { sentence } of [
            ...decisions,
            ...explain(one.plan, facts, now).map((s) => ({ sentence: s })),
          ]) {
            expect(`${sentence.en}${sentence['zh-CN']}`).not.toMatch(/[{}]|undefined|NaN/);
          }
        });
      }),
      { numRuns: 25 },
    );
  });

  it('no ring begins before the one it follows is through, soaked and proved, and its date has come', () => {
    fc.assert(
      fc.property(story, (one) => {
        walk(one, mixed, (before, { decisions, facts }, now) => {
          for (const decision of decisions) {
            if (decision.what === 'pass') {
              const group = facts.groups.find(
                ({ ring, group: g }) => ring === decision.ring && g === decision.group,
              );
              const ring = one.plan.rings[decision.ring] as Ring;
              if (group?.heldAt === undefined) continue;
              expect(now.getTime() - group.heldAt.getTime()).toBeGreaterThanOrEqual(ring.soakHours * hourMs);
              expect(group.counts.succeeded).toBeGreaterThan(0);
            }
            if (decision.what !== 'open' || decision.group !== 0) continue;
            const ring = one.plan.rings[decision.ring] as Ring;
            expect(now.getTime()).toBeGreaterThanOrEqual(base.getTime() + ring.offsetDays * 24 * hourMs);
            const previous = predecessorOf(one.plan, decision.ring);
            const follows = facts.groups.filter((group) => group.ring === previous);
            expect(follows.filter(({ phase }) => phase !== 'passed')).toEqual([]);
            const planned = follows.reduce((all, group) => all + group.counts.planned, 0);
            if (planned > 0) expect(follows.some((group) => group.counts.succeeded > 0)).toBe(true);
          }
          expect(before.groups.length).toBe(facts.groups.length);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('a group whose failures reach the limit always halts it, and a halted one opens nothing more', () => {
    fc.assert(
      fc.property(story, (one) => {
        walk(one, mixed, (before, { decisions, facts }) => {
          if (before.state === 'halted') expect(decisions).toEqual([]);
          if (facts.state === 'halted') return;
          for (const group of facts.groups) {
            const failed = failuresOf(group);
            const outcomes = failed + group.counts.succeeded;
            const { errorPercent, minimumSample } = (one.plan.rings[group.ring] as Ring).thresholds;
            const isJudged = outcomes >= Math.min(minimumSample, group.counts.planned);
            if (failed > 0 && isJudged) expect((failed * 100) / outcomes).toBeLessThan(errorPercent);
          }
        });
      }),
      { numRuns: 60 },
    );
  });

  it('devices that are away never hold it up, once one of each ring has answered', () => {
    fc.assert(
      fc.property(story, (one) => {
        const { sizes } = one;
        // The first device of a group answers, everybody else stays away for ever.
        const groups = sizes.flatMap((ring, index) =>
          ring.map((planned, group) => groupOf(index, group, planned)),
        );
        let facts = factsOf(groups);
        for (let hour = 0; hour < 24 * 40 && facts.state === 'active'; hour += 1) {
          const answered = facts.groups.map((group) =>
            group.phase === 'open' && group.counts.planned > 0
              ? { ...group, counts: counts(group.counts.planned, { succeeded: 1 }) }
              : group,
          );
          facts = advance(one.plan, { ...facts, groups: answered }, at(hour)).facts;
        }
        expect(facts.state).toBe('done');
      }),
      { numRuns: 60 },
    );
  });

  it('unknown is not success: devices that say nothing of their health open no further ring', () => {
    fc.assert(
      fc.property(story, (one) => {
        const facts = walk(
          one,
          () => 'pending',
          () => undefined,
        );
        const first = one.sizes.findIndex((sizes) => sizes.some((size) => size > 0));
        for (const group of facts.groups) {
          const before = predecessorOf(one.plan, group.ring);
          if (before === first && group.counts.planned > 0) expect(group.phase).toBe('waiting');
        }
      }),
      { numRuns: 40 },
    );
  });
});
