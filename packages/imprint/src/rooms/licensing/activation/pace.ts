import { limit, outlook } from '../../../platform/rate-limit.ts';
import type { AllocationRow, Trx } from '../tables.ts';

/** How many new seats an entitlement has left to give in an hour. */
interface Left {
  readonly remaining: number;
  readonly retryAfterSeconds: number;
}

/** How fast entitlements give new seats, in one piece of work; what was given is written once, at its end. */
export interface Pace {
  /** New seats that any entitlement may give in an hour. */
  readonly allowed: number;
  /** Seconds until an entitlement gives another seat; undefined where it gives one now. */
  waitOf(entitlementId: string): number | undefined;
  given(entitlementId: string): void;
  /** What was given, by entitlement, in the order of their ids. */
  all(): readonly (readonly [string, number])[];
}

const none: Left = { remaining: 0, retryAfterSeconds: 0 };

/** Begins with what each entitlement of the work has left; one that is not among them gives nothing. */
export function openPace(allowed: number, left: ReadonlyMap<string, Left>): Pace {
  const given = new Map<string, number>();
  const intervalSeconds = allowed === 0 ? 3600 : Math.ceil(3600 / allowed);
  return {
    allowed,
    waitOf: (id) => {
      const { remaining, retryAfterSeconds } = left.get(id) ?? none;
      if ((given.get(id) ?? 0) < remaining) return undefined;
      return retryAfterSeconds > 0 ? retryAfterSeconds : intervalSeconds;
    },
    given: (id) => {
      given.set(id, (given.get(id) ?? 0) + 1);
    },
    all: () => [...given].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

const keyOf = (entitlementId: string) => `activations ${entitlementId}`;
const rateOf = (perHour: number) => ({ burst: perHour, perSeconds: 3600 });

/** Reads what the entitlements of locked trees have left; whoever draws from it, on any server, holds the same lock. */
export async function readPace(
  trx: Trx,
  perHour: number,
  trees: readonly AllocationRow[],
  now: Date,
): Promise<Pace> {
  const ids = [...new Set(trees.map(({ entitlement_id }) => entitlement_id))];
  if (ids.length === 0) return openPace(perHour, new Map());
  const left = await outlook(trx, ids.map(keyOf), rateOf(perHour), now);
  return openPace(perHour, new Map(ids.map((id) => [id, left.get(keyOf(id)) ?? none])));
}

/** Draws what was given, with the trees still locked. */
export async function savePace(trx: Trx, pace: Pace, now: Date): Promise<void> {
  for (const [id, count] of pace.all()) {
    const { allowed } = await limit(trx, keyOf(id), rateOf(pace.allowed), now, count);
    if (!allowed) throw new RangeError(`the entitlement ${id} had fewer seats to give than were counted`);
  }
}
