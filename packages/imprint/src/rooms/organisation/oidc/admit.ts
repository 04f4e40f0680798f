import type { Transaction } from 'kysely';
import { type AssuranceEvent, recordAll } from '../../assurance/index.ts';
import type { OrganisationContext, Tables } from '../actions.ts';
import { claimsActor, type Role } from '../people/rules.ts';
import {
  findPersonByExternal,
  insertGrant,
  insertPerson,
  liveGrants,
  lockPerson,
  revokeGrant,
} from '../people/store.ts';
import type { GrantRow, PersonRow } from '../people/tables.ts';
import type { AgencyRow } from '../store.ts';
import type { VerifiedClaims } from './provider.ts';
import { admissionOf, type ClaimTable, changeOfGrants } from './rules.ts';
import { findAgencyByCode } from './store.ts';

type Trx = Transaction<Tables>;

interface Admission {
  readonly agency: AgencyRow;
  readonly roles: readonly Role[];
  readonly name: string | undefined;
}

/**
 * Finds the person of a subject, makes one where the table admits by claims, and brings the grants that claims made in
 * line with what the claims say now. Undefined when nobody is admitted; what was taken away stays so.
 */
export async function admit(
  trx: Trx,
  context: OrganisationContext,
  claims: VerifiedClaims,
  table: ClaimTable,
): Promise<PersonRow | undefined> {
  const admission = await findAdmission(trx, claims, table);
  const events: AssuranceEvent[] = [];
  const person = await findOrMake(trx, context, claims, admission, events);
  if (person === undefined) return undefined;
  const held = await followClaims(trx, context, person, admission, events);
  await recordAll(trx, events);
  return held.length === 0 ? undefined : person;
}

async function findAdmission(
  trx: Trx,
  claims: VerifiedClaims,
  table: ClaimTable,
): Promise<Admission | undefined> {
  if (table.admit !== 'mapped') return undefined;
  const said = admissionOf(claims, table);
  const agency = said === undefined ? undefined : await findAgencyByCode(trx, said.agencyCode);
  return said === undefined || agency === undefined
    ? undefined
    : { agency, roles: said.roles, name: said.name };
}

async function findOrMake(
  trx: Trx,
  context: OrganisationContext,
  claims: VerifiedClaims,
  admission: Admission | undefined,
  events: AssuranceEvent[],
): Promise<PersonRow | undefined> {
  const known = await findPersonByExternal(trx, claims.iss, claims.sub);
  if (known !== undefined) return lockPerson(trx, known.id);
  if (admission === undefined) return undefined;
  const id = context.ids.id();
  const login = `oidc-${id.toLowerCase()}`;
  const at = context.clock.now();
  const isMade = await insertPerson(trx, {
    id,
    agency_id: admission.agency.id,
    agency_path: admission.agency.path,
    login,
    name: admission.name ?? login,
    email: null,
    language: typeof claims.locale === 'string' && claims.locale.startsWith('zh') ? 'zh-CN' : 'en',
    created_at: at,
    disabled_at: null,
    password_hash: null,
    totp_sealed: null,
    totp_confirmed_at: null,
    invitation_sha256: null,
    invitation_expires_at: null,
    external_issuer: claims.iss,
    external_subject: claims.sub,
  });
  if (isMade) events.push(event(at, 'organisation.add-person', `person:${id}`, admission.agency.path));
  const made = await findPersonByExternal(trx, claims.iss, claims.sub);
  return made === undefined ? undefined : lockPerson(trx, made.id);
}

/** Brings grants by claims in line; returns every grant the person then holds. */
async function followClaims(
  trx: Trx,
  { ids, clock }: OrganisationContext,
  person: PersonRow,
  admission: Admission | undefined,
  events: AssuranceEvent[],
): Promise<GrantRow[]> {
  const now = clock.now();
  const held = await liveGrants(trx, [person.id]);
  const path = admission?.agency.path ?? '';
  const byClaims = held
    .filter(({ granted_by }) => granted_by === claimsActor)
    .map((row) => ({ ...row, agencyPath: row.agency_path }));
  const { revoke, grant } = changeOfGrants(byClaims, admission?.roles ?? [], path);
  for (const { id, role, agencyPath } of revoke) {
    await revokeGrant(trx, id, now);
    events.push(event(now, `organisation.revoke-${role}`, `person:${person.id}`, agencyPath));
  }
  const kept = held.filter((row) => !revoke.some(({ id }) => id === row.id));
  const isHeld = (role: Role) => kept.some((row) => row.role === role && row.agency_path === path);
  for (const role of grant.filter((wanted) => !isHeld(wanted))) {
    const row: GrantRow = {
      id: ids.id(),
      person_id: person.id,
      role,
      agency_id: admission?.agency.id ?? '',
      agency_path: path,
      granted_by: claimsActor,
      granted_at: now,
      revoked_at: null,
    };
    await insertGrant(trx, row);
    events.push(event(now, `organisation.grant-${role}`, `person:${person.id}`, path));
    kept.push(row);
  }
  return kept;
}

const event = (at: Date, action: string, subject: string, agencyPath: string): AssuranceEvent => ({
  at,
  action,
  actor: claimsActor,
  agencyPath,
  subject,
});
