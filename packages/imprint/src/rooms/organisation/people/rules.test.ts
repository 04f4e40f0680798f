import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Scope, scopes } from '../../../platform/http/access.ts';
import {
  factors,
  type Grant,
  grantRefusal,
  isStrong,
  needsSecondFactor,
  roles,
  scopesAt,
  scopesOfRole,
  separatedFrom,
  separatedRoles,
  widestGrant,
} from './rules.ts';

const path = fc
  .array(fc.constantFrom('A', 'B'), { minLength: 1, maxLength: 4 })
  .map((ids) => `/${ids.join('/')}/`);
const grant = fc.record({ role: fc.constantFrom(...roles), agencyPath: path });
const grants = fc.array(grant, { maxLength: 6 });
const proved = fc.subarray([...factors], { minLength: 1 });

describe('what a role may do', () => {
  it('is only to read, for an auditor', () => {
    expect(scopesOfRole('auditor').every((scope) => scope.endsWith(':read'))).toBe(true);
  });

  it('keeps the three administrators apart: of machines, of people, of the log', () => {
    const holds = (scope: Scope) => separatedRoles.filter((role) => scopesOfRole(role).includes(scope));
    expect(holds('people:write')).toEqual(['security-administrator']);
    expect(holds('assurance:read')).toEqual(['auditor']);
    expect(holds('organisation:write')).toEqual(['platform-administrator']);
    expect(scopesOfRole('platform-administrator').filter((scope) => scope.startsWith('people:'))).toEqual([]);
  });

  it('leaves no scope that nobody could hold', () => {
    const held = new Set(roles.flatMap((role) => scopesOfRole(role)));
    expect(scopes.filter((scope) => !held.has(scope))).toEqual([]);
  });
});

describe('what somebody may do at an agency', () => {
  it('comes from grants there and above only, and is never more than those allow', () => {
    fc.assert(
      fc.property(path, grants, proved, (acting, held, how) => {
        const above = held.filter(({ agencyPath }) => acting.startsWith(agencyPath));
        const allowed = new Set(above.flatMap(({ role }) => scopesOfRole(role)));
        const got = scopesAt(acting, held, how);
        expect(got.every((scope) => allowed.has(scope))).toBe(true);
        if (isStrong(how)) expect(new Set(got)).toEqual(allowed);
      }),
    );
  });

  it('after one factor alone is an employee’s part of reading, whatever else they hold', () => {
    fc.assert(
      fc.property(
        path,
        grants,
        fc.constantFrom('password' as const, 'oidc' as const),
        (acting, held, factor) => {
          const got = scopesAt(acting, held, [factor]);
          expect(got.every((scope) => ['edition:read', 'release:read'].includes(scope))).toBe(true);
        },
      ),
    );
  });

  it('grows by no grant that was not made', () => {
    fc.assert(
      fc.property(path, grants, grant, proved, (acting, held, more, how) => {
        const before = scopesAt(acting, held, how);
        expect(scopesAt(acting, [...held, more], how)).toEqual(expect.arrayContaining([...before]));
      }),
    );
  });

  it('asks for a second factor of everybody who is not an employee only', () => {
    expect(needsSecondFactor([])).toBe(true);
    expect(needsSecondFactor([{ role: 'employee' }])).toBe(false);
    expect(needsSecondFactor([{ role: 'employee' }, { role: 'support-agent' }])).toBe(true);
  });

  it('begins at the widest grant', () => {
    fc.assert(
      fc.property(grants, (held) => {
        const widest = widestGrant(held);
        for (const { agencyPath } of held) {
          expect(widest?.agencyPath.split('/').length).toBeLessThanOrEqual(agencyPath.split('/').length);
        }
      }),
    );
  });
});

describe('giving a role', () => {
  const by = (held: readonly Grant[], agencyPath = '/A/') => ({ agencyPath, personId: 'p1', grants: held });

  it('is never for oneself, nor outside the agency acted at', () => {
    fc.assert(
      fc.property(grants, path, grant, (held, acting, wanted) => {
        expect(grantRefusal(by(held, acting), 'p1', wanted)).toBe('self');
        if (!wanted.agencyPath.startsWith(acting)) {
          expect(grantRefusal(by(held, acting), 'p2', wanted)).toBe('outside');
          expect(grantRefusal({ agencyPath: acting, grants: [] }, 'p2', wanted)).toBe('outside');
        }
      }),
    );
  });

  it('needs a role that covers the place, and an agency’s administrator gives three only', () => {
    fc.assert(
      fc.property(grants, grant, (held, wanted) => {
        const refusal = grantRefusal(by(held, '/'), 'p2', wanted);
        const covering = held.filter(({ agencyPath }) => wanted.agencyPath.startsWith(agencyPath));
        const isSecurity = covering.some(({ role }) => role === 'security-administrator');
        const isLocal = covering.some(({ role }) => role === 'agency-administrator');
        const isLow = ['agency-administrator', 'support-agent', 'employee'].includes(wanted.role);
        expect(refusal).toBe(isSecurity || (isLocal && isLow) ? undefined : 'role');
      }),
    );
  });

  it('is free to a machine’s token within its agency', () => {
    for (const role of roles) {
      expect(
        grantRefusal({ agencyPath: '/A/', grants: [] }, 'p2', { role, agencyPath: '/A/B/' }),
      ).toBeUndefined();
    }
  });

  it('keeps the separated roles apart, in whatever order they are given', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...roles)), (wanted) => {
        const held: { role: (typeof roles)[number] }[] = [];
        for (const role of wanted) if (separatedFrom(held, role) === undefined) held.push({ role });
        const separated = held.filter(({ role }) => separatedRoles.includes(role));
        expect(separated.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});
