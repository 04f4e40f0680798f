import { decodeHex } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { verifySignature } from '../keys/verify.ts';
import { tufError } from './errors.ts';
import type { Metadata, RoleKeys, RootSigned } from './model.ts';
import {
  cryptoProfileOf,
  type KeyTable,
  nationalPolicyOf,
  nationalRole,
  readKeys,
  standardFieldSuite,
} from './root-policy.ts';

/** A role with its keys, as one file delegates it. */
export interface RoleGrant {
  readonly role: string;
  readonly keys: KeyTable;
  readonly keyids: readonly string[];
  readonly threshold: number;
}

/** Returns the fingerprints of the role's distinct keys whose signature verifies. */
export function signersOf(
  metadata: Metadata,
  grant: RoleGrant,
  bytes = canonicalJson(metadata.signed),
): Set<string> {
  const listed = new Set(grant.keyids);
  const verified = new Set<string>();
  for (const { keyid, sig } of metadata.signatures) {
    const key = listed.has(keyid) ? grant.keys.get(keyid) : undefined;
    const signature = decodeHex(sig);
    if (key === undefined || signature === undefined || verified.has(key.keyId)) continue;
    if (verifySignature(key, bytes, signature)) verified.add(key.keyId);
  }
  return verified;
}

function grantOf(role: string, keys: KeyTable, roleKeys: RoleKeys): RoleGrant {
  return { role, keys, keyids: roleKeys.keyids, threshold: roleKeys.threshold };
}

/** Returns a top-level role as a root grants it in the standard fields. */
export function topLevelGrant(root: Metadata<RootSigned>, role: keyof RootSigned['roles']): RoleGrant {
  const keys = readKeys(root.signed.keys, standardFieldSuite(cryptoProfileOf(root)), 'root.json');
  return grantOf(role, keys, root.signed.roles[role]);
}

/** Returns a role as a root grants it in the national policy; undefined where the profile demands none. @throws TRUST_TUF_NATIONAL_ROLE */
export function nationalGrant(root: Metadata<RootSigned>, role: string): RoleGrant | undefined {
  const policy = nationalPolicyOf(root);
  if (policy === undefined) return undefined;
  return grantOf(role, readKeys(policy.keys, 'national', 'root.json'), nationalRole(policy, role));
}

/**
 * Checks that a file is signed as its delegator and the root's national policy demand.
 *
 * @throws TRUST_TUF_THRESHOLD, TRUST_TUF_NATIONAL_THRESHOLD, TRUST_TUF_NATIONAL_ROLE
 * Source: TUF 1.0.34 §5.3.4, §5.4.2, §5.5.3, §5.6.3.
 */
export function requireSignatures(
  metadata: Metadata,
  name: string,
  standard: RoleGrant,
  national: RoleGrant | undefined,
): void {
  const bytes = canonicalJson(metadata.signed);
  const check = (grant: RoleGrant, code: 'TRUST_TUF_THRESHOLD' | 'TRUST_TUF_NATIONAL_THRESHOLD'): void => {
    const got = signersOf(metadata, grant, bytes).size;
    if (got < grant.threshold)
      throw tufError(code, { name, role: grant.role, expected: grant.threshold, got });
  };
  check(standard, 'TRUST_TUF_THRESHOLD');
  if (national !== undefined) check(national, 'TRUST_TUF_NATIONAL_THRESHOLD');
}
