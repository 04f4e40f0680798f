import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ClockRecord, observeClock } from './clock.ts';

const hour = 3_600_000;
const day = 24 * hour;
const start = Date.parse('2026-11-23T12:00:00Z');

/** A device whose true time, wall clock and power are told apart; `look` is what its agent does. */
function device(signedMs = start) {
  let [trueMs, errorMs, bootedMs, boot] = [start, 0, start - hour, 0];
  let record: ClockRecord | undefined;
  const look = (...signed: readonly number[]) => {
    const seen = {
      wallMs: trueMs + errorMs,
      uptimeMs: trueMs - bootedMs,
      bootId: String(boot),
      signedMs: [signedMs, ...signed],
    };
    const sight = observeClock(record, seen);
    record = sight.record;
    return sight;
  };
  look();
  return {
    look,
    trueMs: () => trueMs,
    run: (forMs: number) => {
      trueMs += forMs;
    },
    turnClock: (byMs: number) => {
      errorMs += byMs;
    },
    setRight: () => {
      errorMs = 0;
    },
    sleepOff: (forMs: number) => {
      trueMs += forMs;
      bootedMs = trueMs;
      boot++;
    },
  };
}

describe('the licence clock', () => {
  test('follows a right clock through running and absence', () => {
    const one = device();
    for (const absence of [16 * hour, 3 * day, 31 * day, hour]) {
      one.run(8 * hour);
      one.look();
      one.sleepOff(absence);
      expect(one.look()).toMatchObject({ nowMs: one.trueMs(), isSuspect: false });
    }
  });

  test('a clock turned back is suspect, buys no time, and is forgiven once it is right', () => {
    const one = device();
    one.turnClock(-200 * day);
    expect(one.look()).toMatchObject({ nowMs: start, isSuspect: true });
    one.run(10 * day);
    expect(one.look()).toMatchObject({ nowMs: start + 10 * day, isSuspect: true });
    one.setRight();
    expect(one.look()).toMatchObject({ nowMs: start + 10 * day, isSuspect: false });
  });

  test('a clock that runs a few hours behind is not suspect', () => {
    const one = device();
    one.turnClock(-23 * hour);
    expect(one.look()).toMatchObject({ nowMs: start, isSuspect: false });
  });

  test('a flat battery that says 1970 or 2099 burns nothing', () => {
    for (const wrong of [-start, 26_000 * day]) {
      const one = device();
      one.turnClock(wrong);
      one.sleepOff(8 * hour);
      one.run(hour);
      expect(one.look().nowMs).toBe(start + hour);
      one.setRight();
      expect(one.look()).toMatchObject({ nowMs: start + hour, isSuspect: false });
    }
  });

  test('a jump it wrongly believed is taken back by the corrected clock, or by a newer signed time', () => {
    for (const correct of ['clock', 'signed'] as const) {
      const one = device();
      one.turnClock(20 * day);
      one.sleepOff(hour);
      expect(one.look().nowMs).toBe(start + 20 * day + hour);
      one.run(2 * hour);
      if (correct === 'clock') one.setRight();
      const sight = one.look(...(correct === 'clock' ? [] : [one.trueMs()]));
      expect(sight).toMatchObject({ nowMs: one.trueMs(), isSuspect: false });
    }
  });

  test('a jump it believed stays where the clock is turned back further than that', () => {
    const one = device();
    one.sleepOff(20 * day);
    one.look();
    one.turnClock(-200 * day);
    expect(one.look()).toMatchObject({ nowMs: one.trueMs(), isSuspect: true });
  });

  test('a jump it wrongly believed is still taken back after ordinary nights and a weekend', () => {
    const one = device();
    one.turnClock(20 * day);
    one.sleepOff(hour);
    one.look();
    for (const night of [16 * hour, 16 * hour, 64 * hour]) {
      one.run(8 * hour);
      one.look();
      one.sleepOff(night);
      one.look();
    }
    one.setRight();
    const { nowMs, isSuspect } = one.look();
    expect(isSuspect).toBe(false);
    expect(Math.abs(nowMs - one.trueMs())).toBeLessThan(day);
  });

  test('a clock that jumps to and fro at each boot does not carry it away', () => {
    const one = device();
    for (let boots = 0; boots < 50; boots++) {
      one.run(8 * hour);
      one.setRight();
      one.look();
      one.turnClock(8 * hour);
      one.sleepOff(16 * hour);
      one.look();
    }
    const { nowMs } = one.look();
    expect(nowMs - one.trueMs()).toBeLessThanOrEqual(8 * hour);
  });

  test('starts at the newest signed time where the wall clock is out of reach of it', () => {
    const seen = { uptimeMs: 0, bootId: 'a', signedMs: [start - 400 * day, start] };
    expect(observeClock(undefined, { ...seen, wallMs: start + 90 * day })).toMatchObject({
      nowMs: start,
      isSuspect: false,
    });
    expect(observeClock(undefined, { ...seen, wallMs: start + 30 * day }).nowMs).toBe(start + 30 * day);
    expect(observeClock(undefined, { ...seen, wallMs: 0 })).toMatchObject({ nowMs: start, isSuspect: true });
  });

  test('has only the wall clock before the first signed time, and holds nothing of it against the device', () => {
    const wrong = { wallMs: start + 26_000 * day, uptimeMs: 0, bootId: 'a', signedMs: [] };
    const { record } = observeClock(undefined, wrong);
    expect(observeClock(record, { ...wrong, uptimeMs: hour, signedMs: [start] })).toMatchObject({
      nowMs: start,
      isSuspect: false,
    });
  });
});

