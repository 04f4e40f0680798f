import { join } from 'node:path';
import type { CryptoProfile, PartyPolicy } from '@imprint/protocol';
import {
  cryptoProfileOf,
  keysOfRoot,
  type Metadata,
  missingSignatures,
  type PublicKey,
  parseMetadata,
  partyPolicyOf,
  type RootSigned,
  type SignatureSuite,
  type Signer,
  sha256Hex,
  suiteOf,
} from '@imprint/trust';
import { releaseError } from '../errors.ts';
import { demandedSuites } from '../rules.ts';
import { exists, readBounded } from './files.ts';

/** A root as a party or a device pins it, with what it says about parties. */
export interface PinnedRoot {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly metadata: Metadata<RootSigned>;
  readonly version: number;
  readonly profile: CryptoProfile;
  readonly policy: PartyPolicy;
  /** Every key the root lists, by fingerprint. */
  readonly keys: ReadonlyMap<string, PublicKey>;
}

/** Parses a root that its own parties have all signed. @throws TRUST_TUF_MALFORMED · TRUST_POLICY_MISSING · RELEASE_ROOT_UNSIGNED */
export function parseRoot(bytes: Uint8Array): PinnedRoot {
  const metadata = parseMetadata(bytes, 'root');
  const missing = missingSignatures(metadata, 'root', metadata).flatMap((one) => one.missingHolders);
  if (missing.length > 0)
    throw releaseError('RELEASE_ROOT_UNSIGNED', { missing: [...new Set(missing)].join(', ') });
  return {
    bytes,
    sha256: sha256Hex(bytes),
    metadata,
    version: metadata.signed.version,
    profile: cryptoProfileOf(metadata),
    policy: partyPolicyOf(metadata),
    keys: keysOfRoot(metadata),
  };
}

/** Reads a pinned root from a file, or `root.json` in a directory. @throws RELEASE_ROOT_MISSING */
export async function readRoot(place: string): Promise<PinnedRoot> {
  const file = place.endsWith('.json') ? place : join(place, 'root.json');
  if (!(await exists(file))) throw releaseError('RELEASE_ROOT_MISSING', { file });
  return parseRoot(await readBounded(file, 'root', 512 * 1024));
}

/** The party a key belongs to, by fingerprint. */
export function partyOfKey(policy: PartyPolicy, keyId: string): string | undefined {
  const found = Object.entries(policy.parties).find(
    ([, party]) => party.keyIds.includes(keyId) || (party.nationalKeyIds ?? []).includes(keyId),
  );
  return found?.[0];
}

/** Key ids of one party in one suite. */
export function keyIdsOfParty(policy: PartyPolicy, party: string, suite: SignatureSuite): readonly string[] {
  const entry = policy.parties[party];
  return (suite === 'standard' ? entry?.keyIds : entry?.nationalKeyIds) ?? [];
}

export interface OpenedKeyFile {
  readonly holder: string;
  readonly signers: readonly Signer[];
}

export interface PartySigners {
  readonly party: string;
  readonly holder: string;
  /** One for each suite the root demands. */
  readonly signers: readonly Signer[];
}

/**
 * Finds the party an opened key file signs for, and its signer of every suite the root demands.
 * @throws RELEASE_NOT_A_PARTY · RELEASE_SUITE_MISSING
 */
export function partySigners(root: PinnedRoot, opened: OpenedKeyFile): PartySigners {
  const { holder, signers } = opened;
  const parties = new Set(signers.map((signer) => partyOfKey(root.policy, signer.key.keyId)));
  parties.delete(undefined);
  const [party] = parties;
  if (party === undefined || parties.size > 1) {
    throw releaseError('RELEASE_NOT_A_PARTY', { holder, keyId: signers[0]?.key.keyId ?? 'none' });
  }
  const chosen = demandedSuites(root.profile).map((suite) => {
    const ids = keyIdsOfParty(root.policy, party, suite);
    const signer = signers.find(({ key }) => suiteOf(key.scheme) === suite && ids.includes(key.keyId));
    if (signer === undefined)
      throw releaseError('RELEASE_SUITE_MISSING', { holder, suite, profile: root.profile });
    return signer;
  });
  return { party, holder, signers: chosen };
}
