import type { CryptoProfile, LicenceToken } from '@imprint/protocol';
import { decodeBase64Url } from '../encoding/bytes.ts';
import { derToRaw, rawToDer } from '../encoding/ecdsa-der.ts';
import { type PublicKey, type SignatureSuite, type Signer, suiteOf } from '../keys/types.ts';
import { verifySignature } from '../keys/verify.ts';
import { tufError } from '../tuf/errors.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import { cryptoProfileOf, licenceKeysOf, standardFieldSuite } from '../tuf/root-policy.ts';
import { licenceError } from './errors.ts';

/** A licence key with the profile that says which of its signers a token needs. */
export interface LicenceSigningKey {
  readonly profile: CryptoProfile;
  readonly signers: readonly Signer[];
}

/** `SM2SM3` is registered nowhere: SM2 with SM3 and the default user id, the signature as r ‖ s. */
const algorithms: Readonly<Record<SignatureSuite, string>> = { standard: 'EdDSA', national: 'SM2SM3' };
const maximumLength = 8192;
/** Enough to tell pinned keys apart, and short, as a token also travels as a QR code. */
const keyIdLength = 16;

/**
 * Signs claims as a licence token: a compact JWS, and in the dual profile SM2 over the same signing input.
 *
 * EdDSA signatures are deterministic, SM2 signatures are not.
 * @throws TRUST_LICENCE_KEYS_INVALID when the key lacks a suite of its profile
 */
export function signLicenceToken(typ: string, claims: object, key: LicenceSigningKey): LicenceToken {
  const suite = standardFieldSuite(key.profile);
  const signer = signerOf(key, suite);
  const header = { alg: algorithms[suite], kid: signer.key.keyId.slice(0, keyIdLength), typ };
  const input = `${encodePart(header)}.${encodePart(claims)}`;
  const token = `${input}.${signRaw(signer, Buffer.from(input)).toString('base64url')}`;
  if (key.profile !== 'dual') return { token };
  const national = signRaw(signerOf(key, 'national'), Buffer.from(input));
  return { token, national: national.toString('base64url') };
}

const encodePart = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Returns a licence key's signer of one suite. @throws TRUST_LICENCE_KEYS_INVALID */
export function signerOf({ signers }: LicenceSigningKey, suite: SignatureSuite): Signer {
  const scheme = suite === 'national' ? 'sm2-sm3' : 'ed25519';
  const found = signers.find((signer) => signer.key.scheme === scheme);
  if (found === undefined) throw tufError('TRUST_LICENCE_KEYS_INVALID', { got: `no ${suite} key` });
  return found;
}

/** Returns a signature of 64 bytes in either suite: SM2 as r ‖ s. */
export function signRaw(signer: Signer, bytes: Uint8Array): Buffer {
  const signature = signer.sign(bytes);
  const raw = signer.key.scheme === 'ed25519' ? signature : derToRaw(signature);
  if (raw?.length !== 64) throw new TypeError('a licence signer returned no signature of 64 bytes');
  return Buffer.from(raw);
}

/** Returns the pinned licence keys of one suite. @throws TRUST_LICENCE_KEY_UNPINNED when there is none */
export function pinnedKeys(root: Metadata<RootSigned>, suite: SignatureSuite): readonly PublicKey[] {
  const keys = licenceKeysOf(root).filter(({ scheme }) => suiteOf(scheme) === suite);
  if (keys.length === 0) throw licenceError('TRUST_LICENCE_KEY_UNPINNED', { got: 'a root that pins none' });
  return keys;
}

/** Refuses bytes that none of the keys signed. @throws TRUST_LICENCE_SIGNATURE */
export function requireSignature(
  keys: readonly PublicKey[],
  suite: SignatureSuite,
  bytes: Uint8Array,
  raw: Uint8Array | undefined,
): void {
  const signature = raw?.length === 64 ? (suite === 'national' ? rawToDer(raw) : raw) : undefined;
  if (signature === undefined || !keys.some((key) => verifySignature(key, bytes, signature)))
    throw licenceError('TRUST_LICENCE_SIGNATURE', { suite });
}

