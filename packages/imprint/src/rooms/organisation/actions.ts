import { createHash, timingSafeEqual } from 'node:crypto';
import type { Transaction } from 'kysely';
import { type AccessContext, serviceContext, transactOrRehearse } from '../../platform/database/index.ts';
import { type Access, principalOf, type Scope } from '../../platform/http/access.ts';
import { record } from '../assurance/index.ts';
import { childOf, insertWithCodes } from './add-agencies.ts';
import type { OrganisationContext, Tables } from './context.ts';
import { organisationError } from './errors.ts';
import type { Agency, NewAgency, NewToken, Token } from './model.ts';
import { scopesAt } from './people/rules.ts';
import { findPerson, liveGrants } from './people/store.ts';
import { isTokenValid, parseToken, scopesBeyond } from './rules.ts';
import {
  type AgencyRow,
  agencyOf,
  findAgency,
  findToken,
  insertToken,
  revokeToken,
  type TokenRow,
  tokenOf,
} from './store.ts';

export type { OrganisationContext, Tables } from './context.ts';

/** Nobody issues a token without a second factor, and whoever signs in with it proves nothing further. */
const provedForTokens = ['totp', 'oidc'] as const;

const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');

/**
 * Finds out whom a bearer token belongs to. One that a person issued counts while that person is not disabled, with those of
 * its scopes that the person still holds there.
 * @throws ORGANISATION_TOKEN_INVALID
 */
export async function authenticate(context: OrganisationContext, bearer: string): Promise<Access> {
  const parsed = parseToken(bearer);
  if (parsed === undefined) throw organisationError('ORGANISATION_TOKEN_INVALID');
  const row = await context.database.transaction(serviceContext('sign-in'), async (trx) => {
    const found = await findToken(trx, parsed.id);
    const scopes = found === undefined ? undefined : await scopesLeft(trx, found);
    return found === undefined || scopes === undefined ? undefined : { ...found, scopes };
  });
  const given = Buffer.from(hashOf(parsed.secret));
  const kept = Buffer.from(row?.secret_sha256 ?? hashOf(''));
  if (!timingSafeEqual(given, kept) || row === undefined || !isTokenValid(row, context.clock.now())) {
    throw organisationError('ORGANISATION_TOKEN_INVALID');
  }
  return {
    agencyPath: row.agency_path,
    agencyId: row.agency_id,
    actor: `token:${row.id}`,
    scopes: row.scopes,
    ...(row.issued_by === null ? {} : { principal: row.issued_by }),
  };
}

/** What a token may still do; undefined where the person who answers for it is disabled. */
async function scopesLeft(
  trx: Transaction<Tables>,
  { agency_path, issued_by, scopes }: TokenRow,
): Promise<readonly Scope[] | undefined> {
  if (issued_by === null) return scopes;
  const person = await findPerson(trx, issued_by.replace(/^person:/, ''));
  if (person?.disabled_at !== null) return undefined;
  const grants = (await liveGrants(trx, [person.id])).map(({ role, agency_path: agencyPath }) => ({
    role,
    agencyPath,
  }));
  const held = scopesAt(agency_path, grants, provedForTokens);
  return scopes.filter((scope) => held.includes(scope));
}

/**
 * Adds an agency below one the asker may see.
 * @throws ORGANISATION_AGENCY_UNKNOWN, ORGANISATION_AGENCY_MISPLACED, ORGANISATION_AGENCY_CODE_TAKEN
 */
export function addAgency(
  context: OrganisationContext,
  access: Access,
  wanted: NewAgency,
  dryRun: boolean,
): Promise<Agency> {
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const parent = await findAgency(trx, wanted.parentId);
    if (parent === undefined) {
      throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: wanted.parentId });
    }
    const row = childOf(context, parent, wanted);
    await insertWithCodes(trx, [row]);
    await recordAct(trx, context, access, 'organisation.add-agency', `agency:${row.id}`, row.path);
    return agencyOf(row);
  });
}

/**
 * Issues a token for an agency the asker may see, with no scope the asker lacks. The secret is in the answer only.
 * @throws ORGANISATION_AGENCY_UNKNOWN, ORGANISATION_SCOPE_EXCEEDED
 */
export function issueToken(
  context: OrganisationContext,
  access: Access,
  wanted: NewToken,
): Promise<{ token: Token; secret: string }> {
  // A machine may give any role below its agency, so only a machine hands that on: a person would outgrow their own role.
  const givable = access.session === undefined ? access.scopes : withoutPeople(access.scopes);
  const beyond = scopesBeyond(wanted.scopes, givable);
  if (beyond.length > 0) {
    throw organisationError('ORGANISATION_SCOPE_EXCEEDED', { scopes: beyond.join(', ') });
  }
  return context.database.transaction(access, async (trx) => {
    const agency = await findAgency(trx, wanted.agencyId);
    if (agency === undefined) {
      throw organisationError('ORGANISATION_AGENCY_UNKNOWN', { agency: wanted.agencyId });
    }
    const principal = principalOf(access);
    const made = newToken(context, agency, wanted, principal.startsWith('person:') ? principal : null);
    await addToken(trx, context, access, made.row);
    return { token: tokenOf(made.row), secret: made.text };
  });
}

const withoutPeople = (held: readonly Scope[]) => held.filter((scope) => scope !== 'people:write');

/** A token's row and the text that is handed out once. */
export function newToken(
  context: OrganisationContext,
  agency: AgencyRow,
  wanted: Pick<NewToken, 'label' | 'scopes' | 'expiresAt'>,
  issuedBy: string | null,
): { row: TokenRow; text: string } {
  const id = context.ids.id();
  const secret = context.ids.secret();
  const row: TokenRow = {
    id,
    agency_id: agency.id,
    agency_path: agency.path,
    label: wanted.label,
    scopes: [...wanted.scopes],
    secret_sha256: hashOf(secret),
    issued_by: issuedBy,
    created_at: context.clock.now(),
    expires_at: wanted.expiresAt === undefined ? null : new Date(wanted.expiresAt),
    revoked_at: null,
  };
  return { row, text: `imp_${id}_${secret}` };
}

export async function addToken(
  trx: Transaction<Tables>,
  context: OrganisationContext,
  access: AccessContext,
  row: TokenRow,
): Promise<void> {
  await insertToken(trx, row);
  await recordAct(trx, context, access, 'organisation.issue-token', `token:${row.id}`, row.agency_path);
}

/** Revokes a token at once. @throws ORGANISATION_TOKEN_UNKNOWN */
export function revoke(context: OrganisationContext, access: Access, id: string): Promise<void> {
  return context.database.transaction(access, async (trx) => {
    const path = await revokeToken(trx, id, context.clock.now());
    if (path === undefined) throw organisationError('ORGANISATION_TOKEN_UNKNOWN', { token: id });
    await recordAct(trx, context, access, 'organisation.revoke-token', `token:${id}`, path);
  });
}

export async function recordAct(
  trx: Transaction<Tables>,
  context: OrganisationContext,
  access: AccessContext,
  action: string,
  subject: string,
  agencyPath: string,
): Promise<void> {
  await record(trx, { at: context.clock.now(), action, actor: access.actor, agencyPath, subject });
}
