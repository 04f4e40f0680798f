import { ImprintError, isImprintError } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { decodeSheet, type Encoding } from '../../../platform/sheets/decode.ts';
import { type AssuranceEvent, recordAll } from '../../assurance/index.ts';
import { addAgencies, organisationError } from '../../organisation/index.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import type { AllocationContext } from '../allocation/actions.ts';
import { boundsDigest } from '../allocation/allocate.ts';
import { lockTree } from '../allocation/store.ts';
import type { AllocationRow, Trx } from '../tables.ts';
import { importError } from './errors.ts';
import type { ImportPlan, ImportRow, Known, KnownAgency, PlannedSeats } from './model.ts';
import { importLimits, parseSheet } from './parse.ts';
import { readRow } from './rows.ts';
import { planImport, type Unread } from './rules.ts';
import { openSeatTrees, type SeatTrees } from './seat-tree.ts';
import {
  findAgencies,
  findEntitlements,
  insertNodes,
  listSeatGroups,
  moveGroups,
  saveNodes,
} from './store.ts';

/** Mistakes one answer lists. */
const mostListed = 10_000;

export interface WantedImport {
  readonly bytes: Uint8Array;
  /** What places in messages call the file. */
  readonly name?: string;
  readonly entitlementId?: string;
}

export interface Imported {
  readonly encoding: Encoding;
  readonly rows: number;
  readonly agencies: { readonly new: number; readonly unchanged: number };
  readonly seats: { readonly new: number; readonly changed: number; readonly unchanged: number };
}

/**
 * Adds the agencies of a sheet and sets their seats, all in one transaction or not at all. What is there already stays as it
 * is, so the same file again changes nothing.
 * @throws ORGANISATION_SCOPE_MISSING, LICENSING_IMPORT_SIZE, LICENSING_IMPORT_REJECTED with every mistake
 */
export function importSheet(
  context: AllocationContext,
  access: Access,
  wanted: WantedImport,
  dryRun: boolean,
): Promise<Imported> {
  if (!access.scopes.includes('organisation:write')) {
    throw organisationError('ORGANISATION_SCOPE_MISSING', { scope: 'organisation:write' });
  }
  const sheet = readSheet(wanted);
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const { trees, known } = await loadKnown(trx, context, access, sheet.rows, wanted.entitlementId);
    const { plan, wrong } = planImport(sheet.rows, known, sheet.unread);
    if (sheet.problems.length + wrong.length > 0) throw rejected([...sheet.problems, ...wrong], wanted.name);
    const seats = openSeatTrees(access, trees, await groupsFor(trx, plan), () => ({
      id: context.ids.id(),
      created_at: context.clock.now(),
    }));
    const { agencies, added } = await plantAgencies(trx, context, access, plan, known, wanted.name);
    const events = [...added, ...setSeats(context, access, plan, seats, agencies, wanted.name)];
    await writeSeats(trx, context, seats);
    const hasChanged = plan.agencies.length + plan.seats.length > 0;
    await recordAll(trx, hasChanged ? [...events, importEvent(context, access, wanted.bytes)] : []);
    const isNew = ({ change }: PlannedSeats) => change === 'new';
    const planted = plan.seats.filter(isNew).length;
    return {
      encoding: sheet.encoding,
      rows: sheet.rows.length,
      agencies: { new: plan.agencies.length, unchanged: plan.unchangedAgencies },
      seats: { new: planted, changed: plan.seats.length - planted, unchanged: plan.unchangedSeats },
    };
  });
}

interface Sheet {
  readonly encoding: Encoding;
  readonly rows: readonly ImportRow[];
  readonly problems: readonly ImprintError[];
  readonly unread: Unread;
}

function readSheet({ bytes, name }: WantedImport): Sheet {
  if (bytes.length > importLimits.bytes) {
    throw importError('LICENSING_IMPORT_SIZE', { maximum: importLimits.bytes, got: bytes.length });
  }
  const decoded = decodeSheet(bytes);
  if (decoded === undefined) throw rejected([importError('LICENSING_IMPORT_ENCODING')], name);
  const parsed = parseSheet(decoded.text);
  const read = parsed.rows.map((row) => ({ ...readRow(row), code: row.cells.code }));
  const spoilt = read.filter(({ row }) => row === undefined).map(({ code }) => code);
  return {
    encoding: decoded.encoding,
    rows: read.flatMap(({ row }) => (row === undefined ? [] : [row])),
    problems: [...parsed.problems, ...read.flatMap(({ wrong }) => wrong)],
    unread: { spoilt: new Set([...parsed.spoilt, ...spoilt]), isCut: parsed.isCut },
  };
}

/** Everything that is wrong with a file, in the order of its lines. */
function rejected(problems: readonly ImprintError[], name: string | undefined): ImprintError {
  const file = name === undefined ? {} : { file: name };
  const sorted = problems
    .map(({ code, definition, params, place }) => {
      return new ImprintError(code, definition, params, { place: { ...file, ...place } });
    })
    .sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
  const rest = sorted.length - mostListed;
  const more = rest > 0 ? [importError('LICENSING_IMPORT_MORE', { shown: mostListed, rest })] : [];
  const details = [...sorted.slice(0, mostListed), ...more];
  return importError('LICENSING_IMPORT_REJECTED', { count: sorted.length }, { details });
}

