import { createHash } from 'node:crypto';
import type { HardwareFacts } from '@imprint/protocol';

export type FactKind = keyof HardwareFacts;

/** What each fact says about a machine being the same; network and removable devices are no facts at all. */
const weights: Readonly<Record<FactKind, number>> = { tpm: 4, board: 4, disk: 2, cpu: 1, memory: 1 };
const kinds = Object.keys(weights) as FactKind[];
const enough = 0.6;

/** Returns the digest by which a fact is compared: 12 bytes, base64url; the fact itself never leaves the device. */
export function factDigest(kind: FactKind, value: string): string {
  return createHash('sha256')
    .update(`imprint-fact/v1 ${kind} ${value}`)
    .digest()
    .subarray(0, 12)
    .toString('base64url');
}

/**
 * Returns how far facts seen agree with facts stored, from 0 to 1, by weight.
 *
 * A fact stored and not seen counts as unequal, a fact not stored is passed over, and where nothing is stored nothing
 * disagrees: 1. `carried` limits the comparison to the facts that a carrier brings, as a typed code brings two.
 */
export function matchOfFacts(
  stored: HardwareFacts,
  seen: HardwareFacts,
  carried: readonly FactKind[] = kinds,
): number {
  const known = carried.filter((kind) => stored[kind] !== undefined);
  const weigh = (some: readonly FactKind[]) => some.reduce((sum, kind) => sum + weights[kind], 0);
  const total = weigh(known);
  return total === 0 ? 1 : weigh(known.filter((kind) => stored[kind] === seen[kind])) / total;
}

/** True when at least 60 % of the weight of the stored facts is seen again. */
export function isSameHardware(
  stored: HardwareFacts,
  seen: HardwareFacts,
  carried?: readonly FactKind[],
): boolean {
  return matchOfFacts(stored, seen, carried) >= enough;
}
