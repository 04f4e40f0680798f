import type { SignatureSuite } from '../keys/types.ts';
import { emergencyKeys } from './emergency.ts';
import { tufError } from './errors.ts';
import type { Metadata, RoleName, RootSigned } from './model.ts';
import { partyRole } from './party-role.ts';
import { cryptoProfileOf, keysOfRoot, partyKeyIds, partyPolicyOf, suitesOfProfile } from './root-policy.ts';
import { nationalGrant, type RoleGrant, signersOf, topLevelGrant } from './threshold.ts';

/** One threshold not met yet. */
export interface MissingSignatures {
  readonly role: RoleName;
  readonly suite: SignatureSuite;
  readonly needed: number;
  readonly have: number;
  /** Party names, and `online`, whose key has not signed. */
  readonly missingHolders: string[];
}

function grantOf(role: RoleName, suite: SignatureSuite, root: Metadata<RootSigned>): RoleGrant {
  if (suite === 'national') return nationalGrant(root, role) as RoleGrant;
  if (role !== 'release' && role !== 'emergency') return topLevelGrant(root, role);
  const policy = partyPolicyOf(root);
  const lane = role === 'emergency' ? root.signed['x-imprint-emergency'] : undefined;
  if (role === 'emergency' && lane === undefined) throw tufError('TRUST_EMERGENCY_NOT_ALLOWED');
  const keys = lane === undefined ? partyRole(policy, 'standard') : emergencyKeys(policy, lane, 'standard');
  return { role, keys: keysOfRoot(root), ...keys };
}

function holderOf(keyId: string, suite: SignatureSuite, root: Metadata<RootSigned>): string {
  const parties = Object.entries(partyPolicyOf(root).parties);
  return parties.find(([, party]) => partyKeyIds(party, suite).includes(keyId))?.[0] ?? 'online';
}

/**
 * Returns every threshold that a root demands of a file and that its signatures do not meet; empty when complete.
 *
 * A new root is asked for twice: by the old root and by itself.
 */
export function missingSignatures(
  metadata: Metadata,
  role: RoleName,
  root: Metadata<RootSigned>,
): MissingSignatures[] {
  return suitesOfProfile(cryptoProfileOf(root)).flatMap((suite) => {
    const grant = grantOf(role, suite, root);
    const signed = signersOf(metadata, grant);
    if (signed.size >= grant.threshold) return [];
    const absent = grant.keyids.filter((id) => !signed.has(grant.keys.get(id)?.keyId ?? ''));
    const missingHolders = [...new Set(absent.map((id) => holderOf(id, suite, root)))];
    return [{ role, suite, needed: grant.threshold, have: signed.size, missingHolders }];
  });
}
