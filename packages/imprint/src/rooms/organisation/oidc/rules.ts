import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { AgencyCode } from '../model.ts';
import { type Factor, type Role, roles, separatedRoles } from '../people/rules.ts';

const Claim = Type.String({ minLength: 1, maxLength: 200 });
const GrantedRole = Type.Unsafe<Role>({ type: 'string', enum: [...roles] });

/** Which claims admit whom, and as what; what it does not name is not admitted. */
export const ClaimTable = Type.Object(
  {
    /** The claim that names a person's groups: a text, or a list of texts. */
    roleClaim: Claim,
    /** A value of that claim → the role it grants at the person's agency. */
    roles: Type.Record(Claim, GrantedRole),
    /** The claim whose value is the code of the person's agency. */
    agencyClaim: Claim,
    nameClaim: Type.Optional(Claim),
    /** `linked`: only people linked to their subject before; `mapped`: also whoever has an agency and a role by claims. */
    admit: Type.Union([Type.Literal('linked'), Type.Literal('mapped')]),
    /** Values of `amr` and `acr` by which the issuer says that it saw two factors. */
    secondFactor: Type.Optional(
      Type.Object(
        { amr: Type.Optional(Type.Array(Claim)), acr: Type.Optional(Type.Array(Claim)) },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
export type ClaimTable = Static<typeof ClaimTable>;

type Claims = Readonly<Record<string, unknown>>;

/** Without a table only people already linked to their subject sign in, and the issuer vouches for one factor. */
export const nobodyByClaims: ClaimTable = {
  roleClaim: 'groups',
  roles: {},
  agencyClaim: 'agency',
  admit: 'linked',
};

/** Roles of the table that no claim may grant: those of the three administrators. */
export function exclusiveRolesOf(table: ClaimTable): Role[] {
  return Object.values(table.roles).filter((role) => separatedRoles.includes(role));
}

/** What claims say somebody is: undefined unless they name both an agency and at least one role of the table. */
export function admissionOf(
  claims: Claims,
  table: ClaimTable,
): { agencyCode: string; roles: Role[]; name: string | undefined } | undefined {
  const agencyCode = claims[table.agencyClaim];
  const granted = rolesByClaims(claims, table);
  if (!Value.Check(AgencyCode, agencyCode) || granted.length === 0) return undefined;
  const name = claims[table.nameClaim ?? 'name'];
  const isName = typeof name === 'string' && name.trim() !== '' && name.length <= 200;
  return { agencyCode, roles: granted, name: isName ? name.trim() : undefined };
}

/** The roles the table gives for the values of its claim, each once; never one of the three administrators'. */
export function rolesByClaims(claims: Claims, table: ClaimTable): Role[] {
  const granted = textsOf(claims[table.roleClaim]).flatMap((value) =>
    Object.hasOwn(table.roles, value) ? [table.roles[value] as Role] : [],
  );
  return [...new Set(granted)].filter((role) => !separatedRoles.includes(role)).toSorted();
}

/** What the issuer vouches for: that it signed somebody in, or that it saw two factors as well. */
export function factorsByClaims(claims: Claims, table: ClaimTable): Factor[] {
  const { amr = [], acr = [] } = table.secondFactor ?? {};
  const isMultiple =
    textsOf(claims.amr).some((value) => amr.includes(value)) ||
    (typeof claims.acr === 'string' && acr.includes(claims.acr));
  return isMultiple ? ['oidc', 'oidc-mfa'] : ['oidc'];
}

/** The texts of a claim; whatever else it holds says nothing. */
function textsOf(claim: unknown): string[] {
  const values: unknown[] = Array.isArray(claim) ? claim.slice(0, 1000) : [claim];
  return values.filter((value) => typeof value === 'string');
}

/** Grants that claims made before and no longer make, and those that they make anew. */
export function changeOfGrants<G extends { readonly role: Role; readonly agencyPath: string }>(
  byClaims: readonly G[],
  wanted: readonly Role[],
  agencyPath: string,
): { revoke: G[]; grant: Role[] } {
  const stays = (grant: G) => grant.agencyPath === agencyPath && wanted.includes(grant.role);
  const kept = byClaims.filter(stays).map(({ role }) => role);
  return {
    revoke: byClaims.filter((grant) => !stays(grant)),
    grant: wanted.filter((role) => !kept.includes(role)),
  };
}
