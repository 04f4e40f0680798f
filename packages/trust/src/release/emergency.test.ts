import { describe, expect, test } from 'vitest';
import { mergeEnvelopes } from '../dsse/envelope.ts';
import type { Signer } from '../keys/types.ts';
import {
  manifestBytes,
  newWorld,
  now,
  type PartyName,
  partyNames,
  unsignedRoot,
  type World,
} from '../testing/world.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { approveRelease, withdrawRelease } from './statement.ts';
import { type VerifyReleaseOptions, verifyRelease } from './verify-release.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const missing = (expected: string, parties: string): unknown =>
  expect.objectContaining({ code: expected, params: { missing: parties } });

const policy = { thresholds: { vendor: 0, regulator: 0 }, withinHours: 48 };
const emergency = { reason: 'exploited in the wild' };
// Proposed at 2026-11-22T00:00:00Z, and verified 36 hours later.
const urgent = manifestBytes({ emergency });
const until = '2026-11-24T00:00:00.000Z';

const signersOf = (world: World, ...names: PartyName[]): Signer[] =>
  names.flatMap((name) => [...world.signers[name]]);

function verifyBy(
  world: World,
  names: readonly PartyName[],
  changes: Partial<VerifyReleaseOptions> = {},
): ReturnType<typeof verifyRelease> {
  const releaseBytes = changes.releaseBytes ?? urgent;
  const envelope = approveRelease(releaseBytes, signersOf(world, ...names));
  const root = unsignedRoot(world, 1, undefined, policy);
  return verifyRelease({ root, releaseBytes, envelope, now, ...changes });
}

describe.each(['intl', 'national', 'dual'] as const)('an emergency under profile %s', (profile) => {
  const world = newWorld(profile);
  const below = profile === 'national' ? 'TRUST_APPROVAL_NATIONAL_MISSING' : 'TRUST_APPROVAL_MISSING';

  test('is accepted with the fewer approvals of the root, for as long as it says', () => {
    const { signedBy, emergency: approval } = verifyBy(world, ['operator']);
    expect(signedBy).toEqual(['operator']);
    expect(approval).toEqual({ until, missing: ['vendor', 'regulator'] });
    const last = new Date(Date.parse(until) - 1);
    expect(verifyBy(world, ['operator'], { now: last }).emergency?.until).toBe(until);
  });

  test('is refused once that time is over, and accepted again with every approval', () => {
    const at = new Date(until);
    expect(() => verifyBy(world, ['operator'], { now: at })).toThrow(code('TRUST_EMERGENCY_OVER'));
    expect(() => verifyBy(world, ['operator', 'vendor'], { now: at })).toThrow(
      expect.objectContaining({ params: { version: '2026.11.0', until, missing: 'regulator' } }),
    );
    const first = approveRelease(urgent, signersOf(world, 'operator'));
    const envelope = mergeEnvelopes(first, approveRelease(urgent, signersOf(world, 'vendor', 'regulator')));
    const verified = verifyBy(world, [], { now: at, envelope });
    expect(verified.signedBy).toEqual(partyNames);
    expect(verified.emergency).toBeUndefined();
  });

  test('is refused of a root that allows none, with the ordinary refusal', () => {
    const root = unsignedRoot(world);
    expect(() => verifyBy(world, ['operator'], { root })).toThrow(missing(below, 'vendor, regulator'));
  });

  test('is refused without the party that has to sign even then, and without anybody', () => {
    for (const names of [['vendor', 'regulator'], []] as PartyName[][])
      expect(() => verifyBy(world, names)).toThrow(code(below));
  });

  test('is none of a release that does not say so', () => {
    const releaseBytes = manifestBytes();
    expect(() => verifyBy(world, ['operator'], { releaseBytes })).toThrow(
      missing(below, 'vendor, regulator'),
    );
  });

  test.each(partyNames)('is withdrawn by the %s alone, before and after all approved', (party) => {
    const withdrawal = withdrawRelease(urgent, 'it breaks printing', signersOf(world, party));
    for (const names of [['operator'], partyNames] as PartyName[][])
      expect(() => verifyBy(world, names, { withdrawal })).toThrow(code('TRUST_RELEASE_WITHDRAWN'));
  });

  test('goes by no clock that stands before its proposal', () => {
    const at = new Date('2026-11-20T23:00:00Z');
    expect(() => verifyBy(world, ['operator'], { now: at })).toThrow(code('TRUST_EMERGENCY_CLOCK'));
    expect(verifyBy(world, [...partyNames], { now: at }).isClockBehind).toBe(true);
    const ahead = manifestBytes({ emergency, proposedAt: '2026-12-20T00:00:00Z' });
    expect(() => verifyBy(world, ['operator'], { releaseBytes: ahead })).toThrow(
      code('TRUST_EMERGENCY_CLOCK'),
    );
  });

  test('goes neither back nor beyond its own expiry', () => {
    expect(() => verifyBy(world, ['operator'], { knownSequence: 2 })).toThrow(code('TRUST_RELEASE_ROLLBACK'));
    const releaseBytes = manifestBytes({ emergency, expiresAt: '2026-11-23T00:00:00Z' });
    expect(() => verifyBy(world, ['operator'], { releaseBytes })).toThrow(code('TRUST_RELEASE_EXPIRED'));
  });
});

