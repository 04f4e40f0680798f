import { createHash } from 'node:crypto';
import type { RevocationClaims, RevocationReason } from '@imprint/protocol';
import { graceDays, leaseDays } from '@imprint/trust';
import type { ActivationRow, LicensingTables } from '../tables.ts';
import type { RevocationState } from './model.ts';

const dayMs = 86_400_000;
/** A list is signed anew when it is as old, so that its age says how fresh it is. */
const freshMs = 7 * dayMs;
/** A list of more would be larger than devices read; those whose leases end first are left out of it. */
export const maximumListed = 20_000;

export type RevokedLeaseRow = LicensingTables['licensing_revoked_lease'];

export type RevocationRow = LicensingTables['licensing_revocation'];

/** How long a proposal waits for its second person. */
const waitMs = 30 * dayMs;

/** A proposal made at or before this instant waits no more. */
export function waitingSince(now: Date): Date {
  return new Date(now.getTime() - waitMs);
}

/** When a proposal stops waiting. */
export function waitsUntil({ proposed_at }: Pick<RevocationRow, 'proposed_at'>): Date {
  return new Date(proposed_at.getTime() + waitMs);
}

/** What has become of a revocation by now. */
export function revocationState(
  row: Pick<RevocationRow, 'proposed_at' | 'applied_at' | 'withdrawn_at' | 'undone_at'>,
  now: Date,
): RevocationState {
  if (row.undone_at !== null) return 'undone';
  if (row.applied_at !== null) return 'applied';
  if (row.withdrawn_at !== null) return 'withdrawn';
  return waitsUntil(row) <= now ? 'expired' : 'pending';
}

/** Acts of one person within this time are one act, as far as a second person goes. */
const togetherMs = dayMs;

/** What somebody revoked alone after this instant counts together with what they revoke now. */
export function togetherSince(now: Date): Date {
  return new Date(now.getTime() - togetherMs);
}

/** True when so many devices, together with those revoked alone lately, need a second person. */
export function needsSecond(devices: number, lately: number, alone: number): boolean {
  return devices + lately > alone;
}

/**
 * The leases that the list has to name once these activations have ended. One that has had no lease yet, or whose lease and
 * grace are over, needs no naming.
 */
export function revokedLeases(
  activations: readonly ActivationRow[],
  reason: RevocationReason,
  at: Date,
): RevokedLeaseRow[] {
  return activations.flatMap((row) => {
    const until = new Date(row.lease_ends_at.getTime() + graceDays * dayMs);
    if (row.generation === 0 || until <= at) return [];
    const { device_id, generation, agency_path } = row;
    return [{ device_id, generation, agency_path, reason, revoked_at: at, until }];
  });
}

/** Claims of the list, in an order that depends on its content alone. */
export function listClaims(number: number, leases: readonly RevokedLeaseRow[], now: Date): RevocationClaims {
  const newest = new Map<string, RevokedLeaseRow>();
  for (const lease of leases) {
    const kept = newest.get(lease.device_id);
    if (kept === undefined || kept.generation < lease.generation) newest.set(lease.device_id, lease);
  }
  const sorted = [...newest.values()].sort((a, b) => (a.device_id < b.device_id ? -1 : 1));
  return {
    iss: 'imprint',
    number,
    iat: seconds(now),
    revoked: sorted.map(({ device_id, generation, reason, revoked_at }) => ({
      device: device_id,
      generation,
      reason,
      at: seconds(revoked_at),
    })),
  };
}

const seconds = (at: Date) => Math.floor(at.getTime() / 1000);

/** What to do about the published list: nothing, write it, or leave it as it is ahead of what this database knows. */
export function listDue(
  published: { readonly number: number; readonly iat: number } | undefined,
  number: number,
  now: Date,
): 'current' | 'due' | 'ahead' {
  if (published === undefined || published.number < number) return 'due';
  if (published.number > number) return 'ahead';
  return now.getTime() - published.iat * 1000 >= freshMs ? 'due' : 'current';
}

/**
 * Leases that a published list names beyond the generations known of its devices: a database that was restored has lost them,
 * a device has not.
 */
export function missingLeases(
  published: RevocationClaims['revoked'],
  known: ReadonlyMap<string, number>,
  agencies: ReadonlyMap<string, string>,
): RevokedLeaseRow[] {
  return published
    .filter(({ device, generation }) => generation > (known.get(device) ?? 0))
    .map(({ device, generation, reason, at }) => ({
      device_id: device,
      generation,
      agency_path: agencies.get(device) ?? '/',
      reason,
      revoked_at: new Date(at * 1000),
      // No lease that was revoked then lasts longer.
      until: new Date(at * 1000 + (leaseDays + graceDays) * dayMs),
    }));
}

/** One digest over what was revoked: a line for each activation, sorted. */
export function activationsDigest(activations: readonly ActivationRow[]): string {
  const lines = activations.map(({ id, device_id, generation }) => `${id} ${device_id} ${generation}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}
