import type { Sector } from '@imprint/protocol';
import { sql, type Transaction } from 'kysely';
import type { Scope } from '../../platform/http/access.ts';
import type { Agency, AgencyKind, Token } from './model.ts';
import type { PeopleTables } from './people/tables.ts';

export interface OrganisationTables extends PeopleTables {
  organisation_agency: {
    id: string;
    parent_id: string | null;
    path: string;
    kind: AgencyKind;
    sector: Sector | null;
    name_en: string;
    name_zh: string;
    created_at: Date;
    /** What the agency is registered under elsewhere, as a unified social credit code. */
    code: string | null;
  };
  organisation_token: {
    id: string;
    agency_id: string;
    agency_path: string;
    label: string;
    scopes: Scope[];
    secret_sha256: string;
    /** The person who answers for it; null where a machine without one issued it. */
    issued_by: string | null;
    created_at: Date;
    expires_at: Date | null;
    revoked_at: Date | null;
  };
}

export type AgencyRow = OrganisationTables['organisation_agency'];
export type TokenRow = OrganisationTables['organisation_token'];
type Trx = Transaction<OrganisationTables>;

/** Adds agencies, parents first, leaving out those whose code is taken; returns the ids added. */
export async function insertAgencies(trx: Trx, rows: readonly AgencyRow[]): Promise<string[]> {
  const added: string[] = [];
  for (let start = 0; start < rows.length; start += 1000) {
    const inserted = await trx
      .insertInto('organisation_agency')
      .values(rows.slice(start, start + 1000))
      .onConflict((conflict) => conflict.column('code').doNothing())
      .returning('id')
      .execute();
    added.push(...inserted.map(({ id }) => id));
  }
  return added;
}

export function findAgencyByCode(trx: Trx, code: string): Promise<AgencyRow | undefined> {
  return trx.selectFrom('organisation_agency').selectAll().where('code', '=', code).executeTakeFirst();
}

export function findAgency(trx: Trx, id: string): Promise<AgencyRow | undefined> {
  return trx.selectFrom('organisation_agency').selectAll().where('id', '=', id).executeTakeFirst();
}

/** Keeps other servers from planting a root too, until the transaction ends. */
export async function lockTree(trx: Trx): Promise<void> {
  await sql`select pg_advisory_xact_lock(4970233)`.execute(trx);
}

export function findRootAgency(trx: Trx): Promise<AgencyRow | undefined> {
  return trx.selectFrom('organisation_agency').selectAll().where('parent_id', 'is', null).executeTakeFirst();
}

export function listAgencies(trx: Trx, after: string | undefined, limit: number): Promise<AgencyRow[]> {
  return trx
    .selectFrom('organisation_agency')
    .selectAll()
    .where('path', '>', after ?? '')
    .orderBy('path')
    .limit(limit)
    .execute();
}

export async function insertToken(trx: Trx, row: TokenRow): Promise<void> {
  await trx.insertInto('organisation_token').values(row).execute();
}

export function findToken(trx: Trx, id: string): Promise<TokenRow | undefined> {
  return trx.selectFrom('organisation_token').selectAll().where('id', '=', id).executeTakeFirst();
}

export function listTokens(trx: Trx, after: string | undefined, limit: number): Promise<TokenRow[]> {
  return trx
    .selectFrom('organisation_token')
    .selectAll()
    .where('id', '>', after ?? '')
    .orderBy('id')
    .limit(limit)
    .execute();
}

/** Revokes a token once; returns its agency's path, or nothing when it is not visible or already revoked. */
export async function revokeToken(trx: Trx, id: string, at: Date): Promise<string | undefined> {
  const row = await trx
    .updateTable('organisation_token')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .returning('agency_path')
    .executeTakeFirst();
  return row?.agency_path;
}

export function agencyOf(row: AgencyRow): Agency {
  return {
    id: row.id,
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    path: row.path,
    kind: row.kind,
    ...(row.sector === null ? {} : { sector: row.sector }),
    ...(row.code === null ? {} : { code: row.code }),
    name: { en: row.name_en, 'zh-CN': row.name_zh },
    createdAt: row.created_at.toISOString(),
  };
}

export function tokenOf(row: TokenRow): Token {
  return {
    id: row.id,
    agencyId: row.agency_id,
    label: row.label,
    scopes: row.scopes,
    ...(row.issued_by === null ? {} : { issuedBy: row.issued_by }),
    createdAt: row.created_at.toISOString(),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at.toISOString() }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
  };
}
