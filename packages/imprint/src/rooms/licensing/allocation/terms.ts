import { DeviceClass } from '@imprint/protocol';
import Value from 'typebox/value';
import type { EntitlementRow } from '../tables.ts';
import { allocationError } from './errors.ts';
import type { NewEntitlement } from './model.ts';

/** More seats than any agreement has; a slip of the keyboard is not an agreement. */
const mostSeats = 10_000_000;

/** A whole number of seats. @throws LICENSING_SEATS_INVALID */
export function checkSeats(name: string, got: number, least: 0 | 1): void {
  if (!Number.isInteger(got) || got < least || got > mostSeats) {
    throw allocationError('LICENSING_SEATS_INVALID', { name, least, most: mostSeats, got });
  }
}

/** @throws LICENSING_TERM_INVALID */
export function checkTerm(startsAt: Date, endsAt: Date): void {
  if (startsAt < endsAt) return;
  throw allocationError('LICENSING_TERM_INVALID', {
    startsAt: startsAt.toISOString(),
    endsAt: endsAt.toISOString(),
  });
}

/** An entitlement's term, the agreement's where nothing else is said. @throws LICENSING_TERM_INVALID, LICENSING_TERM_OUTSIDE */
export function termWithin(
  agreement: { starts_at: Date; ends_at: Date },
  wanted: Pick<NewEntitlement, 'startsAt' | 'endsAt'>,
): { starts_at: Date; ends_at: Date } {
  const starts_at = wanted.startsAt === undefined ? agreement.starts_at : new Date(wanted.startsAt);
  const ends_at = wanted.endsAt === undefined ? agreement.ends_at : new Date(wanted.endsAt);
  checkTerm(starts_at, ends_at);
  if (starts_at < agreement.starts_at || ends_at > agreement.ends_at) {
    throw allocationError('LICENSING_TERM_OUTSIDE', {
      startsAt: agreement.starts_at.toISOString(),
      endsAt: agreement.ends_at.toISOString(),
    });
  }
  return { starts_at, ends_at };
}

/** @throws LICENSING_CLASS_UNKNOWN */
export function classOf(got: string): DeviceClass {
  if (Value.Check(DeviceClass, got)) return got;
  const classes = DeviceClass.anyOf.map((literal) => literal.const).join(', ');
  throw allocationError('LICENSING_CLASS_UNKNOWN', { classes, got });
}

/** The columns of an overage policy, deny where none is named. @throws LICENSING_OVERAGE_INVALID */
export function overageOf(
  wanted: NewEntitlement['overage'],
): Pick<EntitlementRow, 'overage' | 'overage_percent' | 'overage_days'> {
  const { policy, percent, days } = wanted ?? { policy: 'deny' };
  if (policy === 'percent') {
    if (!isWhole(percent, 100) || !isWhole(days, 365)) throw allocationError('LICENSING_OVERAGE_INVALID');
    return { overage: policy, overage_percent: percent, overage_days: days };
  }
  if (percent !== undefined || days !== undefined) throw allocationError('LICENSING_OVERAGE_INVALID');
  return { overage: policy, overage_percent: null, overage_days: null };
}

function isWhole(value: number | undefined, most: number): value is number {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= most;
}

/** When a reclaim is due; notice is given, so later than now. @throws LICENSING_RECLAIM_PAST */
export function reclaimDate(wanted: string | undefined, now: Date): Date | undefined {
  if (wanted === undefined) return undefined;
  const at = new Date(wanted);
  if (at > now) return at;
  throw allocationError('LICENSING_RECLAIM_PAST', { now: now.toISOString(), got: at.toISOString() });
}
