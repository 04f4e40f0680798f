import { createHash } from 'node:crypto';
import type { DeviceClass, LeaseClaims } from '@imprint/protocol';
import { canonicalJson } from '../encoding/canonical-json.ts';
import type { SignatureSuite } from '../keys/types.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { cryptoProfileOf, suitesOfProfile } from '../tuf/root-policy.ts';
import { licenceError } from './errors.ts';
import { readLeaseClaims } from './lease.ts';
import { type PackedReader, readPacked, writeNumber } from './packed.ts';
import { graceDays } from './schedule.ts';
import { type LicenceSigningKey, pinnedKeys, requireSignature, signerOf, signRaw } from './token.ts';
import { readCode, writeCode } from './typed-code.ts';
import { exactBytes } from './typed-request.ts';

/** What a device knows of a lease before it is typed in. */
export interface TypedLeaseKnown {
  readonly deviceId: string;
  /** Of the open request, or of the one a kept code answered. */
  readonly nonce: string;
  readonly edition: string;
  readonly deviceClass: DeviceClass;
}

/** What a typed lease tells a device. */
interface LeaseFields {
  readonly generation: number;
  readonly iat: number;
  readonly exp: number;
  readonly renew: number;
  readonly grace: number;
  readonly features: readonly string[];
  readonly overage?: number | undefined;
}

/** First byte of a lease of this version, in its upper three bits. */
const kind = 2;
const flags = { grace: 1, features: 2, overage: 4 } as const;
const usualGrace = graceDays * 86_400;
const tagLength = 2;

/** Tells devices apart where the code has no room for their id: a hint for the message, no proof. */
const deviceTag = (deviceId: string): Buffer =>
  createHash('sha256').update(`imprint-typed-device/v1 ${deviceId}`).digest().subarray(0, tagLength);
const nonceTag = (nonce: string): Buffer => exactBytes(nonce, 16).subarray(0, tagLength);

/** The claims that a code and what the device knows amount to; jti and agency are not among them. */
function claimsOf(fields: LeaseFields, known: TypedLeaseKnown): LeaseClaims {
  const { generation, iat, exp, renew, grace, features, overage } = fields;
  return {
    iss: 'imprint',
    sub: known.deviceId,
    iat,
    nbf: iat,
    exp,
    edition: known.edition,
    class: known.deviceClass,
    features: [...features],
    generation,
    renew,
    grace,
    nonce: known.nonce,
    cnf: { jkt: known.deviceId },
    ...(overage === undefined ? {} : { overage }),
  };
}

/** What is signed: the canonical claims after a prefix that begins no other message of ours. */
function signedBytes(claims: LeaseClaims): Buffer {
  return Buffer.concat([Buffer.from('imprint-typed-lease/v1\n'), canonicalJson(claims)]);
}

function writeFeatures(features: readonly string[]): Buffer {
  const names = features.map((name) => Buffer.concat([writeNumber(name.length), Buffer.from(name)]));
  return Buffer.concat([writeNumber(features.length), ...names]);
}

function readFeatures(reader: PackedReader): string[] {
  const features: string[] = [];
  for (let left = reader.takeNumber(); left > 0; left--)
    features.push(reader.take(reader.takeNumber()).toString('latin1'));
  return features;
}

/**
 * Writes a lease as a code to type: what the device does not know, and a signature in each suite of the profile over the
 * canonical claims without `jti` and `agency`. Throws a RangeError for claims no lease has.
 *
 * @throws TRUST_LICENCE_KEYS_INVALID
 */
export function typedLease(claims: LeaseClaims, key: LicenceSigningKey): string {
  const { sub: deviceId, nonce, edition, class: deviceClass, iat, exp, renew, grace, overage } = claims;
  const bytes = signedBytes(claimsOf(claims, { deviceId, nonce, edition, deviceClass }));
  const flag =
    (grace === usualGrace ? 0 : flags.grace) |
    (claims.features.length === 0 ? 0 : flags.features) |
    (overage === undefined ? 0 : flags.overage);
  return writeCode(
    Buffer.concat([
      Uint8Array.of((kind << 5) | flag),
      deviceTag(deviceId),
      nonceTag(nonce),
      ...[claims.generation, iat, exp - iat, renew - iat].map(writeNumber),
      ...(flag & flags.grace ? [writeNumber(grace)] : []),
      ...(flag & flags.features ? [writeFeatures(claims.features)] : []),
      ...(overage === undefined ? [] : [writeNumber(overage)]),
      ...suitesOfProfile(key.profile).map((suite) => signRaw(signerOf(key, suite), bytes)),
    ]),
  );
}

function readFields(reader: PackedReader, known: TypedLeaseKnown): LeaseFields {
  const [first = 0] = reader.take(1);
  const flag = first & 31;
  if (first >> 5 !== kind || flag > 7)
    throw licenceError('TRUST_CODE_MALFORMED', { got: 'no lease of a known version' });
  if (!reader.take(tagLength).equals(deviceTag(known.deviceId)))
    throw licenceError('TRUST_LEASE_WRONG_DEVICE', { got: 'another device' });
  if (!reader.take(tagLength).equals(nonceTag(known.nonce))) throw licenceError('TRUST_LEASE_NONCE');
  const [generation, iat] = [reader.takeNumber(), reader.takeNumber()];
  return {
    generation,
    iat,
    exp: iat + reader.takeNumber(),
    renew: iat + reader.takeNumber(),
    grace: flag & flags.grace ? reader.takeNumber() : usualGrace,
    features: flag & flags.features ? readFeatures(reader) : [],
    overage: flag & flags.overage ? reader.takeNumber() : undefined,
  };
}

/**
 * Reads a typed lease as the answer to this device's request and verifies it against a trusted root.
 *
 * @throws TRUST_CODE_LINE, TRUST_CODE_MALFORMED, TRUST_LEASE_WRONG_DEVICE, TRUST_LEASE_NONCE
 * @throws TRUST_LICENCE_MALFORMED, TRUST_LICENCE_KEY_UNPINNED, TRUST_LICENCE_SIGNATURE
 */
export function readTypedLease(
  text: string,
  known: TypedLeaseKnown,
  root: Metadata<RootSigned>,
): LeaseClaims {
  const reader = readPacked(readCode(text));
  const claims = readLeaseClaims(claimsOf(readFields(reader, known), known));
  const signatures = suitesOfProfile(cryptoProfileOf(root)).map(
    (suite): readonly [SignatureSuite, Uint8Array] => [suite, reader.take(64)],
  );
  reader.end();
  const bytes = signedBytes(claims);
  for (const [suite, raw] of signatures) requireSignature(pinnedKeys(root, suite), suite, bytes, raw);
  return claims;
}
