import type { DeviceClass, ErrorParams, HardwareFacts } from '@imprint/protocol';
import { graceDays, isSameHardware } from '@imprint/trust';
import type { ActivationRow } from '../tables.ts';
import type { ActivationCode } from './errors.ts';
import { dayMs } from './terms.ts';

type FactKind = keyof HardwareFacts;

/** A verified request for a lease, whatever carried it. */
export interface Ask {
  readonly deviceId: string;
  readonly nonce: string;
  readonly generation: number;
  readonly issuedAt: Date;
  readonly edition: string;
  readonly deviceClass: DeviceClass;
  readonly facts: HardwareFacts;
  /** The facts this carrier could bring, where it cannot bring all. */
  readonly carried?: readonly FactKind[];
  /** A person at the device says that its hardware was changed. */
  readonly isRebind: boolean;
  readonly origin: 'online' | 'offline' | 'typed';
  /** Of the agency the device belongs to. */
  readonly agencyPath: string;
  /** Path below which the seat must lie, where a person asks for the device. */
  readonly within: string;
}

export interface Refusal {
  readonly refuse: ActivationCode;
  readonly params?: ErrorParams;
}

/** How a holder of a seat is renewed. */
export type Renewal = 'renew' | 'recover' | 'rebind' | 'suspect-duplicate' | 'transfer';

const rebindsAllowed = 3;
const rebindWindowMs = 365 * dayMs;
const reimagesAllowed = 3;
const reimageWindowMs = 30 * dayMs;
const maximumAheadMs = 600_000;

/**
 * Judges what the holder of an active seat asks for. The generation is the guard against replays: a message that was
 * answered once never carries the stored generation again. Only a message of another generation has to prove that it is new.
 */
export function judgeHolder(row: ActivationRow, ask: Ask, now: Date): { renew: Renewal } | Refusal {
  if (row.generation === 0) return ask.generation === 0 ? { renew: 'transfer' } : stale(row, ask, now);
  const isSame = isSameHardware(factsOf(row), ask.facts, ask.carried);
  if (ask.generation === row.generation) return isSame ? { renew: 'renew' } : judgeChange(row, ask, now);
  if (!isNewer(row, ask, now)) return stale(row, ask, now);
  // Ahead of what is stored: no copy can be, but a server whose database was restored finds its devices so.
  const isRecovery = ask.generation === 0 || ask.generation > row.generation;
  if (isSame) return { renew: isRecovery ? 'recover' : 'suspect-duplicate' };
  if (ask.generation === 0 && ask.isRebind) return judgeChange(row, ask, now);
  return { refuse: 'LICENSING_DUPLICATE', params: { expected: row.generation, got: ask.generation } };
}

function judgeChange(row: ActivationRow, ask: Ask, now: Date): { renew: Renewal } | Refusal {
  if (!ask.isRebind) return { refuse: 'LICENSING_HARDWARE_CHANGED' };
  const made = within(row.rebound_at, now, rebindWindowMs);
  if (made.length < rebindsAllowed) return { renew: 'rebind' };
  return { refuse: 'LICENSING_REBIND_LIMIT', params: { allowed: rebindsAllowed } };
}

/** True when a message was made after the newest one known of this activation, and not in the future. */
export function isNewer(row: ActivationRow, { issuedAt }: Ask, now: Date): boolean {
  return issuedAt > row.requested_at && issuedAt.getTime() <= now.getTime() + maximumAheadMs;
}

/** The refusal of a message that may be a replay; it tells a device with a wrong clock what time to put into the next. */
export function stale(row: ActivationRow, ask: Ask, now: Date): Refusal {
  const params = {
    requestedAt: row.requested_at.toISOString(),
    issuedAt: ask.issuedAt.toISOString(),
    serverTime: now.toISOString(),
  };
  return { refuse: 'LICENSING_REQUEST_REPLAYED', params };
}

/** The latest instant at which a device is known to have asked; a clock that is ahead does not count beyond now. */
export function askedAt(before: Date, { issuedAt }: Ask, now: Date): Date {
  const asked = issuedAt < now ? issuedAt : now;
  return asked > before ? asked : before;
}

/** True when this hardware may come back with yet another device key. */
export function mayReimage(row: ActivationRow, now: Date): boolean {
  return within(row.reimaged_at, now, reimageWindowMs).length < reimagesAllowed;
}

/** Appends an instant to a history and forgets what no limit looks back to. */
export function appended(history: readonly Date[], now: Date): Date[] {
  return [...within(history, now, rebindWindowMs), now];
}

/** The next number of an activation: beyond every one that a device has shown. */
export function nextGeneration(stored: number, shown: number): number {
  return Math.max(stored, shown <= 1_000_000_000 ? shown : 0) + 1;
}

/** True when a revocation bars the device from every seat, and not only from those of an agreement that ended. */
export function isBarred(row: ActivationRow): boolean {
  return (
    row.state === 'revoked' && row.ended_reason !== 'agreement-ended' && row.ended_reason !== 'transferred'
  );
}

/** True when a revocation bars the hardware, whatever device key it brings. */
export function isHardwareBarred(row: ActivationRow): boolean {
  return row.state === 'revoked' && (row.ended_reason === 'lost-or-stolen' || row.ended_reason === 'misuse');
}

/** True when nobody has renewed a seat by the end of its lease and its grace. */
export function isLapsed(row: Pick<ActivationRow, 'lease_ends_at'>, now: Date): boolean {
  return row.lease_ends_at.getTime() + graceDays * dayMs <= now.getTime();
}

export function factsOf({ facts }: ActivationRow): HardwareFacts {
  return typeof facts === 'string' ? (JSON.parse(facts) as HardwareFacts) : facts;
}

function within(history: readonly Date[], now: Date, windowMs: number): Date[] {
  return history.filter((at) => at.getTime() > now.getTime() - windowMs);
}
