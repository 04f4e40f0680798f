import type { EmergencyPolicy, PartyPolicy } from '@imprint/protocol';
import { tufError } from './errors.ts';

const maximumHours = 168;

/** Returns each party's threshold in an emergency: never above its usual one. */
export function lowerThresholds(
  parties: PartyPolicy['parties'],
  { thresholds }: EmergencyPolicy,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(parties).map(([name, party]) => {
      const lower = Object.hasOwn(thresholds, name) ? thresholds[name] : undefined;
      return [name, Math.min(lower ?? party.threshold, party.threshold)] as const;
    }),
  );
}

/** Checks that an emergency policy names parties of the root, asks nobody for more than usual, and somebody for a signature. @throws TRUST_POLICY_INVALID */
export function checkEmergency(
  policy: EmergencyPolicy | undefined,
  parties: PartyPolicy['parties'] | undefined,
): void {
  if (policy === undefined) return;
  const invalid = (got: string) => tufError('TRUST_POLICY_INVALID', { got });
  for (const [name, threshold] of Object.entries(policy.thresholds)) {
    const party = parties !== undefined && Object.hasOwn(parties, name) ? parties[name] : undefined;
    if (party === undefined) throw invalid(`an emergency threshold of ${name}, which is no party`);
    if (threshold > party.threshold)
      throw invalid(`an emergency threshold of ${threshold} for ${name}, above its ${party.threshold}`);
  }
  if (Object.values(lowerThresholds(parties ?? {}, policy)).every((threshold) => threshold < 1))
    throw invalid('an emergency policy that asks nobody for a signature');
  if (policy.withinHours > maximumHours)
    throw invalid(`${policy.withinHours} emergency hours, above ${maximumHours}`);
}
