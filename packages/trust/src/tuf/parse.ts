import { tufError } from './errors.ts';
import { maximumSignatures, metadataLimits } from './limits.ts';
import type { Metadata, MetadataSignature, Signed, SignedOf } from './model.ts';
import { isObject, signedFault } from './shape.ts';

const isSignature = (value: unknown): value is MetadataSignature =>
  isObject(value) &&
  typeof value.keyid === 'string' &&
  value.keyid.length <= 256 &&
  typeof value.sig === 'string' &&
  value.sig.length <= 2048;

function signaturesFault(value: unknown): string | undefined {
  if (!Array.isArray(value) || !value.every(isSignature)) return 'no signatures';
  return value.length > maximumSignatures ? `${value.length} signatures` : undefined;
}

/**
 * Parses a metadata file of the given type and checks its shape; verifies no signature.
 *
 * `name` is the file's, for errors. Unknown fields are kept.
 * @throws TRUST_TUF_SIZE, TRUST_TUF_MALFORMED, TRUST_TUF_DUPLICATE_SIGNATURE when one key id signs twice (TUF 1.0.34 §4.2)
 */
export function parseMetadata<T extends Signed['_type']>(
  bytes: Uint8Array,
  type: T,
  name = `${type}.json`,
): Metadata<SignedOf<T>> {
  const limit = metadataLimits[type];
  if (bytes.length > limit) throw tufError('TRUST_TUF_SIZE', { name, limit });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw tufError('TRUST_TUF_MALFORMED', { name, got: 'no JSON' }, { cause });
  }
  const file = isObject(value) ? value : {};
  const fault = signaturesFault(file.signatures) ?? signedFault(file.signed, type);
  if (fault !== undefined) throw tufError('TRUST_TUF_MALFORMED', { name, got: fault });
  const metadata = value as Metadata<SignedOf<T>>;
  const ids = new Set(metadata.signatures.map(({ keyid }) => keyid));
  if (ids.size !== metadata.signatures.length) throw tufError('TRUST_TUF_DUPLICATE_SIGNATURE', { name });
  return metadata;
}

/** Encodes metadata as the JSON a repository serves. */
export function encodeMetadata(metadata: Metadata): Uint8Array {
  return Buffer.from(`${JSON.stringify(metadata, undefined, 1)}\n`);
}
