import type { DeviceClass } from '@imprint/protocol';
import { leaseDays } from '@imprint/trust';

export const dayMs = 86_400_000;

/** What an entitlement and its agreement allow, as far as a seat needs to know. */
export interface Terms {
  readonly id: string;
  readonly edition: string;
  readonly deviceClass: DeviceClass;
  readonly features: readonly string[];
  readonly startsAt: Date;
  /** The first of the ends of entitlement and agreement, agreed or declared. */
  readonly endsAt: Date;
  readonly overage: 'deny' | 'percent' | 'report';
  readonly overageDays: number | undefined;
  /** When seats beyond those agreed were first taken; undefined while none are. */
  readonly overageSince: Date | undefined;
}

/** A lease shorter than this serves nobody. */
const shortestMs = 60_000;

export function isInTerm({ startsAt, endsAt }: Terms, now: Date): boolean {
  return startsAt <= now && now.getTime() + shortestMs < endsAt.getTime();
}

/** True when seats of these terms are for devices of this edition and class, now. */
export function serves(
  terms: Terms,
  wanted: { readonly edition: string; readonly deviceClass: DeviceClass },
  now: Date,
): boolean {
  return terms.edition === wanted.edition && terms.deviceClass === wanted.deviceClass && isInTerm(terms, now);
}

/** When seats beyond those agreed stop being tolerated; undefined where nothing ends it, or none are taken. */
export function overageUntil({ overage, overageDays, overageSince }: Terms): Date | undefined {
  if (overage !== 'percent' || overageSince === undefined) return undefined;
  return new Date(overageSince.getTime() + (overageDays ?? 0) * dayMs);
}

/** True while a further seat beyond those agreed may be taken, as far as time goes. */
export function isOverageOpen(terms: Terms, now: Date): boolean {
  if (terms.overage === 'report') return true;
  if (terms.overage === 'deny') return false;
  const until = overageUntil(terms);
  return until === undefined || now.getTime() + shortestMs < until.getTime();
}

/** When a lease given now ends: after 180 days, and never beyond its terms or its tolerance. */
export function leaseEnd(terms: Terms, now: Date, tolerated: Date | undefined): Date {
  const ends = [now.getTime() + leaseDays * dayMs, terms.endsAt.getTime()];
  if (tolerated !== undefined) ends.push(tolerated.getTime());
  return new Date(Math.min(...ends));
}
