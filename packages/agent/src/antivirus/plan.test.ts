import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Approval,
  afterStep,
  allSteps,
  currentOf,
  findingOf,
  nextStep,
  type Sight,
  type Situation,
  targetOf,
} from './plan.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const day = 86_400_000;
const off: Sight = {
  isInstalled: false,
  isOn: false,
  hasDefinitions: false,
  isTested: false,
  isProven: false,
};
const on: Sight = { ...off, isInstalled: true, isOn: true };
const later = now + day;

function situationOf(changes: Partial<Situation> = {}): Situation {
  return {
    nowMs: now,
    chosen: 'clamav',
    allowed: new Map<string, Approval>([
      ['clamav', { approvedUntilMs: later, isInImage: true }],
      ['guard', { approvedUntilMs: later, isInImage: false }],
    ]),
    seen: new Map([
      ['clamav', on],
      ['guard', off],
    ]),
    failed: new Set(),
    told: new Set(),
    wasOff: new Set(),
    ...changes,
  };
}

const ways = (situation: Situation) => allSteps(situation).map(({ kind, provider }) => `${kind} ${provider}`);

describe('the way to another provider', () => {
  test('brings the new one on and proves it before the old one is let go', () => {
    expect(ways(situationOf({ directed: 'guard' }))).toEqual([
      'install guard',
      'definitions guard',
      'self-test guard',
      'enable guard',
      'confirm guard',
      'choose guard',
      'disable clamav',
    ]);
  });

  test('and back turns the one of the image on, and takes the other away', () => {
    const seen = new Map([
      ['clamav', { ...off, isInstalled: true }],
      ['guard', on],
    ]);
    expect(ways(situationOf({ chosen: 'guard', directed: 'clamav', seen }))).toEqual([
      'definitions clamav',
      'self-test clamav',
      'enable clamav',
      'confirm clamav',
      'choose clamav',
      'disable guard',
      'remove guard',
    ]);
  });

  test('is not taken where the provider failed: the present one is confirmed, the failed one put away', () => {
    const seen = new Map([
      ['clamav', on],
      ['guard', { ...on, hasDefinitions: true }],
    ]);
    const situation = situationOf({ directed: 'guard', seen, failed: new Set(['guard']) });
    expect(ways(situation)).toEqual([
      'definitions clamav',
      'confirm clamav',
      'disable guard',
      'remove guard',
    ]);
  });
});

describe('a directive', () => {
  const expired = new Map(situationOf().allowed).set('guard', { approvedUntilMs: now, isInImage: false });

  test('outside the approved release is refused, whatever is installed', () => {
    const seen = new Map(situationOf().seen).set('other', on);
    const situation = situationOf({ directed: 'other', seen });
    expect(targetOf(situation)).toBe('clamav');
    expect(findingOf(situation)).toEqual({ code: 'AGENT_ANTIVIRUS_NOT_ALLOWED', provider: 'other' });
    expect(ways(situation)).not.toContain('enable other');
  });

  test('for a provider whose approval has ended is refused as a new choice', () => {
    const situation = situationOf({ directed: 'guard', allowed: expired });
    expect(findingOf(situation)).toMatchObject({ code: 'AGENT_ANTIVIRUS_APPROVAL_EXPIRED' });
    expect(ways(situation)).toEqual(['definitions clamav', 'confirm clamav']);
  });

  test('for the one that runs is kept after its approval has ended, and that is said', () => {
    const seen = new Map([
      ['clamav', { ...off, isInstalled: true }],
      ['guard', on],
    ]);
    const situation = situationOf({ chosen: 'guard', directed: 'guard', allowed: expired, seen });
    expect(findingOf(situation)).toMatchObject({ code: 'AGENT_ANTIVIRUS_APPROVAL_ENDED' });
    expect(ways(situation)).toEqual(['definitions guard', 'confirm guard']);
  });

  test('that is absent leaves what runs, also one that the newest release no longer lists', () => {
    const allowed = new Map([['clamav', { approvedUntilMs: later, isInImage: true }]]);
    const seen = new Map([
      ['clamav', { ...off, isInstalled: true }],
      ['guard', on],
    ]);
    expect(targetOf(situationOf({ chosen: 'guard', allowed, seen }))).toBe('guard');
  });
});

