import { isSameHardware } from '@imprint/trust';
import type { SeatNode } from '../allocation/rules.ts';
import type { ActivationRow } from '../tables.ts';
import type { Ledger } from './ledger.ts';
import { type Act, type Occasion, type Refused, refused, revoked, type Settled } from './outcome.ts';
import { reimagedRow, takenRow } from './rows.ts';
import { type Ask, factsOf, isHardwareBarred, isNewer, mayReimage, stale } from './rules.ts';
import type { SeatBook } from './seat-book.ts';
import { isOverageOpen, type Terms } from './terms.ts';

/** A place where a device might take its seat. */
interface Candidate {
  readonly terms: Terms;
  readonly chain: readonly SeatNode[];
  /** An earlier activation under these terms: the device's own, or one of its hardware. */
  readonly before: ActivationRow | undefined;
}

/** Gives a device that holds no seat of serving terms one: its hardware's, its own of before, or a free one. */
export function takeSeat(ledger: Ledger, ask: Ask, occasion: Occasion, leaving?: ActivationRow): Settled {
  const alike = ledger.activations
    .alike(ask.facts)
    .filter((row) => row.device_id !== ask.deviceId && isSameHardware(factsOf(row), ask.facts, ask.carried));
  const barred = alike.find(isHardwareBarred);
  if (barred !== undefined) return revoked(barred);
  const candidates = candidatesOf(ledger, ask, alike, occasion.now);
  if (candidates.length === 0) {
    const { edition, deviceClass } = ask;
    return refused({ refuse: 'LICENSING_NOT_ENTITLED', params: { edition, deviceClass } });
  }
  const before = candidates.find((candidate) => candidate.before !== undefined)?.before;
  if (before !== undefined && ask.generation !== before.generation && !isNewer(before, ask, occasion.now)) {
    return refused(stale(before, ask, occasion.now));
  }
  if (leaving === undefined) {
    for (const candidate of candidates) {
      const holder = alike.find((row) => holdsHere(row, candidate, ask));
      if (holder !== undefined) return reimage(ledger, ask, occasion, candidate, holder);
    }
  }
  return takeFree(ledger, ask, occasion, candidates, leaving);
}

const holdsHere = (row: ActivationRow, { terms, chain }: Candidate, ask: Ask) =>
  row.state === 'active' &&
  row.generation > 0 &&
  row.entitlement_id === terms.id &&
  row.allocation_id === chain[0]?.id &&
  row.agency_path.startsWith(ask.within);

const wasHere = (row: ActivationRow, terms: Terms, ask: Ask) =>
  row.state === 'released' && row.entitlement_id === terms.id && row.agency_path === ask.agencyPath;

/** Nearest node first, then the terms that end first; before all those under which the device had a seat. */
function candidatesOf(ledger: Ledger, ask: Ask, alike: readonly ActivationRow[], now: Date): Candidate[] {
  const own = ledger.activations.of(ask.deviceId);
  const depth = ({ chain }: Candidate) => ledger.book.row(chain[0]?.id ?? '').agency_path.length;
  const had = ({ before }: Candidate) => (before === undefined ? 1 : 0);
  return ledger
    .serving(ask, now)
    .map((terms) => ({
      terms,
      chain: ledger.book.chainAt(terms.id, ask.agencyPath),
      before:
        own.find((row) => row.entitlement_id === terms.id && row.state !== 'active') ??
        alike.find((row) => wasHere(row, terms, ask)),
    }))
    .filter(({ chain }) => chain.length > 0)
    .sort(
      (a, b) =>
        had(a) - had(b) ||
        depth(b) - depth(a) ||
        a.terms.endsAt.getTime() - b.terms.endsAt.getTime() ||
        (a.terms.id < b.terms.id ? -1 : 1),
    );
}

function reimage(
  ledger: Ledger,
  ask: Ask,
  occasion: Occasion,
  candidate: Candidate,
  holder: ActivationRow,
): Settled {
  const { now } = occasion;
  if (!isNewer(holder, ask, now)) return refused(stale(holder, ask, now));
  if (!mayReimage(holder, now)) return suspect(ledger, holder, now);
  const { terms } = candidate;
  const lease = { seat: holder.seat, terms, now, newest: ledger.newestGeneration(ask.deviceId) };
  if (candidate.before?.device_id !== ask.deviceId) {
    const row = reimagedRow(holder, ask, lease);
    ledger.activations.put(row);
    return { ok: true, act: 're-image', row, terms };
  }
  // The key is one that this hardware had before: its own row takes the seat over.
  const left = end(holder, now, 're-imaged');
  const known = takenRow(candidate.before, ask, {
    ...lease,
    id: candidate.before.id,
    allocationId: holder.allocation_id,
  });
  const row = { ...known, reimaged_at: reimagedRow(holder, ask, lease).reimaged_at };
  ledger.activations.put(left);
  ledger.activations.put(row);
  return { ok: true, act: 're-image', row, terms, left };
}

