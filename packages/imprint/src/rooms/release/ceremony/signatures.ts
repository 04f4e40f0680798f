import {
  canonicalJson,
  type Envelope,
  type Metadata,
  missingSignatures,
  type PublicKey,
  partyStandings,
  type RootSigned,
  verifySignature,
} from '@imprint/trust';
import type { MissingSignature, SignatureEntry } from '../model.ts';

/** The signatures that verify over metadata by a key of the root, each key once. */
export function verifiedSignatures(
  signed: unknown,
  signatures: readonly SignatureEntry[],
  keys: ReadonlyMap<string, PublicKey>,
): SignatureEntry[] {
  const bytes = canonicalJson(signed);
  const seen = new Set<string>();
  return signatures.filter(({ keyid, sig }) => {
    const key = keys.get(keyid);
    if (key === undefined || seen.has(keyid) || !/^([0-9a-f]{2})+$/.test(sig)) return false;
    if (!verifySignature(key, bytes, Buffer.from(sig, 'hex'))) return false;
    seen.add(keyid);
    return true;
  });
}

/** The parties that have not met their own threshold on the release statement, or a lower one that is given, per suite. */
export function missingOnStatement(
  envelope: Envelope,
  root: Metadata<RootSigned>,
  thresholds?: Readonly<Record<string, number>>,
): MissingSignature[] {
  return partyStandings(root, envelope, thresholds).flatMap(({ party, suites }) =>
    suites
      .filter(({ needed, have }) => have < needed)
      .map(({ suite, needed, have }) => ({ party, suite, what: 'statement' as const, needed, have })),
  );
}

/** The parties whose signature a metadata file still wants, per suite. */
export function missingOnMetadata(
  metadata: Metadata,
  role: 'root' | 'targets' | 'release' | 'emergency',
  root: Metadata<RootSigned>,
): MissingSignature[] {
  return missingSignatures(metadata, role, root).flatMap(({ suite, missingHolders }) =>
    missingHolders.map((party) => ({ party, suite, what: 'metadata' as const, needed: 1, have: 0 })),
  );
}
