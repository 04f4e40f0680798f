import { recordAll } from '../../assurance/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import { isSeatReclaimed, reclaimedSeats } from '../allocation/reclaim.ts';
import { saveCounters } from '../allocation/store.ts';
import type { LicensingContext } from '../context.ts';
import { revokedGenerations } from '../revocation/store.ts';
import type { ActivationRow, AllocationRow, Trx } from '../tables.ts';
import { eventsOf } from './events.ts';
import type { Overage } from './lease.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type Act, type Granted, type Refused, refused, type Settled } from './outcome.ts';
import { readPace, savePace } from './pace.ts';
import { lockTrees } from './release.ts';
import type { Ask } from './rules.ts';
import { openSeatBook } from './seat-book.ts';
import { needsTrees, reclaimsAt, settle } from './settle.ts';
import {
  clearOverage,
  findActivationsOf,
  findAlike,
  findReclaims,
  findServing,
  findTerms,
  lockActivations,
  putActivations,
  renewActivations,
  type Serving,
  saveOverage,
} from './store.ts';
import { overageUntil } from './terms.ts';

/** A request in a batch. Without an agency, the one its device is enrolled in counts. */
export type Item = Omit<Ask, 'agencyPath'> & {
  readonly agencyPath?: string;
  readonly actor: string;
  readonly sha256: string;
};

export type Outcome = (Granted & { readonly overage: Overage | undefined }) | Refused;

/**
 * Decides a batch of requests, each device once, in the caller's transaction. Renewals that change no seat lock their own
 * activations only; all others lock seat trees first. One that turns out to need a tree that is not locked is undefined in
 * the answer and has nothing changed: it is tried again with `withTrees`.
 */
export async function settleBatch(
  trx: Trx,
  context: LicensingContext,
  items: readonly Item[],
  withTrees: boolean,
): Promise<(Outcome | undefined)[]> {
  const now = context.clock.now();
  const asks = await locate(trx, context, items);
  const located = asks.filter((ask) => ask !== undefined);
  const { ledger, locked } = await openBatch(trx, located, withTrees, {
    now,
    perHour: context.policy.activationsPerHour,
  });
  const occasion = { now, id: context.ids.id };
  const settled = asks.map((ask): Settled | undefined => {
    if (ask === undefined) return refused({ refuse: 'LICENSING_DEVICE_UNKNOWN' });
    const isReady = locked.has(ask.deviceId) || !needsTrees(ledger, ask, now);
    return isReady ? settle(ledger, ask, occasion) : undefined;
  });
  const done = settled.map((one) => (one === undefined ? undefined : outcomeOf(ledger, one)));
  await write(trx, context, ledger, settled, now);
  const recorded = settled.flatMap((one, index) => {
    const item = items[index];
    return one === undefined || item === undefined ? [] : [{ settled: one, ...item }];
  });
  await recordAll(trx, eventsOf(recorded, now));
  return done;
}

/** Finds each device's agency; undefined for one that is not enrolled. */
async function locate(
  trx: Trx,
  context: LicensingContext,
  items: readonly Item[],
): Promise<(Ask | undefined)[]> {
  const unknown = items.filter(({ agencyPath }) => agencyPath === undefined);
  const paths = await context.agenciesOfDevices(
    trx,
    unknown.map(({ deviceId }) => deviceId),
  );
  return items.map((item) => {
    const agencyPath = item.agencyPath ?? paths.get(item.deviceId);
    return agencyPath === undefined ? undefined : { ...item, agencyPath };
  });
}

