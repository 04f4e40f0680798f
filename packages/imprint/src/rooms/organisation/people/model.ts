import { Instant } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId, TokenScope } from '../model.ts';
import { type Factor, factors, type Role, roles } from './rules.ts';
import type { GrantRow, PersonRow, SessionRow } from './tables.ts';

const RoleName = Type.Unsafe<Role>({ type: 'string', enum: [...roles] });
const FactorName = Type.Unsafe<Factor>({ type: 'string', enum: [...factors] });
const LanguageTag = Type.Union([Type.Literal('en'), Type.Literal('zh-CN')]);
export const PersonId = Type.String({ pattern: '^[0-9A-Z]{26}$' });
const Login = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._@-]{1,63}$',
  description: 'compared without case',
});
const External = Type.Object(
  {
    issuer: Type.String({ minLength: 1, maxLength: 500 }),
    subject: Type.String({ minLength: 1, maxLength: 255 }),
  },
  { additionalProperties: false },
);

/** A role somebody holds at an agency and below it. */
export const PersonGrant = Type.Object({
  id: Type.String(),
  role: RoleName,
  agencyId: AgencyId,
  grantedBy: Type.String(),
  grantedAt: Instant,
});
export type PersonGrant = Static<typeof PersonGrant>;

/** A person as administrators see them: never with anything that proves who they are. */
export const Person = Type.Object({
  id: PersonId,
  agencyId: AgencyId,
  login: Type.String(),
  name: Type.String(),
  email: Type.Optional(Type.String()),
  language: LanguageTag,
  createdAt: Instant,
  disabledAt: Type.Optional(Instant),
  invitedUntil: Type.Optional(Instant),
  hasPassword: Type.Boolean(),
  hasCodes: Type.Boolean(),
  external: Type.Optional(External),
  grants: Type.Array(PersonGrant),
});
export type Person = Static<typeof Person>;

export const NewPerson = Type.Object(
  {
    agencyId: AgencyId,
    login: Login,
    name: Type.String({ minLength: 1, maxLength: 200 }),
    email: Type.Optional(Type.String({ format: 'email', maxLength: 254 })),
    language: Type.Optional(LanguageTag),
    /** Who the person is to an identity provider. */
    external: Type.Optional(External),
  },
  { additionalProperties: false },
);
export type NewPerson = Static<typeof NewPerson>;

export const Invited = Type.Object({
  person: Person,
  invitation: Type.String({ description: 'accepted once, with POST /v1/sign-in/accept' }),
});
export type Invited = Static<typeof Invited>;

export const NewGrant = Type.Object({ role: RoleName, agencyId: AgencyId }, { additionalProperties: false });
export type NewGrant = Static<typeof NewGrant>;

/** One's own session. */
export const Session = Type.Object({
  person: Type.Object({
    id: PersonId,
    login: Type.String(),
    name: Type.String(),
    language: LanguageTag,
    agencyId: AgencyId,
  }),
  grants: Type.Array(Type.Object({ role: RoleName, agencyId: AgencyId })),
  acting: Type.Object({ agencyId: AgencyId, scopes: Type.Array(TokenScope) }),
  factors: Type.Array(FactorName),
  createdAt: Instant,
  expiresAt: Instant,
  idleUntil: Instant,
  steppedUpAt: Type.Optional(Instant),
});
export type Session = Static<typeof Session>;

export const OpenSession = Type.Object({
  isThisOne: Type.Boolean(),
  factors: Type.Array(FactorName),
  createdAt: Instant,
  seenAt: Instant,
  expiresAt: Instant,
});
export type OpenSession = Static<typeof OpenSession>;

export function personOf(row: PersonRow, grants: readonly GrantRow[]): Person {
  return {
    id: row.id,
    agencyId: row.agency_id,
    login: row.login,
    name: row.name,
    ...(row.email === null ? {} : { email: row.email }),
    language: row.language,
    createdAt: row.created_at.toISOString(),
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at.toISOString() }),
    ...(row.invitation_expires_at === null ? {} : { invitedUntil: row.invitation_expires_at.toISOString() }),
    hasPassword: row.password_hash !== null,
    hasCodes: row.totp_confirmed_at !== null,
    ...(row.external_issuer === null || row.external_subject === null
      ? {}
      : { external: { issuer: row.external_issuer, subject: row.external_subject } }),
    grants: grants.filter(({ person_id }) => person_id === row.id).map(personGrantOf),
  };
}

export const personGrantOf = (row: GrantRow): PersonGrant => ({
  id: row.id,
  role: row.role,
  agencyId: row.agency_id,
  grantedBy: row.granted_by,
  grantedAt: row.granted_at.toISOString(),
});

export const openSessionOf = (row: SessionRow, ownId: string): OpenSession => ({
  isThisOne: row.id === ownId,
  factors: row.factors,
  createdAt: row.created_at.toISOString(),
  seenAt: row.seen_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
});
