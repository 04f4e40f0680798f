import type { HardwareFacts } from '@imprint/protocol';
import type { ActivationRow, AllocationRow } from '../../tables.ts';
import { type Ledger, openLedger } from '../ledger.ts';
import type { Settled } from '../outcome.ts';
import { openPace } from '../pace.ts';
import type { Ask } from '../rules.ts';
import { openSeatBook } from '../seat-book.ts';
import { settle } from '../settle.ts';
import type { Terms } from '../terms.ts';

export const day = 86_400_000;
export const start = new Date('2026-03-02T08:00:00.000Z');
export const daysAfter = (days: number, from = start): Date => new Date(from.getTime() + days * day);

export const nation = '/N/';
export const ministry = '/N/M/';

export const desktopTerms = (changes: Partial<Terms> = {}): Terms => ({
  id: 'E1',
  edition: 'gov-base',
  deviceClass: 'desktop',
  features: ['kiosk'],
  startsAt: daysAfter(-1),
  endsAt: daysAfter(900),
  overage: 'deny',
  overageDays: undefined,
  overageSince: undefined,
  ...changes,
});

export const node = (changes: Partial<AllocationRow> = {}): AllocationRow => ({
  id: 'root-E1',
  entitlement_id: 'E1',
  parent_id: null,
  agency_id: 'N',
  agency_path: nation,
  floor: 0,
  ceiling: 2,
  hard_ceiling: 2,
  own: 0,
  taken: 0,
  reclaim_ceiling: null,
  reclaim_at: null,
  alerted: 0,
  created_at: start,
  ...changes,
});

/** Facts of a machine named by a letter; digests are told apart, not made. */
export const machine = (name: string, changes: HardwareFacts = {}): HardwareFacts => ({
  tpm: `tpm-${name}`,
  board: `board-${name}`,
  disk: `disk-${name}`,
  cpu: `cpu-${name}`,
  memory: `memory-${name}`,
  ...changes,
});

/** A ledger of few seats and a clock, for rules that need neither database nor key. */
export interface SmallWorld {
  readonly ledger: Ledger;
  now: Date;
  /** Asks as a device; what is not said is that of a first request now. */
  ask(deviceId: string, changes?: Partial<Ask>): Settled;
  active(): readonly ActivationRow[];
  root(id?: string): { taken: number; own: number };
}

let nonces = 0;

export function smallWorld(
  terms: readonly Terms[] = [desktopTerms()],
  nodes: readonly AllocationRow[] = [node()],
  reclaimed: ReadonlyMap<string, AllocationRow> = new Map(),
  revoked: ReadonlyMap<string, number> = new Map(),
  perHour = 1000,
): SmallWorld {
  const left = terms.map(({ id }) => [id, { remaining: perHour, retryAfterSeconds: 0 }] as const);
  const pace = openPace(perHour, new Map(left));
  const ledger = openLedger({ book: openSeatBook(nodes), terms, activations: [], reclaimed, revoked, pace });
  let ids = 0;
  const world: SmallWorld = {
    ledger,
    now: start,
    ask: (deviceId, changes = {}) => {
      nonces += 1;
      const ask: Ask = {
        deviceId,
        nonce: `nonce-${nonces}`,
        generation: 0,
        issuedAt: world.now,
        edition: 'gov-base',
        deviceClass: 'desktop',
        facts: machine(deviceId),
        isRebind: false,
        origin: 'online',
        agencyPath: ministry,
        within: '/',
        ...changes,
      };
      ids += 1;
      return settle(ledger, ask, { now: world.now, id: () => `A${ids}` });
    },
    active: () => ledger.activations.changed().filter(({ state }) => state === 'active'),
    root: (id = 'root-E1') => {
      const [{ taken = -1, own = -1 } = {}] = ledger.book.chainOf(id);
      return { taken, own };
    },
  };
  return world;
}