describe('under profile dual', () => {
  const world = newWorld('dual');

  test.each([
    [0, 'TRUST_APPROVAL_NATIONAL_MISSING'],
    [1, 'TRUST_APPROVAL_MISSING'],
  ] as const)('an emergency with signature %i of the two alone is refused', (kept, refused) => {
    const only = world.signers.operator.slice(kept, kept + 1);
    expect(() => verifyBy(world, [], { envelope: approveRelease(urgent, only) })).toThrow(
      code('TRUST_APPROVAL_MISSING'),
    );
    const envelope = approveRelease(urgent, [...signersOf(world, 'vendor', 'regulator'), ...only]);
    expect(() => verifyBy(world, [], { envelope })).toThrow(missing(refused, 'operator'));
  });
});

describe('a party of 2 of 3 keys', () => {
  const world = newWorld('intl', 3, 2);
  const root = unsignedRoot(world, 1, undefined, { thresholds: { operator: 1 }, withinHours: 48 });
  const pick = (party: PartyName, count: number): Signer[] => world.signers[party].slice(0, count);

  test('may need one in an emergency, while the others need what they always do', () => {
    const signers = [...pick('vendor', 2), ...pick('operator', 1), ...pick('regulator', 2)];
    const verified = verifyRelease({
      root,
      releaseBytes: urgent,
      envelope: approveRelease(urgent, signers),
      now,
    });
    expect(verified).toMatchObject({
      signedBy: ['vendor', 'regulator'],
      emergency: { missing: ['operator'] },
    });
    const envelope = approveRelease(urgent, [
      ...pick('vendor', 1),
      ...pick('operator', 2),
      ...pick('regulator', 2),
    ]);
    expect(() => verifyRelease({ root, releaseBytes: urgent, envelope, now })).toThrow(
      missing('TRUST_APPROVAL_MISSING', 'vendor'),
    );
  });
});

test('a lane in which nobody would have to sign is none, whoever signed the root', () => {
  const world = newWorld('intl');
  const made = unsignedRoot(world, 1, undefined, policy);
  const thresholds = { vendor: 0, operator: 0, regulator: 0 };
  const root: Metadata<RootSigned> = {
    ...made,
    signed: { ...made.signed, 'x-imprint-emergency': { thresholds, withinHours: 48 } },
  };
  expect(() => verifyBy(world, [], { root })).toThrow(
    missing('TRUST_APPROVAL_MISSING', 'vendor, operator, regulator'),
  );
});
