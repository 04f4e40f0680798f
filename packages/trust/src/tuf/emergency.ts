import type { EmergencyPolicy, PartyPolicy } from '@imprint/protocol';
import type { SignatureSuite } from '../keys/types.ts';
import { lowerThresholds } from './emergency-policy.ts';
import type { Metadata, RoleKeys, RootSigned } from './model.ts';
import { partyRole } from './party-role.ts';
import { partyPolicyOf } from './root-policy.ts';

/** The role that lists releases approved in an emergency. */
export const emergencyRoleName = 'emergency';

/** An emergency policy with every party's threshold spelled out. */
export interface EmergencyTerms {
  /** Party → signatures that are enough, 0 where none is waited for. */
  readonly thresholds: Readonly<Record<string, number>>;
  readonly withinHours: number;
}

/** Returns the terms of a root's emergency lane; undefined where it has none, or one that nobody would have to sign. @throws TRUST_POLICY_MISSING */
export function emergencyTermsOf(root: Metadata<RootSigned>): EmergencyTerms | undefined {
  const policy = root.signed['x-imprint-emergency'];
  if (policy === undefined) return undefined;
  const thresholds = lowerThresholds(partyPolicyOf(root).parties, policy);
  if (Object.values(thresholds).every((threshold) => threshold < 1)) return undefined;
  return { thresholds, withinHours: policy.withinHours };
}

/** Returns the keys of the role `emergency`: one of each party that is waited for, and all of them. @throws TRUST_POLICY_INVALID */
export function emergencyKeys(
  { parties }: PartyPolicy,
  policy: EmergencyPolicy,
  suite: SignatureSuite,
): RoleKeys {
  const thresholds = lowerThresholds(parties, policy);
  const waitedFor = Object.entries(parties).filter(([name]) => (thresholds[name] ?? 0) > 0);
  return partyRole({ parties: Object.fromEntries(waitedFor) }, suite);
}