function suspect(ledger: Ledger, holder: ActivationRow, now: Date): Refused {
  const refusal = refused({ refuse: 'LICENSING_DUPLICATE_SUSPECT', params: { allowed: 3 } });
  if (holder.duplicate_at !== null) return refusal;
  const row = { ...holder, duplicate_at: now };
  ledger.activations.put(row);
  return { ...refusal, act: 'suspect-duplicate', row };
}

function takeFree(
  ledger: Ledger,
  ask: Ask,
  occasion: Occasion,
  candidates: readonly Candidate[],
  leaving: ActivationRow | undefined,
): Settled {
  let full: SeatNode | undefined;
  for (const overage of [false, true]) {
    const waits: number[] = [];
    for (const candidate of candidates) {
      if (overage && !isOverageOpen(candidate.terms, occasion.now)) continue;
      const taking = ledger.book.take(limited(ledger.book, candidate.chain, overage, occasion.now));
      if (!taking.ok) {
        full ??= taking.blockedBy;
        continue;
      }
      const wait = ledger.pace.waitOf(candidate.terms.id);
      if (wait !== undefined) {
        waits.push(wait);
        continue;
      }
      ledger.book.keep(unlimited(taking.chain, candidate.chain));
      return grant(ledger, ask, occasion, candidate, taking.overage, leaving);
    }
    // A seat within those agreed is worth the wait; one beyond them is not taken for haste.
    if (waits.length > 0) return tooFast(ledger.pace.allowed, Math.min(...waits));
  }
  const node = ledger.book.row(full?.id ?? '');
  const params = { seats: node.ceiling, taken: full?.taken ?? node.taken, agency: node.agency_id };
  return refused({ refuse: 'LICENSING_SEATS_EXHAUSTED', params });
}

const tooFast = (allowed: number, retryAfterSeconds: number) =>
  refused({ refuse: 'LICENSING_TOO_MANY_ACTIVATIONS', params: { allowed, retryAfterSeconds } });

function grant(
  ledger: Ledger,
  ask: Ask,
  { now, id }: Occasion,
  candidate: Candidate,
  isOverage: boolean,
  leaving: ActivationRow | undefined,
): Settled {
  const terms = isOverage ? sinceNow(ledger, candidate.terms, now) : candidate.terms;
  const left = leaving === undefined ? undefined : end(leaving, now, 'moved');
  if (left !== undefined) {
    ledger.book.release(left.allocation_id);
    ledger.activations.put(left);
  }
  const row = takenRow(candidate.before, ask, {
    id: candidate.before?.id ?? id(),
    allocationId: candidate.chain[0]?.id ?? '',
    seat: isOverage ? 'overage' : 'regular',
    terms,
    now,
    newest: ledger.newestGeneration(ask.deviceId),
  });
  ledger.activations.put(row);
  ledger.pace.given(terms.id);
  const act: Act = left !== undefined ? 'move' : candidate.before === undefined ? 'activate' : 'revive';
  return { ok: true, act, row, terms, ...(left === undefined ? {} : { left }) };
}

/** Starts the time for which seats beyond those agreed are tolerated. */
function sinceNow(ledger: Ledger, terms: Terms, now: Date): Terms {
  if (terms.overageSince !== undefined) return terms;
  const started = { ...terms, overageSince: now };
  ledger.setTerms(started);
  return started;
}

/** A chain with the limits that count now: a dated reclaim's, and at the root the seats agreed unless more is tolerated. */
export function limited(book: SeatBook, chain: readonly SeatNode[], overage: boolean, now: Date): SeatNode[] {
  return chain.map((node, index) => {
    const { reclaim_at, reclaim_ceiling } = book.row(node.id);
    const isRoot = index === chain.length - 1;
    const limits = [isRoot && !overage ? node.ceiling : node.hardCeiling];
    if (reclaim_at !== null && reclaim_ceiling !== null && reclaim_at <= now) limits.push(reclaim_ceiling);
    const known = limits.filter((limit) => limit !== undefined);
    return { ...node, hardCeiling: known.length === 0 ? undefined : Math.min(...known) };
  });
}

function unlimited(changed: readonly SeatNode[], before: readonly SeatNode[]): SeatNode[] {
  return changed.map((node, index) => ({ ...node, hardCeiling: before[index]?.hardCeiling }));
}

function end(row: ActivationRow, now: Date, reason: string): ActivationRow {
  return { ...row, state: 'released', ended_at: now, ended_reason: reason };
}