describe('two providers on', () => {
  const both = new Map([
    ['clamav', on],
    ['guard', on],
  ]);

  test('is told where nobody was changing, and the other one is turned off', () => {
    const situation = situationOf({ seen: both });
    expect(findingOf(situation)).toMatchObject({ code: 'AGENT_ANTIVIRUS_TWO_ON', other: 'guard' });
    expect(ways(situation)).toContain('disable guard');
  });

  test('is no finding on the way from one to the other, nor just after', () => {
    expect(findingOf(situationOf({ seen: both, directed: 'guard' }))).toBeUndefined();
    const after = situationOf({ seen: both, directed: 'guard', chosen: 'guard', previous: 'clamav' });
    expect(findingOf(after)).toBeUndefined();
    expect(ways(after)).toContain('disable clamav');
  });

  test('by one that was off and turned itself on again is told as that', () => {
    const situation = situationOf({ seen: both, wasOff: new Set(['guard']) });
    expect(findingOf(situation)).toMatchObject({ code: 'AGENT_ANTIVIRUS_REENABLED', other: 'guard' });
  });

  test('stays a finding where the other one was told to turn off and did not, and is not told again', () => {
    const situation = situationOf({ seen: both, told: new Set(['guard']) });
    expect(findingOf(situation)).toMatchObject({ code: 'AGENT_ANTIVIRUS_TWO_ON', other: 'guard' });
    expect(ways(situation)).toEqual(['definitions clamav', 'confirm clamav']);
  });
});

const names = ['clamav', 'guard', 'shield'] as const;
const sight = fc.record({
  isInstalled: fc.boolean(),
  isOn: fc.boolean(),
  hasDefinitions: fc.constant(false),
  isTested: fc.constant(false),
  isProven: fc.constant(false),
});
const maybeName = fc.option(fc.constantFrom<string>(...names, 'stranger'), { nil: undefined });
const situations: fc.Arbitrary<Situation> = fc
  .record({
    directed: maybeName,
    chosen: fc.option(fc.constantFrom<string>(...names), { nil: undefined }),
    allowed: fc.array(
      fc.tuple(
        fc.constantFrom<string>(...names),
        fc.record({ approvedUntilMs: fc.constantFrom(now - day, now, later), isInImage: fc.boolean() }),
      ),
      { maxLength: 3 },
    ),
    seen: fc.tuple(sight, sight, sight),
  })
  .map(({ directed, chosen, allowed, seen }) =>
    situationOf({
      directed,
      chosen,
      allowed: new Map(allowed),
      seen: new Map(names.map((name, index) => [name, seen[index] ?? off] as const)),
    }),
  );

const protecting = ({ seen }: Situation): number => [...seen.values()].filter(({ isOn }) => isOn).length;

describe('for any situation', () => {
  test('nothing is turned off or taken away except beside another one that was proven', () => {
    fc.assert(
      fc.property(situations, (start) => {
        let situation = start;
        for (const step of allSteps(start)) {
          const isAway = step.kind === 'disable' || step.kind === 'remove';
          const proven = [...situation.seen]
            .filter(([, one]) => one.isOn && one.isProven)
            .map(([name]) => name);
          if (isAway) expect(proven.filter((name) => name !== step.provider)).not.toEqual([]);
          situation = afterStep(situation, step);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('steps that fail at will, and kills that forget what was tested, never leave fewer than one protecting', () => {
    const fates = fc.array(fc.constantFrom('done', 'failed', 'done and killed', 'killed'), { maxLength: 40 });
    fc.assert(
      fc.property(situations, fates, (start, all) => {
        let situation = start;
        for (const fate of all) {
          const step = nextStep(situation);
          if (step.kind === 'rest') break;
          const before = protecting(situation);
          if (fate.startsWith('done')) situation = afterStep(situation, step);
          else if (fate === 'failed' && step.kind !== 'disable' && step.kind !== 'remove')
            situation = { ...situation, failed: new Set([...situation.failed, step.provider]) };
          if (fate.endsWith('killed')) {
            const seen = [...situation.seen].map(
              ([name, { isInstalled, isOn }]) => [name, { ...off, isInstalled, isOn }] as const,
            );
            situation = { ...situation, seen: new Map(seen), failed: new Set(), told: new Set() };
          }
          if (before > 0) expect(protecting(situation)).toBeGreaterThan(0);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('what the approved release does not allow now is never installed, enabled or chosen anew', () => {
    fc.assert(
      fc.property(situations, (start) => {
        const current = currentOf(start);
        for (const { kind, provider } of allSteps(start)) {
          if (!['install', 'enable', 'choose'].includes(kind) || provider === current) continue;
          expect(start.allowed.get(provider)?.approvedUntilMs ?? 0).toBeGreaterThan(now);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('steps that all succeed end, with at most one protecting beside which nothing is left to do', () => {
    fc.assert(
      fc.property(situations, (start) => {
        const steps = allSteps(start);
        expect(steps.length).toBeLessThan(20);
        const end = steps.reduce(afterStep, start);
        expect(nextStep(end)).toEqual({ kind: 'rest' });
        const target = targetOf(end);
        if (target !== undefined && end.seen.get(target)?.isProven === true) expect(protecting(end)).toBe(1);
      }),
      { numRuns: 2_000 },
    );
  });
});
