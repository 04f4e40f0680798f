import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodReport } from '../../../test/support/test-device.ts';
import { foldReport, secondsUnderLoad, secondsUntilRoom, unfoldReport } from './check-in-rules.ts';
import { limitsFor } from './rules.ts';

describe('the interval a server directs', () => {
  it('is the usual one until a quarter of the queue is full', () => {
    expect([0, 100, 250].map((waiting) => secondsUnderLoad(900, waiting, 1000))).toEqual([900, 900, 900]);
  });

  it('never falls as the queue fills, and never makes an obeying device look silent', () => {
    const cases = [fc.integer({ min: 1, max: 86_400 }), fc.nat(5000), fc.nat(5000)] as const;
    fc.assert(
      fc.property(...cases, (usual, a, b) => {
        const [less = 0, more = 0] = [a, b].sort((x, y) => x - y);
        const [calm, busy] = [less, more].map((waiting) => secondsUnderLoad(usual, waiting, 4000));
        expect(busy).toBeGreaterThanOrEqual(calm as number);
        expect(calm).toBeGreaterThanOrEqual(usual);
        expect(busy).toBeLessThan(limitsFor(usual).silenceSeconds);
      }),
    );
  });

  it('says when to come back where there is no room, within bounds', () => {
    expect([1, 900, 86_400].map(secondsUntilRoom)).toEqual([5, 90, 300]);
  });
});

describe('a report apart from its instants', () => {
  it('is the same when only the time of observation moved', () => {
    const [first, second] = ['2026-11-01T00:00:00Z', '2026-11-02T00:00:00Z'].map((at) => {
      const { antivirus, ...rest } = goodReport(new Date(at));
      return foldReport({ ...rest, antivirus: { ...antivirus, definitionsBuiltAt: '2026-10-01T00:00:00Z' } });
    });
    expect(first?.content).toEqual(second?.content);
    expect(first?.instants).toEqual(['2026-11-01T00:00:00.000Z']);
    expect(second?.instants).toEqual(['2026-11-02T00:00:00.000Z']);
  });

  it('comes back as it was, whatever it holds', () => {
    const key = fc.oneof(fc.constantFrom('observedAt', '__proto__', 'state'), fc.string());
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('2026-11-01T00:00:00Z', 0, 1, '0', null, true, ''),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.array(fc.tuple(key, tie('value')), { maxLength: 4 }).map(Object.fromEntries),
      ),
    }));
    fc.assert(
      fc.property(value, (report) => {
        const folded = JSON.parse(JSON.stringify(foldReport(report)));
        expect(JSON.stringify(unfoldReport(folded))).toBe(JSON.stringify(report));
      }),
    );
  });

  it('kept before instants were taken out is read as it is', () => {
    const report = goodReport(new Date('2026-11-01T00:00:00Z'));
    expect(unfoldReport({ content: report, instants: [] })).toEqual(report);
  });
});
