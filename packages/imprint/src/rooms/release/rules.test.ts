import type { BuildRecord, ReleaseManifest } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Check, MissingSignature, Rejection } from './model.ts';
import { approveRefusals, lifetimes, onlineDue, proposeRefusals, publishRefusals } from './rules.ts';

const now = new Date('2026-11-23T08:00:00Z');
const sha = (digit: string) => digit.repeat(64);
const manifest = { channel: 'stable', sequence: 5, expiresAt: '2027-01-01T00:00:00Z' } as ReleaseManifest;
const good = {
  manifest,
  sheet: { rootSha256: sha('a'), baseVersion: 4 },
  rootSha256: sha('a'),
  baseVersion: 4,
  currentSequence: 4,
  missing: [] as MissingSignature[],
  rejections: [] as Rejection[],
  checks: [] as Check[],
  now,
};
const codes = (refusals: readonly { code: string }[]) => refusals.map((refusal) => refusal.code);

describe('publishing is refused', () => {
  const missing: MissingSignature = {
    party: 'vendor',
    suite: 'national',
    what: 'statement',
    needed: 1,
    have: 0,
  };
  const rejection: Rejection = {
    party: 'regulator',
    at: now.toISOString(),
    reasons: ['late'],
    standing: true,
  };
  const reasons: readonly [string, Partial<typeof good>][] = [
    ['RELEASE_ROOT_MISMATCH', { rootSha256: sha('b') }],
    ['RELEASE_BASE_MOVED', { baseVersion: 5 }],
    ['RELEASE_SEQUENCE', { currentSequence: 5 }],
    ['RELEASE_EXPIRED', { now: new Date('2027-01-01T00:00:00Z') }],
    ['RELEASE_REJECTED', { rejections: [rejection, { ...rejection, standing: false }] }],
    ['RELEASE_BELOW_THRESHOLD', { missing: [missing] }],
    ['RELEASE_DERIVATION_MISMATCH', { checks: [{ id: 'lock', state: 'failed', expected: 'x', got: 'y' }] }],
    ['RELEASE_DERIVATION_ABSENT', { checks: [{ id: 'artifacts/disk.img', state: 'absent' }] }],
  ];

  test('for nothing when all is in order', () => {
    expect(publishRefusals(good)).toEqual([]);
  });

  test.each(reasons)('with %s alone', (code, fault) => {
    expect(codes(publishRefusals({ ...good, ...fault }))).toEqual([code]);
  });

  test('with every reason that applies, whichever they are', () => {
    fc.assert(
      fc.property(fc.subarray([...reasons]), (chosen) => {
        const checks = chosen.flatMap(([, fault]) => fault.checks ?? []);
        const facts = Object.assign({}, good, ...chosen.map(([, fault]) => fault), { checks }) as typeof good;
        expect(codes(publishRefusals(facts))).toEqual(chosen.map(([code]) => code));
      }),
    );
  });

  test('for every sequence at or below the current one, and for none above', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99 }),
        fc.integer({ min: 1, max: 99 }),
        (sequence, currentSequence) => {
          const refusals = publishRefusals({ ...good, manifest: { ...manifest, sequence }, currentSequence });
          expect(codes(refusals)).toEqual(sequence > currentSequence ? [] : ['RELEASE_SEQUENCE']);
        },
      ),
    );
  });
});

describe('what is absent', () => {
  const absent = ['artifacts/disk.img', 'evidence/sbom.cdx.json', 'patch-set/packs', 'patch-set/packages'];
  const checks = absent.map((id): Check => ({ id, state: 'absent' }));
  const refused = (refusals: readonly { code: string; params?: object }[]) =>
    refusals.map(({ code, params }) => [code, params]);
  const refusedFor = (...ids: string[]) => ids.map((what) => ['RELEASE_DERIVATION_ABSENT', { what }]);
  const signing = { sha256: sha('c'), expectedSha256: sha('c'), manifest, currentSequence: 4, now };

  test('is not signed', () => {
    const refusals = approveRefusals({ ...signing, checks, withoutArtifacts: false });
    expect(refused(refusals)).toEqual(refusedFor(...absent));
  });

  test('is signed where it is an artifact or of the patch set, and that is accepted', () => {
    const refusals = approveRefusals({ ...signing, checks, withoutArtifacts: true });
    expect(refused(refusals)).toEqual(refusedFor('evidence/sbom.cdx.json'));
  });

  test('is not published, but for upstream’s packages, which whoever signed has looked at', () => {
    const published = absent.filter((id) => id !== 'patch-set/packages');
    expect(refused(publishRefusals({ ...good, checks }))).toEqual(refusedFor(...published));
  });
});

test('signing is refused for any digest but the one that was looked at', () => {
  const facts = {
    checks: [],
    withoutArtifacts: false,
    sha256: sha('a'),
    manifest,
    currentSequence: undefined,
    now,
  };
  expect(approveRefusals({ ...facts, expectedSha256: sha('a') })).toEqual([]);
  expect(codes(approveRefusals({ ...facts, expectedSha256: sha('b') }))).toEqual([
    'RELEASE_CANDIDATE_CHANGED',
  ]);
});

test('proposing is refused for a preview, a violated core, another lock and a used sequence, together', () => {
  const record = {
    profile: 'preview',
    lockSha256: sha('a'),
    counts: { core: 1, overlay: 0, modified: 0, missing: 1, violations: 0 },
  } as BuildRecord;
  const facts = {
    record,
    lockSha256: sha('b'),
    channel: 'stable',
    sequence: 1,
    currentSequence: 1,
    expiresAt: manifest.expiresAt,
    now,
  };
  expect(codes(proposeRefusals(facts))).toEqual([
    'RELEASE_BUILD_PREVIEW',
    'RELEASE_BUILD_VIOLATION',
    'RELEASE_LOCK_MISMATCH',
    'RELEASE_SEQUENCE',
  ]);
});

test('online metadata is due at half of its life, and never a snapshot without its timestamp', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -5, max: 20, noNaN: true }),
      fc.double({ min: -5, max: 20, noNaN: true }),
      (a, b) => {
        const at = (days: number) => new Date(now.getTime() + days * 86_400_000).toISOString();
        const due = onlineDue({ timestamp: at(a), snapshot: at(b) }, now);
        if (due.snapshot) expect(due.timestamp).toBe(true);
        if (a < lifetimes.timestampDays / 2 - 0.01) expect(due.timestamp).toBe(true);
        if (a > lifetimes.timestampDays / 2 + 0.01 && b > lifetimes.snapshotDays / 2 + 0.01)
          expect(due.timestamp).toBe(false);
      },
    ),
  );
});
