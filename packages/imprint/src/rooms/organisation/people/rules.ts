import type { Scope } from '../model.ts';

/** What a person may be at an agency and everything below it. */
export const roles = [
  'platform-administrator',
  'security-administrator',
  'auditor',
  'release-engineer',
  'regulator',
  'licensing-officer',
  'agency-administrator',
  'support-agent',
  'employee',
] as const;
export type Role = (typeof roles)[number];

/** How somebody proved to be who they are; `oidc-mfa` where the identity provider saw two factors itself. */
export const factors = ['password', 'totp', 'recovery', 'passkey', 'oidc', 'oidc-mfa'] as const;
export type Factor = (typeof factors)[number];

export interface Grant {
  readonly role: Role;
  readonly agencyPath: string;
}

/** The administrators of system, security and audit: three people, by GB/T 22239 level 3. */
export const separatedRoles: readonly Role[] = [
  'platform-administrator',
  'security-administrator',
  'auditor',
];

const scopesByRole: Readonly<Record<Role, readonly Scope[]>> = {
  'platform-administrator': [
    'organisation:read',
    'organisation:write',
    'edition:read',
    'release:read',
    'fleet:read',
    'fleet:write',
  ],
  'security-administrator': ['organisation:read', 'people:read', 'people:write'],
  auditor: [
    'organisation:read',
    'people:read',
    'edition:read',
    'release:read',
    'licensing:read',
    'fleet:read',
    'assurance:read',
  ],
  'release-engineer': ['organisation:read', 'edition:read', 'edition:write', 'release:read', 'fleet:read'],
  regulator: [
    'organisation:read',
    'edition:read',
    'release:read',
    'licensing:read',
    'fleet:read',
    'assurance:read',
  ],
  'licensing-officer': [
    'organisation:read',
    'edition:read',
    'licensing:read',
    'licensing:write',
    'licensing:allocate',
  ],
  'agency-administrator': [
    'organisation:read',
    'organisation:write',
    'people:read',
    'people:write',
    'licensing:read',
    'licensing:allocate',
    'fleet:read',
    'fleet:write',
  ],
  'support-agent': ['organisation:read', 'licensing:read', 'fleet:read'],
  employee: ['organisation:read', 'edition:read', 'release:read'],
};

/** What a role may do. */
export function scopesOfRole(role: Role): readonly Scope[] {
  return scopesByRole[role];
}

/** Who grants what the claims of an identity provider say; those grants follow the claims, those by a person do not. */
export const claimsActor = 'service:oidc';

/**
 * The grants that count with these factors. What claims gave counts only where the identity provider signed the person in:
 * whoever set up other factors for them may not be whom the provider meant, and the provider may name them no more.
 */
export function grantsWith<G extends { readonly granted_by: string }>(
  grants: readonly G[],
  proved: readonly Factor[],
): G[] {
  return grants.filter(({ granted_by }) => granted_by !== claimsActor || proved.includes('oidc'));
}

/** Scopes that one factor alone gives, to those whom one suffices. */
const passwordOnlyScopes: readonly Scope[] = ['edition:read', 'release:read'];

/** True when the factors are more than a password, or than an identity provider's word for one. */
export function isStrong(proved: readonly Factor[]): boolean {
  return proved.some((factor) => factor !== 'password' && factor !== 'oidc');
}

/** True when a password alone is not enough: for every role but an employee's, and for whoever has none yet. */
export function needsSecondFactor(grants: readonly Pick<Grant, 'role'>[]): boolean {
  return grants.length === 0 || grants.some(({ role }) => role !== 'employee');
}

/** Scopes of somebody who acts at an agency: of their grants there and above, by what they proved. */
export function scopesAt(
  actingPath: string,
  grants: readonly Grant[],
  proved: readonly Factor[],
): readonly Scope[] {
  const here = grants.filter(({ agencyPath }) => actingPath.startsWith(agencyPath));
  const held = new Set(here.flatMap(({ role }) => scopesByRole[role]));
  if (isStrong(proved)) return [...held];
  const isEmployee = here.some(({ role }) => role === 'employee');
  return isEmployee ? passwordOnlyScopes.filter((scope) => held.has(scope)) : [];
}

const depthOf = (path: string) => path.split('/').length;

/** The widest of the grants, where a session acts at first; of several the first in tree order. */
export function widestGrant<G extends Grant>(grants: readonly G[]): G | undefined {
  return grants.toSorted(
    (a, b) => depthOf(a.agencyPath) - depthOf(b.agencyPath) || (a.agencyPath < b.agencyPath ? -1 : 1),
  )[0];
}

/** Who gives a role or takes it away: a person with their grants, or a machine's token that names no person. */
interface Granter {
  readonly agencyPath: string;
  readonly personId?: string;
  readonly grants: readonly Grant[];
}

const rolesOfAgencyAdministrator: readonly Role[] = ['agency-administrator', 'support-agent', 'employee'];

/** Why somebody may not give a person a role at an agency, or take it away; undefined when they may. */
export function grantRefusal(
  granter: Granter,
  personId: string,
  wanted: Grant,
): 'self' | 'outside' | 'role' | undefined {
  if (granter.personId === personId) return 'self';
  if (!wanted.agencyPath.startsWith(granter.agencyPath)) return 'outside';
  if (granter.personId === undefined) return undefined;
  const covers = ({ agencyPath }: Grant) => wanted.agencyPath.startsWith(agencyPath);
  const held = granter.grants.filter(covers).map(({ role }) => role);
  if (held.includes('security-administrator')) return undefined;
  if (held.includes('agency-administrator') && rolesOfAgencyAdministrator.includes(wanted.role)) {
    return undefined;
  }
  return 'role';
}

/** The separated role that somebody already holds beside the one wanted, if any. */
export function separatedFrom(held: readonly Pick<Grant, 'role'>[], wanted: Role): Role | undefined {
  if (!separatedRoles.includes(wanted)) return undefined;
  return held.find(({ role }) => separatedRoles.includes(role))?.role;
}
