import { Instant, LocalizedText, Sector } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { type Scope, scopes } from '../../platform/http/access.ts';

export type { Scope } from '../../platform/http/access.ts';

/** Levels of the agency tree; each may only stand below one that is wider. */
export const AgencyKind = Type.Union([
  Type.Literal('nation'),
  Type.Literal('ministry'),
  Type.Literal('province'),
  Type.Literal('agency'),
  Type.Literal('site'),
]);
export type AgencyKind = Static<typeof AgencyKind>;

export const AgencyId = Type.String({ pattern: '^[0-9A-Z]{26}$' });

/** What an agency is registered under elsewhere, as a unified social credit code (GB 32100). */
export const AgencyCode = Type.String({ pattern: '^[0-9A-Z][0-9A-Z-]{0,63}$' });

export const Agency = Type.Object({
  id: AgencyId,
  parentId: Type.Optional(AgencyId),
  /** Ids from the root to this agency, between slashes. */
  path: Type.String(),
  kind: AgencyKind,
  sector: Type.Optional(Sector),
  code: Type.Optional(AgencyCode),
  name: LocalizedText,
  createdAt: Instant,
});
export type Agency = Static<typeof Agency>;

export const NewAgency = Type.Object(
  {
    parentId: AgencyId,
    kind: AgencyKind,
    sector: Type.Optional(Sector),
    code: Type.Optional(AgencyCode),
    name: Type.Object(
      {
        en: Type.String({ minLength: 1, maxLength: 200 }),
        'zh-CN': Type.String({ minLength: 1, maxLength: 200 }),
      },
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
export type NewAgency = Static<typeof NewAgency>;

export const TokenScope = Type.Unsafe<Scope>({ type: 'string', enum: [...scopes] });

/** A token as it is listed: never with its secret. */
export const Token = Type.Object({
  id: Type.String(),
  agencyId: AgencyId,
  label: Type.String(),
  scopes: Type.Array(TokenScope),
  /** The person who answers for it. */
  issuedBy: Type.Optional(Type.String()),
  createdAt: Instant,
  expiresAt: Type.Optional(Instant),
  revokedAt: Type.Optional(Instant),
});
export type Token = Static<typeof Token>;

export const NewToken = Type.Object(
  {
    agencyId: AgencyId,
    label: Type.String({ minLength: 1, maxLength: 100 }),
    scopes: Type.Array(TokenScope, { minItems: 1, uniqueItems: true }),
    expiresAt: Type.Optional(Instant),
  },
  { additionalProperties: false },
);
export type NewToken = Static<typeof NewToken>;