const spans = fc.integer({ min: 0, max: 40 * day });
const steps = fc.array(
  fc.oneof(
    fc.record({ act: fc.constant('run' as const), ms: spans }),
    fc.record({ act: fc.constant('off' as const), ms: spans }),
    fc.record({
      act: fc.constant('turn' as const),
      ms: fc.integer({ min: -30_000 * day, max: 30_000 * day }),
    }),
    fc.record({ act: fc.constant('right' as const), ms: fc.constant(0) }),
    fc.record({ act: fc.constant('signed' as const), ms: fc.integer({ min: 0, max: 60 * day }) }),
  ),
  { maxLength: 40 },
);

/** Plays steps on a device and calls back after each look with what was seen before and after. */
function play(
  list: readonly { readonly act: 'run' | 'off' | 'turn' | 'right' | 'signed'; readonly ms: number }[],
  check: (
    now: ReturnType<typeof observeClock>,
    before: ReturnType<typeof observeClock>,
    act: string,
    provenMs: number,
  ) => void,
): void {
  const one = device();
  let before = one.look();
  let proven = start;
  for (const { act, ms } of list) {
    if (act === 'run') one.run(ms);
    if (act === 'off') one.sleepOff(ms);
    if (act === 'turn') one.turnClock(ms);
    if (act === 'right') one.setRight();
    if (act === 'run') proven += ms;
    const signed = act === 'signed' ? [one.trueMs() - ms] : [];
    proven = Math.max(proven, ...signed);
    const now = one.look(...signed);
    check(now, before, act, proven);
    before = now;
  }
}

describe('whatever a person or a battery does to the wall clock', () => {
  test('while the machine runs, the wall clock never carries the licence clock forward', () => {
    fc.assert(
      fc.property(steps, (list) => {
        play(list, (now, before, act) => {
          if (act === 'turn' || act === 'right') expect(now.nowMs).toBeLessThanOrEqual(before.nowMs);
        });
      }),
    );
  });

  test('across an absence it goes forward by 31 days at most, and never past the wall clock', () => {
    fc.assert(
      fc.property(steps, (list) => {
        play(list, (now, before, act) => {
          if (act !== 'off') return;
          expect(now.nowMs - before.nowMs).toBeLessThanOrEqual(31 * day);
          if (now.nowMs > before.nowMs) expect(now.nowMs).toBeLessThanOrEqual(now.record.wallMs);
        });
      }),
    );
  });

  test('it never falls behind signed times and uptime, and goes back by one believed jump at most', () => {
    fc.assert(
      fc.property(steps, (list) => {
        play(list, (now, before, _act, provenMs) => {
          expect(now.nowMs).toBeGreaterThanOrEqual(provenMs);
          if (now.nowMs >= before.nowMs) return;
          expect(before.nowMs - now.nowMs).toBeLessThanOrEqual(before.record.jumpMs);
          expect(now.record.jumpMs).toBe(0);
        });
      }),
    );
  });

  test('it is suspect exactly while it is more than a day behind', () => {
    fc.assert(
      fc.property(steps, (list) => {
        play(list, (now) => {
          expect(now.isSuspect).toBe(now.record.wallMs < now.nowMs - day);
        });
      }),
    );
  });

  test('setting it right clears the state, whatever happened before, as long as no jump was believed twice', () => {
    const once = fc.record({
      wrong: fc.integer({ min: -30_000 * day, max: 30_000 * day }),
      off: fc.nat(31 * day),
      up: fc.nat(30 * day),
    });
    fc.assert(
      fc.property(once, ({ wrong, off, up }) => {
        const one = device();
        one.turnClock(wrong);
        one.look();
        one.sleepOff(off);
        one.look();
        one.run(up);
        one.look();
        one.setRight();
        expect(one.look().isSuspect).toBe(false);
      }),
    );
  });
});
