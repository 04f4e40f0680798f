import { canonicalJson } from '../encoding/canonical-json.ts';
import type { Signer } from '../keys/types.ts';
import type { Metadata, Signed } from './model.ts';

/** Returns the metadata with the signers' signatures over its canonical bytes; an earlier one of the same key is replaced. Source: TUF 1.0.34 §4.2. */
export function signMetadata<S extends Signed>(
  metadata: Metadata<S>,
  signers: readonly Signer[],
): Metadata<S> {
  const bytes = canonicalJson(metadata.signed);
  const ids = new Set(signers.map((signer) => signer.key.keyId));
  const added = signers.map((signer) => ({
    keyid: signer.key.keyId,
    sig: Buffer.from(signer.sign(bytes)).toString('hex'),
  }));
  const kept = metadata.signatures.filter(({ keyid }) => !ids.has(keyid));
  return { ...metadata, signatures: [...kept, ...added] };
}
