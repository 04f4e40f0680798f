import type { DeviceReport } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { goodReport } from '../../../../test/support/test-device.ts';
import { derivePosture, limitsFor } from '../rules.ts';
import { judge, type Verdicts } from './rules.ts';

const start = Date.parse('2026-11-23T08:00:00Z');
const limits = limitsFor(900);
const after = (seconds: number) => new Date(start + seconds * 1000);

/** What `derivePosture` says, as states by name. */
function derived(report: DeviceReport, receivedAt: Date, now: Date): Record<string, string> {
  const { state, figures } = derivePosture({ report, receivedAt }, now, limits);
  return { overall: state, ...Object.fromEntries(figures.map((figure) => [figure.name, figure.state])) };
}
const statesOf = (verdicts: Verdicts) =>
  Object.fromEntries(Object.entries(verdicts).map(([name, verdict]) => [name, verdict?.state]));

const seconds = fc.oneof(
  fc.integer({ min: -700, max: 700 }),
  fc.integer({ min: -9 * 86_400, max: 2 * 86_400 }),
);
const fact = fc.record({
  state: fc.constantFrom('ok', 'stale', 'unknown', 'failing'),
  observedAt: fc.option(
    seconds.map((by) => after(by).toISOString()),
    { nil: undefined },
  ),
});
const reports = fc
  .record({
    release: fact,
    patch: fact,
    antivirus: fact,
    integrity: fact,
    policy: fact,
    firstBoot: fc.option(fact, { nil: undefined }),
    built: seconds,
  })
  .map(({ release, patch, antivirus, integrity, policy, firstBoot, built }): DeviceReport => {
    const { edition } = goodReport(after(0));
    const clean = <T extends object>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
    return clean({
      edition,
      release,
      patch,
      antivirus: { ...antivirus, definitionsBuiltAt: after(built).toISOString() },
      integrity,
      policy: [{ id: 'screenLock', intended: '10m', ...policy }],
      ...(firstBoot === undefined ? {} : { firstBoot: [{ id: 'password', ...firstBoot }] }),
    } as DeviceReport);
  });

describe('a verdict', () => {
  it('is what is derived at every later instant, when it is judged again at each instant it names', () => {
    fc.assert(
      fc.property(
        reports,
        fc.array(fc.integer({ min: 0, max: 12 * 86_400_000 }), { maxLength: 8 }),
        (report, waits) => {
          const last = { report, receivedAt: after(0) };
          let standing = judge(last, after(0), limits);
          for (const now of waits.sort((a, b) => a - b).map((wait) => new Date(start + wait))) {
            while (standing.agesAt !== undefined && standing.agesAt <= now) {
              expect(standing.agesAt.getTime()).toBeGreaterThan(start);
              standing = judge(last, standing.agesAt, limits, standing.verdicts, after(0));
            }
            expect(statesOf(standing.verdicts)).toEqual(derived(report, after(0), now));
          }
        },
      ),
    );
  });

  it('dates from when time changed it, however late that is seen', () => {
    const last = { report: goodReport(after(0)), receivedAt: after(0) };
    const fresh = judge(last, after(0), limits);
    expect(fresh.agesAt).toEqual(after(2700.5));
    const late = judge(last, after(9000), limits, fresh.verdicts, after(0));
    expect(late.verdicts.patch).toEqual({ state: 'stale', since: after(2700.5).toISOString() });
    expect(late.agesAt).toBeUndefined();
  });

  it('that stays keeps the instant it dates from', () => {
    const report = goodReport(after(0));
    const first = judge({ report, receivedAt: after(0) }, after(0), limits);
    const again = {
      ...goodReport(after(900)),
      patch: { state: 'failing', observedAt: report.patch.observedAt },
    };
    const second = judge(
      { report: again as DeviceReport, receivedAt: after(900) },
      after(900),
      limits,
      first.verdicts,
    );
    expect(second.verdicts).toMatchObject({
      release: { state: 'ok', since: after(0).toISOString() },
      patch: { state: 'failing', since: after(900).toISOString() },
      overall: { state: 'failing', since: after(900).toISOString() },
    });
  });
});
