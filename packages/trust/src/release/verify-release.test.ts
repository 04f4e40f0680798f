import { describe, expect, test } from 'vitest';
import { type Envelope, mergeEnvelopes, signEnvelope } from '../dsse/envelope.ts';
import { generateSigner } from '../keys/signer.ts';
import type { Signer } from '../keys/types.ts';
import {
  manifestBytes,
  manifestOf,
  newWorld,
  now,
  type PartyName,
  partyNames,
  unsignedRoot,
  type World,
} from '../testing/world.ts';
import { partyStandings } from './approvals.ts';
import { approveRelease, statementPayloadType, withdrawRelease } from './statement.ts';
import { type VerifyReleaseOptions, verifyRelease } from './verify-release.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const missing = (expected: string, parties: string): unknown =>
  expect.objectContaining({ code: expected, params: { missing: parties } });

const dual = newWorld('dual');
const releaseBytes = manifestBytes();
const everyone = (world: World): Signer[] => partyNames.flatMap((name) => [...world.signers[name]]);
const signersOf = (world: World, ...names: PartyName[]): Signer[] =>
  names.flatMap((name) => [...world.signers[name]]);

function verify(world: World, changes: Partial<VerifyReleaseOptions> = {}) {
  const envelope = approveRelease(releaseBytes, everyone(world));
  return verifyRelease({ root: unsignedRoot(world), releaseBytes, envelope, now, ...changes });
}

describe.each(['intl', 'national', 'dual'] as const)('a release under profile %s', (profile) => {
  const world = newWorld(profile);

  test('approved by every party verifies', () => {
    const { manifest, signedBy } = verify(world);
    expect(manifest).toEqual(manifestOf());
    expect(signedBy).toEqual(['vendor', 'operator', 'regulator']);
  });

  const below = profile === 'national' ? 'TRUST_APPROVAL_NATIONAL_MISSING' : 'TRUST_APPROVAL_MISSING';
  test.each([
    [['operator'], 'vendor, regulator'],
    [['vendor', 'operator'], 'regulator'],
    [['vendor', 'regulator'], 'operator'],
    [['operator', 'regulator'], 'vendor'],
    [[], 'vendor, operator, regulator'],
  ] as [PartyName[], string][])('approved by %j is refused, naming who is missing', (names, absent) => {
    const envelope = approveRelease(releaseBytes, signersOf(world, ...names));
    expect(() => verify(world, { envelope })).toThrow(missing(below, absent));
  });

  test('approved by the operator twice, and under other key ids, is refused', () => {
    const once = approveRelease(releaseBytes, signersOf(world, 'operator'));
    const disguised = once.signatures.map(({ sig }, index) => ({ keyid: `other ${index}`, sig }));
    const envelope = { ...once, signatures: [...once.signatures, ...once.signatures, ...disguised] };
    expect(() => verify(world, { envelope })).toThrow(missing(below, 'vendor, regulator'));
  });
});