/** Locks and reads what the batch may touch; `locked` names the devices whose seat trees are. */
async function openBatch(
  trx: Trx,
  asks: readonly Ask[],
  withTrees: boolean,
  { now, perHour }: { readonly now: Date; readonly perHour: number },
): Promise<{ ledger: Ledger; locked: ReadonlySet<string> }> {
  const devices = asks.map(({ deviceId }) => deviceId);
  const before = await findActivationsOf(trx, devices);
  const reclaims = await findReclaims(trx, now);
  const hint = openLedger({
    book: openSeatBook([]),
    terms: await findTerms(trx, entitlementsOf(before)),
    activations: before,
    reclaims,
  });
  const heavy = withTrees ? asks : asks.filter((ask) => needsTrees(hint, ask, now));
  const locked = new Set(heavy.map(({ deviceId }) => deviceId));
  const serving = heavy.length === 0 ? [] : await findServing(trx, heavy);
  const held = before.filter((row) => row.state === 'active' && locked.has(row.device_id));
  const trees = await lockTrees(trx, [...heavy.flatMap((ask) => placesOf(ask, serving)), ...held]);
  // From here on these trees are this transaction's alone: what is read now is what is decided on.
  const rows = await lockRows(trx, devices, heavy, serving);
  const ledger = openLedger({
    book: openSeatBook(trees),
    terms: await findTerms(trx, [...new Set([...entitlementsOf(rows), ...serving.map(({ id }) => id)])]),
    activations: rows,
    reclaims,
    reclaimed: await findReclaimed(trx, rows, trees, reclaims, now),
    pace: await readPace(trx, perHour, trees, now),
    revoked: await revokedGenerations(trx, [...locked]),
  });
  return { ledger, locked };
}

const entitlementsOf = (rows: readonly ActivationRow[]) => [
  ...new Set(rows.map(({ entitlement_id }) => entitlement_id)),
];

const placesOf = (ask: Ask, serving: readonly Serving[]) =>
  serving
    .filter(
      ({ edition, device_class, agency_path }) =>
        edition === ask.edition && device_class === ask.deviceClass && ask.agencyPath.startsWith(agency_path),
    )
    .map(({ id }) => ({ entitlement_id: id, agency_path: ask.agencyPath }));

async function lockRows(
  trx: Trx,
  devices: readonly string[],
  heavy: readonly Ask[],
  serving: readonly Serving[],
): Promise<ActivationRow[]> {
  const own = await findActivationsOf(trx, devices);
  const alike = await findAlike(
    trx,
    serving.map(({ id }) => id),
    heavy.map(({ facts }) => facts),
  );
  return lockActivations(trx, [...new Set([...own, ...alike].map(({ id }) => id))]);
}

/** The activations that a due reclaim no longer renews, of those whose trees are locked. */
async function findReclaimed(
  trx: Trx,
  rows: readonly ActivationRow[],
  trees: readonly AllocationRow[],
  reclaims: readonly AllocationRow[],
  now: Date,
): Promise<Map<string, AllocationRow>> {
  const reclaimed = new Map<string, AllocationRow>();
  const book = openSeatBook(trees);
  const known = new Set(trees.map(({ id }) => id));
  for (const row of rows) {
    if (row.state !== 'active' || reclaimsAt({ reclaims }, row).length === 0) continue;
    if (!known.has(row.allocation_id)) continue;
    const chain = book.chainOf(row.allocation_id).map(({ id }) => book.row(id));
    const node = chain.find((one) => reclaimedSeats(one, now) > 0);
    if (node !== undefined && (await isSeatReclaimed(trx, chain, row, now))) reclaimed.set(row.id, node);
  }
  return reclaimed;
}

async function write(
  trx: Trx,
  context: LicensingContext,
  ledger: Ledger,
  settled: readonly (Settled | undefined)[],
  now: Date,
): Promise<void> {
  const plain = new Set(
    settled.flatMap((one) => (one?.ok === true && isRenewal(one.act, one.row) ? [one.row.id] : [])),
  );
  const changed = ledger.activations.changed();
  const nodes = await saveCounters(trx, ledger.book.changed());
  await putActivations(
    trx,
    changed.filter(({ id }) => !plain.has(id)),
  );
  await renewActivations(
    trx,
    changed.filter(({ id }) => plain.has(id)),
  );
  await savePace(trx, ledger.pace, now);
  await saveOverage(trx, ledger.changedTerms());
  await clearOverage(trx, nodes);
  if (nodes.length > 0) await raiseAlerts(trx, context, nodes);
}

const isRenewal = (act: Act, row: ActivationRow) =>
  (act === 'renew' || act === 'recover') && row.seat === 'regular';

function outcomeOf(ledger: Ledger, settled: Settled): Outcome {
  if (!settled.ok) return settled;
  const { row } = settled;
  if (row.seat === 'regular') return { ...settled, overage: undefined };
  const root = ledger.book.chainOf(row.allocation_id).at(-1);
  const count = Math.max(0, (root?.taken ?? 0) - (root?.ceiling ?? 0));
  const terms = ledger.terms(row.entitlement_id) ?? settled.terms;
  return { ...settled, overage: { count, until: overageUntil(terms) } };
}
