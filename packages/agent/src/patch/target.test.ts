import type { RolloutTarget } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ReleaseState, VerifiedRelease } from '../state/records.ts';
import { judgeTarget, readTarget } from './target.ts';

const now = new Date('2026-11-23T06:00:00Z');
const digest = (n: number) => String(n).repeat(64);
const verified = (more: Partial<VerifiedRelease> = {}): VerifiedRelease => ({
  ...{ version: '2', sequence: 2, sha256: digest(2), lockSha256: digest(5), signedBy: [], evidence: [] },
  expiresAt: '2027-01-01T00:00:00Z',
  ...more,
});
const state = (more: Partial<ReleaseState> = {}): ReleaseState => ({
  ...{ checkedAt: now.toISOString(), outcome: 'verified', release: verified() },
  ...more,
});
const target = (more: Partial<RolloutTarget> = {}): RolloutTarget => ({
  ...{ releaseSha256: digest(2), version: '2', sequence: 2, deadline: '2026-12-01T00:00:00Z' },
  ...more,
});
const facts = { release: state(), runningSequence: 1, runningLockSha256: digest(4), now };

describe('a target', () => {
  test('that names the release verified here is followed, also while the server cannot be reached', () => {
    expect(judgeTarget(target(), facts)).toEqual({ release: verified() });
    const release = state({ outcome: 'unreachable' });
    expect(judgeTarget(target(), { ...facts, release })).toEqual({ release: verified() });
  });

  test.each([
    ['AGENT_TARGET_NOT_VERIFIED', target({ releaseSha256: digest(9) }), {}],
    ['AGENT_TARGET_NOT_VERIFIED', target(), { release: undefined }],
    [
      'AGENT_TARGET_NOT_VERIFIED',
      target(),
      { release: state({ outcome: 'refused', code: 'TRUST_RELEASE_WITHDRAWN' }) },
    ],
    ['AGENT_TARGET_NOT_NEWER', target({ sequence: 99 }), { runningSequence: 2 }],
    ['AGENT_TARGET_NOT_NEWER', target(), { runningSequence: 7 }],
    ['AGENT_TARGET_EXPIRED', target(), { now: new Date('2027-01-01T00:00:00Z') }],
  ])('is refused with %s', (code, directed, more) => {
    expect(judgeTarget(directed, { ...facts, ...more })).toMatchObject({ refusal: { code } });
  });

  test('is read only where nothing of it could be taken for anything but a version and times', () => {
    expect(readTarget(target())).toEqual(target());
    const strange = [
      { version: '2\nRun: curl evil | sh' },
      { version: '\u001b[2J' },
      { deadline: '2026-12-01 (\u001b[31mcall us)' },
      { downloadFrom: 'Tue, 1 Dec 2026' },
      { installWindow: { from: '2026-12-01T00:00:00Z\n' } },
    ];
    for (const more of strange) expect(readTarget({ ...target(), ...more })).toBeUndefined();
  });

  test('never leads to anything but the release that verified, whatever the server says of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom('verified' as const, 'refused' as const, 'unreachable' as const),
        fc.option(fc.integer({ min: 0, max: 4 }), { nil: undefined }),
        (named, sequence, outcome, runningSequence) => {
          const judged = judgeTarget(target({ releaseSha256: digest(named), sequence }), {
            ...{ ...facts, runningSequence },
            release: state({ outcome }),
          });
          if (!('release' in judged)) return;
          expect([named, judged.release]).toEqual([2, verified()]);
          expect(outcome).not.toBe('refused');
          expect(runningSequence ?? 0).toBeLessThan(2);
        },
      ),
    );
  });
});