describe('under profile dual', () => {
  const strip = (envelope: Envelope, keyId: string | undefined): Envelope => ({
    ...envelope,
    signatures: envelope.signatures.filter(({ keyid }) => keyid !== keyId),
  });

  test.each(partyNames)('the SM2 signature of the %s stripped is refused', (party) => {
    const sm2 = dual.signers[party][1]?.key.keyId;
    const envelope = strip(approveRelease(releaseBytes, everyone(dual)), sm2);
    expect(() => verify(dual, { envelope })).toThrow(missing('TRUST_APPROVAL_NATIONAL_MISSING', party));
  });

  test.each(partyNames)('the Ed25519 signature of the %s stripped is refused', (party) => {
    const ed25519 = dual.signers[party][0]?.key.keyId;
    const envelope = strip(approveRelease(releaseBytes, everyone(dual)), ed25519);
    expect(() => verify(dual, { envelope })).toThrow(missing('TRUST_APPROVAL_MISSING', party));
  });

  test('an SM2 signature forged, or made as ECDSA, is refused', () => {
    const genuine = dual.signers.regulator[1];
    for (const scheme of ['sm2-sm3', 'ecdsa-sha2-nistp256'] as const) {
      const foreign = generateSigner(scheme);
      const forger = { key: genuine?.key ?? foreign.key, sign: foreign.sign };
      const others = everyone(dual).filter((signer) => signer !== genuine);
      const envelope = approveRelease(releaseBytes, [...others, forger]);
      expect(() => verify(dual, { envelope })).toThrow(
        missing('TRUST_APPROVAL_NATIONAL_MISSING', 'regulator'),
      );
    }
  });

  test('a statement that names no SM3 digest is refused', () => {
    const payload = JSON.parse(Buffer.from(approveRelease(releaseBytes, []).payload, 'base64').toString());
    delete payload.subject[0].digest.sm3;
    const envelope = signEnvelope(statementPayloadType, Buffer.from(JSON.stringify(payload)), everyone(dual));
    expect(() => verify(dual, { envelope })).toThrow(code('TRUST_APPROVAL_SUBJECT'));
  });
});

describe('a party of 2 of 3 keys', () => {
  const world = newWorld('dual', 3, 2);
  const pick = (party: PartyName, ...indexes: number[]): Signer[] =>
    indexes.flatMap((index) => {
      const all = world.signers[party];
      return [all[index], all[index + 3]].filter((signer) => signer !== undefined);
    });

  test('approves with any two of them, each with both suites', () => {
    const signers = [...pick('vendor', 0, 2), ...pick('operator', 1, 2), ...pick('regulator', 0, 1)];
    expect(verify(world, { envelope: approveRelease(releaseBytes, signers) }).signedBy).toHaveLength(3);
  });

  test('does not approve with one, however many others sign', () => {
    const signers = [
      ...everyone(world).filter((signer) => !world.signers.vendor.includes(signer)),
      ...pick('vendor', 0),
    ];
    const envelope = approveRelease(releaseBytes, signers);
    expect(() => verify(world, { envelope })).toThrow(missing('TRUST_APPROVAL_MISSING', 'vendor'));
    const [vendor] = partyStandings(unsignedRoot(world), envelope);
    expect(vendor).toEqual({
      party: 'vendor',
      suites: [
        { suite: 'standard', needed: 2, have: 1 },
        { suite: 'national', needed: 2, have: 1 },
      ],
      complete: false,
    });
  });

  test('signatures made apart and merged count together', () => {
    const unsigned = approveRelease(releaseBytes, []);
    const apart = partyNames.map((name) => approveRelease(releaseBytes, pick(name, 0, 1)));
    const envelope = apart.reduce(mergeEnvelopes, unsigned);
    expect(verify(world, { envelope }).signedBy).toHaveLength(3);
  });
});

