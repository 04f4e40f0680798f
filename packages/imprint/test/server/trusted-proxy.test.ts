import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodPassword } from '../support/test-browser.ts';
import { ask, type TestServer, testServer } from '../support/test-server.ts';

let trusting: TestServer;
let other: TestServer;
beforeAll(async () => {
  trusting = await testServer({ IMPRINT_TRUSTED_PROXIES: '127.0.0.1, ::1' });
  other = await testServer({ IMPRINT_TRUSTED_PROXIES: '192.0.2.0/24' });
});
afterAll(() => Promise.all([trusting.close(), other.close()]));

/** Signs in as nobody, from an address that a proxy names; each time with another login, which has a limit of its own. */
let logins = 0;
const signIn = ({ url }: TestServer, headers: Record<string, string>) => {
  logins += 1;
  const body = JSON.stringify({ login: `nobody${logins}`, password: goodPassword });
  const all = { 'content-type': 'application/json', ...headers };
  return ask(`${url}/v1/sign-in/password`, { method: 'POST', headers: all, body });
};

/** The codes of so many attempts, each from another client if so wanted. */
async function attempts(server: TestServer, count: number, client: (index: number) => string) {
  const codes = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    codes.add((await signIn(server, { 'x-forwarded-for': client(index) })).body.code);
  }
  return [...codes];
}

describe('behind a proxy that is trusted', () => {
  it('attempts count for the client it names', async () => {
    const one = () => '198.51.100.1';
    expect(await attempts(trusting, 61, one)).toEqual([
      'ORGANISATION_SIGN_IN_REFUSED',
      'ORGANISATION_TOO_MANY_ATTEMPTS',
    ]);
    expect(await attempts(trusting, 1, () => '198.51.100.2')).toEqual(['ORGANISATION_SIGN_IN_REFUSED']);
    // What a client put in front of what the proxy added is not believed.
    expect(await attempts(trusting, 1, () => '198.51.100.2, 198.51.100.1')).toEqual([
      'ORGANISATION_TOO_MANY_ATTEMPTS',
    ]);
  });

  it('a browser’s origin is compared with the host that it asked', async () => {
    const headers = { origin: 'https://imprint.example', 'x-forwarded-host': 'imprint.example' };
    expect((await signIn(trusting, headers)).body.code).toBe('ORGANISATION_SIGN_IN_REFUSED');
    const foreign = { ...headers, origin: 'https://evil.example' };
    expect((await signIn(trusting, foreign)).body.code).toBe('ORGANISATION_ORIGIN_REFUSED');
  });
});

describe('anybody who is no trusted proxy', () => {
  it('cannot attempt more by naming other clients', async () => {
    expect(await attempts(other, 61, (index) => `198.51.100.${index}`)).toEqual([
      'ORGANISATION_SIGN_IN_REFUSED',
      'ORGANISATION_TOO_MANY_ATTEMPTS',
    ]);
  });

  it('cannot name the host that was asked', async () => {
    const headers = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' };
    expect((await signIn(other, headers)).body.code).toBe('ORGANISATION_ORIGIN_REFUSED');
  });
});