/** True when a token bears a signature of this key in every suite of its profile; of whose root, nobody asked. */
export function isSignedBy(
  { token, national }: LicenceToken,
  { profile, signers }: LicenceSigningKey,
): boolean {
  const [header = '', payload = '', signature = ''] = token.split('.');
  const input = Buffer.from(`${header}.${payload}`);
  const keys = signers.map(({ key }) => key);
  const bears = (suite: SignatureSuite, text: string) => {
    const own = keys.filter(({ scheme }) => suiteOf(scheme) === suite);
    requireSignature(own, suite, input, decodeBase64Url(text));
  };
  try {
    bears(standardFieldSuite(profile), signature);
    if (profile === 'dual') bears('national', national ?? '');
    return true;
  } catch {
    return false;
  }
}

/** Returns a JWS part as an object. @throws TRUST_LICENCE_MALFORMED */
function readPart(part: string, name: string): Readonly<Record<string, unknown>> {
  const bytes = decodeBase64Url(part);
  try {
    const value: unknown = bytes && JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Falls through: not JSON is the same refusal as not an object.
  }
  throw licenceError('TRUST_LICENCE_MALFORMED', { got: `a ${name} that is no JSON object` });
}

/** Returns the key id of a header that says exactly what is expected: an extension nobody knows is never passed over. */
function readHeader(part: string, typ: string, suite: SignatureSuite): string {
  const { alg, kid, typ: got, ...rest } = readPart(part, 'header');
  const refuse = (what: string) => licenceError('TRUST_LICENCE_MALFORMED', { got: what });
  if (alg !== algorithms[suite]) throw refuse('another algorithm');
  if (Object.keys(rest).length > 0) throw refuse('a header extension');
  if (typeof kid !== 'string' || !/^[0-9a-f]{16}$/.test(kid)) throw refuse('no key id');
  if (got !== typ) throw refuse('a token of another type');
  return kid;
}

/**
 * Verifies a licence token of one type against the licence keys of a trusted root and returns its claims, whose shape the
 * caller still has to check.
 *
 * The root's profile decides which signatures must be there; `maximumChars` bounds the token before it is read.
 * @throws TRUST_LICENCE_MALFORMED, TRUST_LICENCE_KEY_UNPINNED, TRUST_LICENCE_SIGNATURE, TRUST_LICENCE_NATIONAL_MISSING
 * Source: RFC 7515 §5.2, RFC 8037 §3.1; docs/design/licence-formats.md §2.
 */
export function verifyLicenceToken(
  { token, national }: LicenceToken,
  typ: string,
  root: Metadata<RootSigned>,
  maximumChars = maximumLength,
): Readonly<Record<string, unknown>> {
  if (typeof token !== 'string' || token.length > maximumChars)
    throw licenceError('TRUST_LICENCE_MALFORMED', { got: 'no text of a token’s length' });
  const [header, payload, signature, ...rest] = token.split('.');
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    throw licenceError('TRUST_LICENCE_MALFORMED', { got: 'no three parts' });
  const profile = cryptoProfileOf(root);
  const suite = standardFieldSuite(profile);
  const kid = readHeader(header, typ, suite);
  const keys = pinnedKeys(root, suite).filter(({ keyId }) => keyId.startsWith(kid));
  if (keys.length === 0) throw licenceError('TRUST_LICENCE_KEY_UNPINNED', { got: `key ${kid}` });
  const input = Buffer.from(`${header}.${payload}`);
  requireSignature(keys, suite, input, decodeBase64Url(signature));
  if (profile === 'dual') {
    if (national === undefined) throw licenceError('TRUST_LICENCE_NATIONAL_MISSING');
    const raw = typeof national === 'string' ? decodeBase64Url(national) : undefined;
    requireSignature(pinnedKeys(root, 'national'), 'national', input, raw);
  }
  return readPart(payload, 'payload');
}
