import { decodeBase64Url } from '../encoding/bytes.ts';
import { derToRaw, rawToDer } from '../encoding/ecdsa-der.ts';
import { keyError } from '../keys/errors.ts';
import type { PublicKey, Signer } from '../keys/types.ts';
import { verifySignature } from '../keys/verify.ts';
import { jwsError } from './errors.ts';

/** The protected header of a device message; `alg` is always ES256. Source: RFC 7515 §4.1. */
export interface JwsHeader {
  readonly alg: 'ES256';
  readonly typ: string;
  readonly kid?: string;
  readonly jwk?: unknown;
}

/** A verified message. */
export interface VerifiedJws {
  readonly header: JwsHeader;
  readonly payload: Readonly<Record<string, unknown>>;
  readonly key: PublicKey;
}

const maximumLength = 262_144;
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs a payload as a compact JWS with a P-256 key. Source: RFC 7515 §5.1, RFC 7518 §3.4. @throws TRUST_KEY_SCHEME_MISMATCH */
export function signJws(header: Omit<JwsHeader, 'alg'>, payload: object, signer: Signer): string {
  if (signer.key.scheme !== 'ecdsa-sha2-nistp256')
    throw keyError('TRUST_KEY_SCHEME_MISMATCH', { expected: 'ecdsa-sha2-nistp256', got: signer.key.scheme });
  const input = `${encode({ alg: 'ES256', ...header })}.${encode(payload)}`;
  const raw = derToRaw(signer.sign(Buffer.from(input)));
  if (raw === undefined) throw new TypeError('a P-256 signer returned no DER signature');
  return `${input}.${Buffer.from(raw).toString('base64url')}`;
}

function readObject(part: string, name: string): Record<string, unknown> {
  const bytes = decodeBase64Url(part);
  try {
    const value: unknown = bytes === undefined ? undefined : JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Falls through: not JSON is the same refusal as not an object.
  }
  throw jwsError('TRUST_JWS_MALFORMED', { got: `a ${name} that is no JSON object` });
}

function readHeader(part: string, typ: string): JwsHeader {
  const header = readObject(part, 'header');
  if (header.alg !== 'ES256') throw jwsError('TRUST_JWS_MALFORMED', { got: 'another algorithm' });
  // RFC 7515 §4.1.11: an extension not understood makes the message invalid.
  if ('crit' in header) throw jwsError('TRUST_JWS_MALFORMED', { got: 'a critical extension' });
  if (header.kid !== undefined && typeof header.kid !== 'string')
    throw jwsError('TRUST_JWS_MALFORMED', { got: 'a key id that is no text' });
  if (header.typ !== typ) throw jwsError('TRUST_JWS_TYPE', { expected: typ, got: String(header.typ) });
  return header as unknown as JwsHeader;
}

/**
 * Verifies a compact JWS of one message type with the key that `resolveKey` gives for its header.
 *
 * The payload is a JSON object whose fields the caller still has to check.
 * @throws TRUST_JWS_MALFORMED, TRUST_JWS_TYPE, TRUST_JWS_KEY_UNKNOWN, TRUST_JWS_SIGNATURE
 * Source: RFC 7515 §5.2.
 */
export async function verifyJws(
  compact: string,
  resolveKey: (header: JwsHeader) => PublicKey | undefined | Promise<PublicKey | undefined>,
  typ: string,
): Promise<VerifiedJws> {
  if (compact.length > maximumLength)
    throw jwsError('TRUST_JWS_MALFORMED', { got: `${compact.length} characters` });
  const [headerPart, payloadPart, signaturePart, ...rest] = compact.split('.');
  if (headerPart === undefined || payloadPart === undefined || signaturePart === undefined || rest.length > 0)
    throw jwsError('TRUST_JWS_MALFORMED', { got: 'no three parts' });
  const header = readHeader(headerPart, typ);
  const key = await resolveKey(header);
  if (key === undefined) throw jwsError('TRUST_JWS_KEY_UNKNOWN');
  const raw = decodeBase64Url(signaturePart);
  const input = Buffer.from(`${headerPart}.${payloadPart}`);
  const isP256 = key.scheme === 'ecdsa-sha2-nistp256';
  if (!isP256 || raw?.length !== 64 || !verifySignature(key, input, rawToDer(raw)))
    throw jwsError('TRUST_JWS_SIGNATURE');
  return { header, payload: readObject(payloadPart, 'payload'), key };
}
