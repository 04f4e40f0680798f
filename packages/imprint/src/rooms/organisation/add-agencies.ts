import type { Sector } from '@imprint/protocol';
import type { Transaction } from 'kysely';
import type { AccessContext } from '../../platform/database/index.ts';
import type { AssuranceEvent } from '../assurance/index.ts';
import type { OrganisationContext, Tables } from './context.ts';
import { organisationError } from './errors.ts';
import type { Agency, AgencyKind } from './model.ts';
import { mayStandBelow, type ParentRef, parentsFirst } from './rules.ts';
import { type AgencyRow, agencyOf, findAgency, findAgencyByCode, insertAgencies } from './store.ts';

/** An agency to be added, its parent by id or by code. */
export interface AgencyToAdd {
  readonly code: string;
  readonly parent: ParentRef;
  readonly kind: Exclude<AgencyKind, 'nation'>;
  /** Absent: as its parent's. */
  readonly sector?: Sector;
  readonly name: { readonly en: string; readonly 'zh-CN': string };
}

type Trx = Transaction<Tables>;

/**
 * Adds a whole tree of agencies in the caller's transaction, which is the asker's: parents may come in any order, be
 * others of the rows, or exist. Returns them parents first, and the log's entries, which the caller records last.
 * @throws ORGANISATION_AGENCY_LOOP, ORGANISATION_AGENCY_UNKNOWN, ORGANISATION_AGENCY_MISPLACED, ORGANISATION_AGENCY_CODE_TAKEN
 */
export async function addAgencies(
  trx: Trx,
  context: OrganisationContext,
  access: AccessContext,
  rows: readonly AgencyToAdd[],
): Promise<{ agencies: Agency[]; events: AssuranceEvent[] }> {
  const { ordered, circular } = parentsFirst(rows);
  if (circular.length > 0) {
    const codes = circular.slice(0, 20).map(({ code }) => code);
    throw organisationError('ORGANISATION_AGENCY_LOOP', { codes: codes.join(', ') });
  }
  const added = new Map<string, AgencyRow>();
  const parents = new Map<string, AgencyRow>();
  for (const row of ordered) {
    if (added.has(row.code)) throw organisationError('ORGANISATION_AGENCY_CODE_TAKEN', { code: row.code });
    added.set(row.code, childOf(context, await parentOf(trx, row.parent, added, parents), row));
  }
  const agencies = [...added.values()];
  await insertWithCodes(trx, agencies);
  const at = context.clock.now();
  const events = agencies.map(({ id, path }) => ({
    at,
    action: 'organisation.add-agency',
    actor: access.actor,
    agencyPath: path,
    subject: `agency:${id}`,
  }));
  return { agencies: agencies.map(agencyOf), events };
}

async function parentOf(
  trx: Trx,
  parent: ParentRef,
  added: ReadonlyMap<string, AgencyRow>,
  seen: Map<string, AgencyRow>,
): Promise<AgencyRow> {
  const name = parent.id ?? parent.code;
  const known = (parent.id === undefined ? added.get(parent.code) : undefined) ?? seen.get(name);
  if (known !== undefined) return known;
  const found = await (parent.id === undefined ? findAgencyByCode : findAgency)(trx, name);
  if (found === undefined) throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: name });
  seen.set(name, found);
  return found;
}

/** The row of a new agency below another. @throws ORGANISATION_AGENCY_MISPLACED */
export function childOf(
  context: OrganisationContext,
  parent: AgencyRow,
  wanted: Omit<AgencyToAdd, 'code' | 'parent' | 'kind'> & { code?: string; kind: AgencyKind },
): AgencyRow {
  if (!mayStandBelow(wanted.kind, parent.kind)) {
    throw organisationError('ORGANISATION_AGENCY_MISPLACED', { parent: parent.kind, kind: wanted.kind });
  }
  const id = context.ids.id();
  return {
    id,
    parent_id: parent.id,
    path: `${parent.path}${id}/`,
    kind: wanted.kind,
    sector: wanted.sector ?? parent.sector,
    name_en: wanted.name.en,
    name_zh: wanted.name['zh-CN'],
    created_at: context.clock.now(),
    code: wanted.code ?? null,
  };
}

/**
 * Inserts agencies, level by level, also where a code belongs to an agency that the asker may not see.
 * @throws ORGANISATION_AGENCY_CODE_TAKEN
 */
export async function insertWithCodes(trx: Trx, agencies: readonly AgencyRow[]): Promise<void> {
  const depthOf = ({ path }: AgencyRow) => path.split('/').length;
  for (const depth of new Set(agencies.map(depthOf).sort((a, b) => a - b))) {
    const level = agencies.filter((agency) => depthOf(agency) === depth);
    const inserted = new Set(await insertAgencies(trx, level));
    const refused = level.find(({ id }) => !inserted.has(id));
    if (refused !== undefined) {
      throw organisationError('ORGANISATION_AGENCY_CODE_TAKEN', { code: refused.code ?? '' });
    }
  }
}
