import { expect, it } from 'vitest';
import { systemClock } from '../../../platform/clock.ts';
import { openProvider } from './provider.ts';

const open = (issuer: string) =>
  openProvider({ issuer, clientId: 'imprint', clientSecret: undefined, scopes: 'openid' }, systemClock);

it.each([
  'https://id.example.org',
  'https://id.example.org/realms/one',
  'http://127.0.0.1:9000',
  'http://localhost',
])('an issuer may be %s', (issuer) => {
  expect(open(issuer).issuer).toBe(issuer);
});

it.each([
  'http://id.example.org',
  'http://127.0.0.1.example.org',
  'http://localhost.example.org',
  'https://id.example.org?x=1',
  'https://id.example.org#x',
  'https://user@id.example.org',
  'file:///etc/passwd',
  'id.example.org',
])('an issuer may not be %s', (issuer) => {
  expect(() => open(issuer)).toThrow(expect.objectContaining({ code: 'ORGANISATION_OIDC_ISSUER_INVALID' }));
});
