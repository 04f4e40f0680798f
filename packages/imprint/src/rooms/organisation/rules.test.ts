import { describe, expect, it } from 'vitest';
import { isTokenValid, mayStandBelow, parseToken, scopesBeyond } from './rules.ts';

describe('the agency tree', () => {
  it.each([
    ['ministry', 'nation', true],
    ['province', 'nation', true],
    ['agency', 'ministry', true],
    ['agency', 'agency', true],
    ['site', 'agency', true],
    ['site', 'nation', true],
    ['nation', 'nation', false],
    ['ministry', 'province', false],
    ['ministry', 'agency', false],
    ['agency', 'site', false],
    ['site', 'site', false],
  ] as const)('a %s below a %s: %s', (child, parent, allowed) => {
    expect(mayStandBelow(child, parent)).toBe(allowed);
  });
});

describe('tokens', () => {
  it('count until they expire or are revoked', () => {
    const now = new Date('2026-11-23T00:00:00Z');
    const past = new Date('2026-11-22T00:00:00Z');
    const future = new Date('2026-11-24T00:00:00Z');
    expect(isTokenValid({ expires_at: null, revoked_at: null }, now)).toBe(true);
    expect(isTokenValid({ expires_at: future, revoked_at: null }, now)).toBe(true);
    expect(isTokenValid({ expires_at: now, revoked_at: null }, now)).toBe(false);
    expect(isTokenValid({ expires_at: past, revoked_at: null }, now)).toBe(false);
    expect(isTokenValid({ expires_at: null, revoked_at: past }, now)).toBe(false);
  });

  it('are of one form only', () => {
    const text = `imp_${'0'.repeat(26)}_${'a'.repeat(43)}`;
    expect(parseToken(text)).toEqual({ id: '0'.repeat(26), secret: 'a'.repeat(43) });
    for (const bad of ['', text.slice(1), `${text}a`, text.replace('imp', 'enr')]) {
      expect(parseToken(bad)).toBeUndefined();
    }
  });

  it('name the scopes somebody asks for beyond their own', () => {
    expect(scopesBeyond(['fleet:read', 'fleet:write'], ['fleet:read'])).toEqual(['fleet:write']);
    expect(scopesBeyond([], [])).toEqual([]);
  });
});
