import { type Envelope, verifiedKeyIds } from '../dsse/envelope.ts';
import type { PublicKey, SignatureSuite } from '../keys/types.ts';
import type { Metadata, RootSigned } from '../tuf/model.ts';
import {
  cryptoProfileOf,
  keysOfRoot,
  partyKeyIds,
  partyPolicyOf,
  suitesOfProfile,
} from '../tuf/root-policy.ts';

/** How one party stands to an envelope: per suite of the profile, the signatures it needs and has. */
export interface PartyStanding {
  readonly party: string;
  readonly suites: readonly {
    readonly suite: SignatureSuite;
    readonly needed: number;
    readonly have: number;
  }[];
  /** Every suite's threshold is met. */
  readonly complete: boolean;
}

/**
 * Returns how each party of a root's policy stands to an envelope, in the policy's order; by other thresholds where they are given.
 *
 * @throws TRUST_POLICY_MISSING, TRUST_ENVELOPE_MALFORMED
 */
export function partyStandings(
  root: Metadata<RootSigned>,
  envelope: Envelope,
  thresholds: Readonly<Record<string, number>> = {},
): PartyStanding[] {
  const policy = partyPolicyOf(root);
  const suites = suitesOfProfile(cryptoProfileOf(root));
  const keys = keysOfRoot(root);
  const parties = Object.entries(policy.parties);
  const idsOf = parties.flatMap(([, party]) => suites.flatMap((suite) => [...partyKeyIds(party, suite)]));
  const candidates = idsOf.map((id) => keys.get(id)).filter((key): key is PublicKey => key !== undefined);
  const verified = verifiedKeyIds(envelope, candidates);
  return parties.map(([name, party]) => {
    const standing = suites.map((suite) => ({
      suite,
      needed: thresholds[name] ?? party.threshold,
      // A set: one key counts once, however often it is listed or signs.
      have: new Set(partyKeyIds(party, suite).filter((id) => verified.has(id))).size,
    }));
    return { party: name, suites: standing, complete: standing.every(({ needed, have }) => have >= needed) };
  });
}
