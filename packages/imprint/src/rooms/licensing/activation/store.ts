import type { HardwareFacts } from '@imprint/protocol';
import { sql } from 'kysely';
import type { ActivationRow, AllocationRow, EntitlementRow, Trx } from '../tables.ts';
import type { Ask } from './rules.ts';
import { pathsAbove } from './seat-book.ts';
import type { Terms } from './terms.ts';

/** Reads activations in order of their ids and keeps them locked until the transaction ends. */
export function lockActivations(trx: Trx, ids: readonly string[]): Promise<ActivationRow[]> {
  if (ids.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where(sql<boolean>`id = any(${ids}::text[])`)
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
}

/** Every activation of these devices, whatever its state. */
export function findActivationsOf(trx: Trx, deviceIds: readonly string[]): Promise<ActivationRow[]> {
  return trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where(sql<boolean>`device_id = any(${deviceIds}::text[])`)
    .execute();
}

/** Activations of some entitlements that share a TPM or a board with one of these machines. */
export function findAlike(
  trx: Trx,
  entitlementIds: readonly string[],
  facts: readonly HardwareFacts[],
): Promise<ActivationRow[]> {
  const tpms = facts.flatMap(({ tpm }) => (tpm === undefined ? [] : [tpm]));
  const boards = facts.flatMap(({ board }) => (board === undefined ? [] : [board]));
  if (entitlementIds.length === 0 || tpms.length + boards.length === 0) return Promise.resolve([]);
  return trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where(sql<boolean>`entitlement_id = any(${entitlementIds}::text[])`)
    .where(sql<boolean>`(fact_tpm = any(${tpms}::text[]) or fact_board = any(${boards}::text[]))`)
    .execute();
}

type TermsRow = Omit<Terms, 'overageDays' | 'overageSince'> & {
  overageDays: number | null;
  overageSince: Date | null;
};

const termsColumns = sql`e.id, e.edition, e.device_class as "deviceClass", e.features, e.overage,
  e.overage_days as "overageDays", e.overage_since as "overageSince",
  greatest(e.starts_at, a.starts_at) as "startsAt",
  least(e.ends_at, a.ends_at, e.ended_at, a.ended_at) as "endsAt"`;

const termsOf = (rows: readonly TermsRow[]): Terms[] =>
  rows.map(({ overageDays, overageSince, ...row }) => ({
    ...row,
    overageDays: overageDays ?? undefined,
    overageSince: overageSince ?? undefined,
  }));

/** The terms of entitlements, by id. */
export async function findTerms(trx: Trx, ids: readonly string[]): Promise<Terms[]> {
  if (ids.length === 0) return [];
  const { rows } = await sql<TermsRow>`
    select ${termsColumns} from licensing_entitlement e join licensing_agreement a on a.id = e.agreement_id
    where e.id = any(${ids}::text[])`.execute(trx);
  return termsOf(rows);
}

/** An entitlement that may have a seat for one who asks. */
export type Serving = Pick<EntitlementRow, 'id' | 'agency_path' | 'edition' | 'device_class'>;

/** Entitlements licensed to the agencies of those that ask or to agencies above them, for an edition and class asked for. */
export function findServing(trx: Trx, asks: readonly Ask[]): Promise<Serving[]> {
  const paths = [...new Set(asks.flatMap(({ agencyPath }) => pathsAbove(agencyPath)))];
  const editions = [...new Set(asks.map(({ edition }) => edition))];
  const classes = [...new Set(asks.map(({ deviceClass }) => deviceClass))];
  return trx
    .selectFrom('licensing_entitlement')
    .select(['id', 'agency_path', 'edition', 'device_class'])
    .where(sql<boolean>`agency_path = any(${paths}::text[])`)
    .where(sql<boolean>`edition = any(${editions}::text[])`)
    .where(sql<boolean>`device_class = any(${classes}::text[])`)
    .where('ended_at', 'is', null)
    .execute();
}

/** Nodes whose dated reclaim is due and leaves fewer seats than are taken. */
export function findReclaims(trx: Trx, now: Date): Promise<AllocationRow[]> {
  return trx
    .selectFrom('licensing_allocation')
    .selectAll()
    .where('reclaim_at', '<=', now)
    .whereRef('taken', '>', 'reclaim_ceiling')
    .execute();
}

/** Writes activations as they now are, those first that no longer hold a seat: a device holds one at a time. */
export async function putActivations(trx: Trx, rows: readonly ActivationRow[]): Promise<void> {
  await putRows(
    trx,
    rows.filter(({ state }) => state !== 'active'),
  );
  await putRows(
    trx,
    rows.filter(({ state }) => state === 'active'),
  );
}

async function putRows(trx: Trx, rows: readonly ActivationRow[]): Promise<void> {
  if (rows.length === 0) return;
  const sorted = [...rows].sort((a, b) => (a.id < b.id ? -1 : 1));
  await sql`
    insert into licensing_activation
    select * from jsonb_populate_recordset(null::licensing_activation, ${JSON.stringify(sorted)}::jsonb)
    on conflict (id) do update set
      agency_path = excluded.agency_path, allocation_id = excluded.allocation_id, device_id = excluded.device_id,
      state = excluded.state, seat = excluded.seat, origin = excluded.origin, generation = excluded.generation,
      nonce = excluded.nonce, requested_at = excluded.requested_at, facts = excluded.facts,
      fact_tpm = excluded.fact_tpm, fact_board = excluded.fact_board, activated_at = excluded.activated_at,
      renewed_at = excluded.renewed_at, renew_at = excluded.renew_at, lease_ends_at = excluded.lease_ends_at,
      overage_until = excluded.overage_until, rebound_at = excluded.rebound_at, reimaged_at = excluded.reimaged_at,
      duplicate_at = excluded.duplicate_at, ended_at = excluded.ended_at, ended_reason = excluded.ended_reason`.execute(
    trx,
  );
}

/** Writes the columns that a renewal changes, of rows that stay where they are. */
export async function renewActivations(trx: Trx, rows: readonly ActivationRow[]): Promise<void> {
  if (rows.length === 0) return;
  const column = <T>(pick: (row: ActivationRow) => T) => rows.map(pick);
  await sql`
    update licensing_activation as a set
      seat = r.seat, generation = r.generation, nonce = r.nonce, requested_at = r.requested_at, facts = r.facts::jsonb,
      fact_tpm = r.fact_tpm, fact_board = r.fact_board, renewed_at = r.renewed_at, renew_at = r.renew_at,
      lease_ends_at = r.lease_ends_at, overage_until = null
    from unnest(${column(({ id }) => id)}::text[], ${column(({ seat }) => seat)}::text[],
      ${column(({ generation }) => generation)}::integer[], ${column(({ nonce }) => nonce)}::text[],
      ${column((row) => row.requested_at)}::timestamptz[], ${column((row) => JSON.stringify(row.facts))}::text[],
      ${column((row) => row.fact_tpm)}::text[], ${column((row) => row.fact_board)}::text[],
      ${column((row) => row.renewed_at)}::timestamptz[], ${column((row) => row.renew_at)}::timestamptz[],
      ${column((row) => row.lease_ends_at)}::timestamptz[])
      as r (id, seat, generation, nonce, requested_at, facts, fact_tpm, fact_board, renewed_at, renew_at, lease_ends_at)
    where a.id = r.id`.execute(trx);
}

/** Writes since when seats beyond those agreed are taken. */
export async function saveOverage(trx: Trx, terms: readonly Terms[]): Promise<void> {
  for (const { id, overageSince } of terms) {
    await trx
      .updateTable('licensing_entitlement')
      .set({ overage_since: overageSince ?? null })
      .where('id', '=', id)
      .execute();
  }
}

export async function markEnded(
  trx: Trx,
  ids: readonly string[],
  ending: { readonly state: 'released' | 'revoked'; readonly reason: string; readonly at: Date },
): Promise<ActivationRow[]> {
  if (ids.length === 0) return [];
  return trx
    .updateTable('licensing_activation')
    .set({ state: ending.state, ended_at: ending.at, ended_reason: ending.reason })
    .where(sql<boolean>`id = any(${ids}::text[])`)
    .returningAll()
    .execute();
}

/** Ends the overage of the entitlements whose roots are within the seats agreed again. */
export async function clearOverage(trx: Trx, nodes: readonly AllocationRow[]): Promise<void> {
  const within = nodes.filter((node) => node.parent_id === null && node.taken <= node.ceiling);
  if (within.length === 0) return;
  const ids = within.map((node) => node.entitlement_id);
  await trx
    .updateTable('licensing_entitlement')
    .set({ overage_since: null })
    .where('id', 'in', ids)
    .where('overage_since', 'is not', null)
    .execute();
}

/** Editions that anybody is entitled to. */
export async function listEditions(trx: Trx): Promise<string[]> {
  const rows = await trx.selectFrom('licensing_entitlement').select('edition').distinct().execute();
  return rows.map(({ edition }) => edition);
}

/** Takes a suspicion and the counts that led to it off an activation, but for the hardware changes that stay. */
export async function markResolved(trx: Trx, id: string, rebound_at: Date[]): Promise<void> {
  await trx
    .updateTable('licensing_activation')
    .set({ duplicate_at: null, rebound_at, reimaged_at: [] })
    .where('id', '=', id)
    .execute();
}

/** Active activations whose lease ended before an instant, those first that ended first. */
export function listEndedLeases(trx: Trx, before: Date, limit: number): Promise<ActivationRow[]> {
  return trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where('state', '=', 'active')
    .where('lease_ends_at', '<=', before)
    .orderBy('lease_ends_at')
    .limit(limit)
    .execute();
}
