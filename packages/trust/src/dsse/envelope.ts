import { decodeBase64 } from '../encoding/bytes.ts';
import type { PublicKey, Signer } from '../keys/types.ts';
import { verifySignature } from '../keys/verify.ts';
import { dsseError } from './errors.ts';

/** A DSSE envelope with any number of signatures. Source: DSSE v1.0.2, envelope.md. */
export interface Envelope {
  readonly payloadType: string;
  /** Standard base64. */
  readonly payload: string;
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** More signatures than this are refused before any is checked. */
export const maximumEnvelopeSignatures = 64;
const maximumEnvelopeBytes = 1 << 20;

/** PAE(type, body): the bytes that DSSE signatures cover. Source: DSSE v1.0.2, protocol.md. */
export function preAuthenticationEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const typeBytes = Buffer.byteLength(payloadType);
  return Buffer.concat([Buffer.from(`DSSEv1 ${typeBytes} ${payloadType} ${payload.length} `), payload]);
}

/** Returns the payload's bytes. @throws TRUST_ENVELOPE_MALFORMED when it is not base64. */
export function envelopePayload(envelope: Envelope): Uint8Array {
  const payload = decodeBase64(envelope.payload);
  if (payload === undefined)
    throw dsseError('TRUST_ENVELOPE_MALFORMED', { got: 'a payload that is no base64' });
  return payload;
}

/** Signs a payload. */
export function signEnvelope(payloadType: string, payload: Uint8Array, signers: readonly Signer[]): Envelope {
  const unsigned = { payloadType, payload: Buffer.from(payload).toString('base64'), signatures: [] };
  return addSignatures(unsigned, signers);
}

/** Returns the envelope with further signatures; a signer who signed already is replaced. */
export function addSignatures(envelope: Envelope, signers: readonly Signer[]): Envelope {
  const bytes = preAuthenticationEncoding(envelope.payloadType, envelopePayload(envelope));
  const ids = new Set(signers.map((signer) => signer.key.keyId));
  const added = signers.map((signer) => ({
    keyid: signer.key.keyId,
    sig: Buffer.from(signer.sign(bytes)).toString('base64'),
  }));
  return {
    ...envelope,
    signatures: [...envelope.signatures.filter(({ keyid }) => !ids.has(keyid)), ...added],
  };
}

/** Joins the signatures of two envelopes over one payload, each once. @throws TRUST_ENVELOPE_DIFFERENT */
export function mergeEnvelopes(a: Envelope, b: Envelope): Envelope {
  if (a.payloadType !== b.payloadType || a.payload !== b.payload) throw dsseError('TRUST_ENVELOPE_DIFFERENT');
  const seen = new Set(a.signatures.map(({ keyid, sig }) => `${keyid} ${sig}`));
  return {
    ...a,
    signatures: [...a.signatures, ...b.signatures.filter(({ keyid, sig }) => !seen.has(`${keyid} ${sig}`))],
  };
}

/**
 * Returns the ids of the distinct keys whose signature over the payload verifies.
 *
 * A signature's `keyid` is only a hint: when it names none of the keys, each is tried.
 * @throws TRUST_ENVELOPE_MALFORMED for a payload that is no base64, or more than 64 signatures
 */
export function verifiedKeyIds(envelope: Envelope, keys: readonly PublicKey[]): Set<string> {
  if (envelope.signatures.length > maximumEnvelopeSignatures)
    throw dsseError('TRUST_ENVELOPE_MALFORMED', { got: `${envelope.signatures.length} signatures` });
  const bytes = preAuthenticationEncoding(envelope.payloadType, envelopePayload(envelope));
  const byId = new Map(keys.map((key) => [key.keyId, key]));
  const verified = new Set<string>();
  for (const { keyid, sig } of envelope.signatures) {
    const signature = decodeBase64(sig);
    if (signature === undefined) continue;
    const named = byId.get(keyid);
    for (const key of named === undefined ? byId.values() : [named]) {
      if (!verified.has(key.keyId) && verifySignature(key, bytes, signature)) verified.add(key.keyId);
    }
  }
  return verified;
}

function isSignature(value: unknown): value is { keyid?: string; sig: string } {
  if (typeof value !== 'object' || value === null) return false;
  const { keyid, sig } = value as { keyid?: unknown; sig?: unknown };
  return (keyid === undefined || typeof keyid === 'string') && typeof sig === 'string';
}

/** Parses an envelope file, at most 1 MiB unless said otherwise. @throws TRUST_ENVELOPE_MALFORMED */
export function parseEnvelope(bytes: Uint8Array, maximumBytes = maximumEnvelopeBytes): Envelope {
  const refuse = (got: string, cause?: unknown): never => {
    throw dsseError('TRUST_ENVELOPE_MALFORMED', { got }, { cause });
  };
  if (bytes.length > maximumBytes) return refuse(`${bytes.length} bytes`);
  let value: Partial<Envelope> | null;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8')) as Partial<Envelope> | null;
  } catch (cause) {
    return refuse('no JSON', cause);
  }
  if (typeof value?.payloadType !== 'string' || typeof value.payload !== 'string')
    return refuse('no payload and type');
  if (!Array.isArray(value.signatures) || !value.signatures.every(isSignature))
    return refuse('no signatures');
  const { payloadType, payload } = value;
  const signatures = value.signatures.map(({ keyid, sig }) => ({ keyid: keyid ?? '', sig }));
  return { payloadType, payload, signatures };
}

/** Encodes an envelope as the JSON text a file holds. */
export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return Buffer.from(`${JSON.stringify(envelope, undefined, 2)}\n`);
}
