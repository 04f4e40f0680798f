import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Role, roles, separatedRoles } from '../people/rules.ts';
import {
  admissionOf,
  type ClaimTable,
  changeOfGrants,
  exclusiveRolesOf,
  factorsByClaims,
  rolesByClaims,
} from './rules.ts';

const table: ClaimTable = {
  roleClaim: 'groups',
  roles: { licensing: 'licensing-officer', staff: 'employee' },
  agencyClaim: 'agency',
  admit: 'mapped',
  secondFactor: { amr: ['mfa'], acr: ['urn:two'] },
};

describe('claims', () => {
  it('admit whoever has an agency and a role of the table', () => {
    const claims = { groups: ['staff', 'licensing', 'staff', 'chess'], agency: 'MIN-1', name: ' Lin ' };
    expect(admissionOf(claims, table)).toEqual({
      agencyCode: 'MIN-1',
      roles: ['employee', 'licensing-officer'],
      name: 'Lin',
    });
    expect(admissionOf({ groups: 'staff', agency: 'MIN-1' }, table)?.roles).toEqual(['employee']);
  });

  it.each([
    ['no role', { agency: 'MIN-1' }],
    ['a role the table does not name', { groups: ['chess'], agency: 'MIN-1' }],
    ['a name every object has', { groups: ['constructor', '__proto__'], agency: 'MIN-1' }],
    ['no agency', { groups: ['staff'] }],
    ['an agency that is no code', { groups: ['staff'], agency: 'a b' }],
    ['an agency that is no text', { groups: ['staff'], agency: ['MIN-1'] }],
    ['roles that are no texts', { groups: [['staff'], { staff: true }, 1], agency: 'MIN-1' }],
  ])('admit nobody with %s', (_why, claims) => {
    expect(admissionOf(claims, table)).toBeUndefined();
  });

  it('never grant a role of the three administrators, whatever table and claims say', () => {
    const anyTable = fc
      .dictionary(fc.string(), fc.constantFrom(...roles))
      .map((map) => ({ ...table, roles: map }));
    const property = fc.property(anyTable, fc.array(fc.string()), (given, extra) => {
      const claims = { groups: [...Object.keys(given.roles), ...extra] };
      const granted = rolesByClaims(claims, given);
      expect(granted.filter((role) => separatedRoles.includes(role))).toEqual([]);
      const beyond = exclusiveRolesOf(given).length;
      expect(beyond > 0).toBe(Object.values(given.roles).some((role) => separatedRoles.includes(role)));
    });
    fc.assert(property);
  });

  it('vouch for two factors only by a value that the table lists', () => {
    expect(factorsByClaims({ amr: ['pwd', 'mfa'] }, table)).toEqual(['oidc', 'oidc-mfa']);
    expect(factorsByClaims({ acr: 'urn:two' }, table)).toEqual(['oidc', 'oidc-mfa']);
    expect(factorsByClaims({ amr: ['pwd'], acr: 'urn:one' }, table)).toEqual(['oidc']);
    const { secondFactor: _none, ...silent } = table;
    expect(factorsByClaims({ amr: ['mfa'], acr: 'urn:two' }, silent)).toEqual(['oidc']);
  });
});

it('grants by claims are afterwards exactly those the claims make', () => {
  const role = fc.constantFrom(...roles);
  const held = fc.array(fc.record({ role, agencyPath: fc.constantFrom('/A/', '/B/') }));
  fc.assert(
    fc.property(held, fc.uniqueArray(role), (before, wanted) => {
      const { revoke, grant } = changeOfGrants(before, wanted, '/A/');
      const after = [
        ...before.filter((one) => !revoke.includes(one)),
        ...grant.map((one) => ({ role: one, agencyPath: '/A/' })),
      ];
      expect(after.every(({ agencyPath }) => agencyPath === '/A/')).toBe(true);
      expect(new Set(after.map((one): Role => one.role))).toEqual(new Set(wanted));
    }),
  );
});