describe('what was approved', () => {
  const approvedBy = (world: World, payload: object, type = statementPayloadType): Envelope =>
    signEnvelope(type, Buffer.from(JSON.stringify(payload)), everyone(world));
  const statement = (): { subject: unknown[]; predicateType: string; predicate: Record<string, unknown> } =>
    JSON.parse(Buffer.from(approveRelease(releaseBytes, []).payload, 'base64').toString());

  test('is these very bytes', () => {
    const changed = Buffer.concat([releaseBytes, Buffer.from(' ')]);
    expect(() => verify(dual, { releaseBytes: changed })).toThrow(code('TRUST_APPROVAL_SUBJECT'));
    expect(() => verify(dual, { releaseBytes: manifestBytes({ sequence: 2 }) })).toThrow(
      code('TRUST_APPROVAL_SUBJECT'),
    );
  });

  test.each([
    ['a statement of another predicate', { ...statement(), predicateType: 'urn:other' }],
    ['no statement', { hello: 'world' }],
    ['two subjects', { ...statement(), subject: [...statement().subject, ...statement().subject] }],
    ['another sequence', { ...statement(), predicate: { ...statement().predicate, sequence: 2 } }],
    [
      'another expiry',
      { ...statement(), predicate: { ...statement().predicate, expiresAt: '2030-01-01T00:00:00Z' } },
    ],
    ['another channel', { ...statement(), predicate: { ...statement().predicate, channel: 'beta' } }],
  ])('is not %s', (_name, payload) => {
    expect(() => verify(dual, { envelope: approvedBy(dual, payload) })).toThrow(
      code('TRUST_APPROVAL_SUBJECT'),
    );
  });

  test('is of the in-toto payload type', () => {
    const envelope = approvedBy(dual, statement(), 'application/json');
    expect(() => verify(dual, { envelope })).toThrow(code('TRUST_APPROVAL_SUBJECT'));
  });

  test.each([
    ['no JSON', Buffer.from('{')],
    ['a list', Buffer.from('[]')],
    ['sequence 0', manifestBytes({ sequence: 0 })],
    ['a channel that is a path', manifestBytes({ channel: '../x' })],
    [
      'an artifact without digest',
      manifestBytes({ artifacts: [{ kind: 'disk', name: 'x', sizeBytes: 1, digests: {} }] as never }),
    ],
  ])('is not approved at all when it is %s', (_name, bytes) => {
    expect(() => approveRelease(bytes, everyone(dual))).toThrow(code('TRUST_RELEASE_MALFORMED'));
  });
});

describe('time and sequence', () => {
  test('an expired release is refused, also for a clock a year ahead', () => {
    for (const at of ['2027-01-01T00:00:00Z', '2027-11-23T12:00:00Z'])
      expect(() => verify(dual, { now: new Date(at) })).toThrow(code('TRUST_RELEASE_EXPIRED'));
    expect(verify(dual, { now: new Date('2026-12-31T23:59:59Z') }).manifest.sequence).toBe(1);
  });

  test('a clock a year behind withholds nothing, and is named', () => {
    expect(verify(dual, { now: new Date('2025-11-23T12:00:00Z') }).isClockBehind).toBe(true);
    expect(verify(dual, { now: new Date('2026-11-21T12:00:00Z') }).isClockBehind).toBe(false);
  });

  test('an older sequence is refused, the same or a newer is not', () => {
    expect(() => verify(dual, { knownSequence: 2 })).toThrow(code('TRUST_RELEASE_ROLLBACK'));
    expect(verify(dual, { knownSequence: 1 }).manifest.sequence).toBe(1);
    expect(verify(dual, { knownSequence: 0 }).manifest.sequence).toBe(1);
  });
});

describe('a withdrawal', () => {
  test.each(partyNames)('by the %s alone is enough', (party) => {
    const withdrawal = withdrawRelease(releaseBytes, 'a flaw was found', signersOf(dual, party));
    const refusal = { code: 'TRUST_RELEASE_WITHDRAWN', params: { version: '2026.11.0', party } };
    expect(() => verify(dual, { withdrawal })).toThrow(expect.objectContaining(refusal));
  });

  test('by nobody of the policy, by half a party, or of another release says nothing', () => {
    const stranger = generateSigner('ed25519');
    const withdrawals = [
      withdrawRelease(releaseBytes, 'x', [stranger]),
      withdrawRelease(releaseBytes, 'x', dual.online),
      withdrawRelease(releaseBytes, 'x', signersOf(dual, 'vendor').slice(0, 1)),
      withdrawRelease(manifestBytes({ sequence: 9 }), 'x', signersOf(dual, 'vendor')),
      approveRelease(releaseBytes, signersOf(dual, 'vendor')),
    ];
    for (const withdrawal of withdrawals) expect(verify(dual, { withdrawal }).signedBy).toHaveLength(3);
  });

  test('is no approval', () => {
    const envelope = withdrawRelease(releaseBytes, 'x', everyone(dual));
    expect(() => verify(dual, { envelope })).toThrow(code('TRUST_APPROVAL_SUBJECT'));
  });
});
