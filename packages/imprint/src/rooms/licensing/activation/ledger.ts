import type { HardwareFacts } from '@imprint/protocol';
import type { ActivationRow, AllocationRow } from '../tables.ts';
import { openPace, type Pace } from './pace.ts';
import type { Ask } from './rules.ts';
import type { SeatBook } from './seat-book.ts';
import { serves, type Terms } from './terms.ts';

/** What a decision looks at and changes: terms, seats and activations, as far as they are part of the work at hand. */
export interface Ledger {
  readonly book: SeatBook;
  readonly activations: Activations;
  /** Nodes whose dated reclaim is due while more is taken than it leaves: some seats at or below them are not renewed. */
  readonly reclaims: readonly AllocationRow[];
  /** Activations that are not renewed for a reclaim, with the node that reclaims; known where the trees are locked. */
  readonly reclaimed: ReadonlyMap<string, AllocationRow>;
  readonly pace: Pace;
  /** The highest generation of a device that is known to anybody, revoked or not: a seat it takes anew begins above it. */
  newestGeneration(deviceId: string): number;
  terms(entitlementId: string): Terms | undefined;
  /** Terms that serve a request now. */
  serving(ask: Ask, now: Date): readonly Terms[];
  setTerms(terms: Terms): void;
  changedTerms(): readonly Terms[];
}

export interface Activations {
  of(deviceId: string): readonly ActivationRow[];
  /** Those of the same TPM or board, whatever else is different. */
  alike(facts: HardwareFacts): readonly ActivationRow[];
  put(row: ActivationRow): void;
  changed(): readonly ActivationRow[];
}

export function openLedger(content: {
  readonly book: SeatBook;
  readonly terms: readonly Terms[];
  readonly activations: readonly ActivationRow[];
  readonly reclaims?: readonly AllocationRow[];
  readonly reclaimed?: ReadonlyMap<string, AllocationRow>;
  /** Without it no new seat is given. */
  readonly pace?: Pace;
  /** The highest generation that the revocation list names, of devices that may take a seat. */
  readonly revoked?: ReadonlyMap<string, number>;
}): Ledger {
  const all = new Map(content.terms.map((terms) => [terms.id, terms]));
  const changed = new Set<string>();
  const byKind = new Map<string, string[]>();
  for (const { id, edition, deviceClass } of content.terms) {
    const kind = `${edition} ${deviceClass}`;
    byKind.set(kind, [...(byKind.get(kind) ?? []), id]);
  }
  const activations = openActivations(content.activations);
  return {
    book: content.book,
    activations,
    reclaims: content.reclaims ?? [],
    reclaimed: content.reclaimed ?? new Map(),
    pace: content.pace ?? openPace(0, new Map()),
    newestGeneration: (deviceId) => {
      const held = activations.of(deviceId).map(({ generation }) => generation);
      return Math.max(content.revoked?.get(deviceId) ?? 0, ...held);
    },
    terms: (id) => all.get(id),
    serving: (ask, now) =>
      (byKind.get(`${ask.edition} ${ask.deviceClass}`) ?? [])
        .map((id) => all.get(id) as Terms)
        .filter((terms) => serves(terms, ask, now)),
    setTerms: (terms) => {
      all.set(terms.id, terms);
      changed.add(terms.id);
    },
    changedTerms: () => [...changed].map((id) => all.get(id) as Terms),
  };
}

function openActivations(rows: readonly ActivationRow[]): Activations {
  const byId = new Map<string, ActivationRow>();
  const byDevice = new Map<string, readonly ActivationRow[]>();
  const byFact = new Map<string, Set<string>>();
  const changed = new Set<string>();

  const keysOf = (row: Pick<ActivationRow, 'fact_tpm' | 'fact_board'>): string[] => [
    ...(row.fact_tpm === null ? [] : [`tpm ${row.fact_tpm}`]),
    ...(row.fact_board === null ? [] : [`board ${row.fact_board}`]),
  ];
  const without = (deviceId: string, id: string) =>
    (byDevice.get(deviceId) ?? []).filter((row) => row.id !== id);
  const indexFacts = (before: ActivationRow | undefined, row: ActivationRow) => {
    if (before?.fact_tpm === row.fact_tpm && before.fact_board === row.fact_board) return;
    if (before !== undefined) for (const key of keysOf(before)) byFact.get(key)?.delete(row.id);
    for (const key of keysOf(row)) byFact.set(key, (byFact.get(key) ?? new Set()).add(row.id));
  };
  const add = (row: ActivationRow) => {
    const before = byId.get(row.id);
    if (before !== undefined && before.device_id !== row.device_id) {
      byDevice.set(before.device_id, without(before.device_id, row.id));
    }
    byId.set(row.id, row);
    byDevice.set(row.device_id, [...without(row.device_id, row.id), row]);
    indexFacts(before, row);
  };
  const at = (ids: Iterable<string>) => Array.from(ids, (id) => byId.get(id) as ActivationRow);
  for (const row of rows) add(row);
  return {
    of: (deviceId) => byDevice.get(deviceId) ?? [],
    alike: ({ tpm, board }) => {
      const keys = keysOf({ fact_tpm: tpm ?? null, fact_board: board ?? null });
      return at(new Set(keys.flatMap((key) => [...(byFact.get(key) ?? [])])));
    },
    put: (row) => {
      add(row);
      changed.add(row.id);
    },
    changed: () => at(changed),
  };
}
