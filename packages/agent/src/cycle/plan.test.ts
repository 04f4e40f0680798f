import { describe, expect, test } from 'vitest';
import { type CycleState, nextStep, type Step } from './plan.ts';

const fresh: CycleState = {
  isEnrolled: false,
  hasToken: true,
  isReleaseChecked: false,
  isLicenceKept: false,
  isObserved: false,
  isReported: false,
  isVerificationDue: false,
  isSettling: false,
};

/** What each step leaves behind when it succeeds. */
const effects: Record<Exclude<Step['kind'], 'sleep'>, (state: CycleState) => CycleState> = {
  'set-up': (state) => ({ ...state, setUp: 'done' }),
  enrol: (state) => ({ ...state, isEnrolled: true }),
  refresh: (state) => ({ ...state, isReleaseChecked: true, isVerificationDue: true }),
  license: (state) => ({ ...state, isLicenceKept: true }),
  observe: (state) => ({ ...state, isObserved: true }),
  report: (state) => ({ ...state, isReported: true }),
  settle: (state) => ({ ...state, isSettling: false, isObserved: false, isReported: false }),
  verify: (state) => ({ ...state, isVerificationDue: false, isObserved: false, isReported: false }),
};

function stepsFrom(state: CycleState): string[] {
  const step = nextStep(state);
  return step.kind === 'sleep' ? ['sleep'] : [step.kind, ...stepsFrom(effects[step.kind](state))];
}

describe('the plan of a cycle', () => {
  test('takes a new device from enrolment to a report of its verified core', () => {
    expect(stepsFrom(fresh)).toEqual([
      'enrol',
      'refresh',
      'license',
      'observe',
      'report',
      'verify',
      'observe',
      'report',
      'sleep',
    ]);
  });

  const reported: CycleState = {
    ...fresh,
    isEnrolled: true,
    isReleaseChecked: true,
    isLicenceKept: true,
    isObserved: true,
    isReported: true,
    isSettling: true,
  };
  test('gives what is still starting one more look, after the verification', () => {
    expect(stepsFrom({ ...reported, isVerificationDue: true })).toEqual([
      'verify',
      'settle',
      'observe',
      'report',
      'sleep',
    ]);
    expect(stepsFrom({ ...reported, isVerificationDue: false })).toEqual([
      'settle',
      'observe',
      'report',
      'sleep',
    ]);
  });

  test('waits where there is neither enrolment nor token', () => {
    const waiting = { ...fresh, hasToken: false };
    expect(stepsFrom(waiting)).toEqual(['license', 'sleep']);
    expect(nextStep({ ...waiting, isLicenceKept: true })).toEqual({ kind: 'sleep', isEnrolled: false });
  });

  const enrolled: CycleState = { ...fresh, isEnrolled: true };
  const checked: CycleState = { ...enrolled, isReleaseChecked: true, isLicenceKept: true };
  const rows: [string, CycleState, Step['kind']][] = [
    ['never enrols twice', enrolled, 'refresh'],
    ['sees to its licence after the channel', { ...enrolled, isReleaseChecked: true }, 'license'],
    ['looks at the device after that', checked, 'observe'],
    ['reports what it saw', { ...checked, isObserved: true }, 'report'],
    [
      'reports before the long verification',
      { ...checked, isObserved: true, isVerificationDue: true },
      'report',
    ],
    [
      'verifies when due',
      { ...checked, isObserved: true, isReported: true, isVerificationDue: true },
      'verify',
    ],
    [
      'sleeps where the last verification is fresh',
      { ...checked, isObserved: true, isReported: true, isVerificationDue: false },
      'sleep',
    ],
    [
      'sleeps where nothing signed says what to verify against',
      { ...checked, isObserved: true, isReported: true },
      'sleep',
    ],
  ];
  test.each(rows)('%s', (_what, state, kind) => {
    expect(nextStep(state).kind).toBe(kind);
  });
});