/** Locks the seat trees the rows may touch, in order of their entitlements' ids, and reads what is there. */
async function loadKnown(
  trx: Trx,
  context: AllocationContext,
  access: Access,
  rows: readonly ImportRow[],
  entitlementId: string | undefined,
): Promise<{ trees: AllocationRow[]; known: Known }> {
  const numbers = [...new Set(rows.flatMap(({ seats }) => (seats === undefined ? [] : [seats.agreement])))];
  const classes = new Set(rows.map(({ seats }) => `${seats?.deviceClass} ${seats?.agreement}`));
  const now = context.clock.now();
  const entitlements = await findEntitlements(trx, access.agencyPath, numbers, now);
  const trees: AllocationRow[] = [];
  for (const { id, deviceClass, agreement } of entitlements) {
    if (classes.has(`${deviceClass} ${agreement}`)) trees.push(...(await lockTree(trx, id)));
  }
  const names = new Set(rows.flatMap(({ code, parent }) => (parent === undefined ? [code] : [code, parent])));
  const known: Known = {
    ownId: access.agencyId,
    agencies: await findAgencies(trx, access.agencyPath, [...names]),
    entitlements,
    allocations: trees.map((row) => ({
      entitlementId: row.entitlement_id,
      agencyId: row.agency_id,
      floor: row.floor,
      ceiling: row.ceiling,
    })),
    ...(entitlementId === undefined ? {} : { entitlementId }),
  };
  return { trees, known };
}

/** Devices may be counted above an agency that exists and gets its own seats now; a new agency has none. */
async function groupsFor(trx: Trx, { seats }: ImportPlan) {
  const ids = seats
    .filter(({ agency, change }) => change === 'new' && agency.id !== undefined)
    .map(({ entitlementId }) => entitlementId);
  return ids.length === 0 ? [] : listSeatGroups(trx, [...new Set(ids)]);
}

type Agencies = ReadonlyMap<string, Pick<KnownAgency, 'id' | 'path'>>;

/** Adds the new agencies; returns every agency of the plan by id and by code, and the log's entries of those added. */
async function plantAgencies(
  trx: Trx,
  context: AllocationContext,
  access: Access,
  plan: ImportPlan,
  known: Known,
  name: string | undefined,
): Promise<{ agencies: Agencies; added: AssuranceEvent[] }> {
  const wanted = plan.agencies.map(({ row, parent }) => ({
    code: row.code,
    parent,
    kind: row.kind,
    ...(row.sector === undefined ? {} : { sector: row.sector }),
    name: { en: row.nameEn, 'zh-CN': row.nameZh },
  }));
  try {
    const { agencies, events } = await addAgencies(trx, context, access, wanted);
    const byName = new Map<string, Pick<KnownAgency, 'id' | 'path'>>([
      ...known.agencies.map((agency) => [agency.id, agency] as const),
      ...agencies.map((agency) => [agency.code ?? '', agency] as const),
    ]);
    return { agencies: byName, added: events };
  } catch (error) {
    // A code that somebody else's agency has, whom the asker does not see.
    const taken = isImprintError(error) && plan.agencies.find(({ row }) => row.code === error.params.code);
    throw taken ? rejected([placed(error, taken.row.line)], name) : error;
  }
}

const placed = ({ code, definition, params }: ImprintError, line: number) =>
  new ImprintError(code, definition, params, { place: { line } });

/** Sets the seats of every row, and returns the log's entries. @throws LICENSING_IMPORT_REJECTED with every refusal */
function setSeats(
  context: AllocationContext,
  access: Access,
  plan: ImportPlan,
  trees: SeatTrees,
  agencies: Agencies,
  name: string | undefined,
): AssuranceEvent[] {
  const refused: ImprintError[] = [];
  const at = context.clock.now();
  const events = plan.seats.flatMap(({ line, agency: ref, entitlementId, floor, ceiling }) => {
    const agency = agencies.get(ref.id ?? ref.code);
    if (agency === undefined) throw new TypeError(`no agency for line ${line}`);
    try {
      const wanted = { entitlementId, agencyId: agency.id, agencyPath: agency.path, floor, ceiling };
      const { before, after } = trees.set(wanted);
      return [
        {
          at,
          action: 'licensing.allocate',
          actor: access.actor,
          agencyPath: after.agency_path,
          subject: `allocation:${after.id}`,
          digests: {
            ...(before === undefined ? {} : { before: boundsDigest(before) }),
            after: boundsDigest(after),
          },
        },
      ];
    } catch (error) {
      if (!isImprintError(error)) throw error;
      refused.push(placed(error, line));
      return [];
    }
  });
  if (refused.length > 0) throw rejected(refused, name);
  return events;
}

async function writeSeats(trx: Trx, context: AllocationContext, trees: SeatTrees): Promise<void> {
  await insertNodes(trx, trees.planted());
  await saveNodes(trx, trees.changed());
  await moveGroups(trx, trees.moved());
  await raiseAlerts(trx, context, [...trees.planted(), ...trees.changed()]);
}

function importEvent(context: AllocationContext, access: Access, bytes: Uint8Array): AssuranceEvent {
  return {
    at: context.clock.now(),
    action: 'licensing.import',
    actor: access.actor,
    agencyPath: access.agencyPath,
    subject: `agency:${access.agencyId}`,
    digests: { file: sha256Hex(bytes) },
  };
}
