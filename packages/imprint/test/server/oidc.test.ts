import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateKeyPair, SignJWT } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CookieBrowser, cookieBrowser } from '../support/cookie-browser.ts';
import { type IdentityProvider, identityProvider } from '../support/identity-provider.ts';
import { codeAt, goodPassword, testBrowser } from '../support/test-browser.ts';
import { ask, type TestServer, testServer } from '../support/test-server.ts';

let issuer: IdentityProvider;
let server: TestServer;
/** Tokens carry the issuer's time, so the server's clock stays near it. */
let startedAt: Date;
let directory: string;
let environment: Record<string, string>;
/** As browsers name the server. */
let origin: string;
let callback: string;
let root: string;
let ministry: string;

const table = {
  roleClaim: 'groups',
  roles: { licensing: 'licensing-officer', staff: 'employee' },
  agencyClaim: 'agency',
  admit: 'mapped',
  secondFactor: { amr: ['mfa'] },
};

beforeAll(async () => {
  issuer = await identityProvider();
  directory = await mkdtemp(join(tmpdir(), 'imprint-oidc-'));
  const roles = join(directory, 'roles.json');
  await writeFile(roles, JSON.stringify(table));
  environment = {
    IMPRINT_OIDC_ISSUER: issuer.issuer,
    IMPRINT_OIDC_CLIENT_ID: issuer.clientId,
    IMPRINT_OIDC_CLIENT_SECRET: issuer.clientSecret,
    IMPRINT_OIDC_ROLES: roles,
  };
  server = await testServer(environment);
  startedAt = server.clock.now();
  origin = server.url.replace('127.0.0.1', 'localhost');
  callback = `${origin}/v1/sign-in/oidc/callback`;
  issuer.serve(callback);
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
  const name = { en: 'Ministry', 'zh-CN': '部' };
  const wanted = { parentId: root, kind: 'ministry', code: 'MIN-1', name };
  ministry = (await server.post('/v1/agencies', wanted)).body.id;
});
afterAll(async () => {
  await server.close();
  await issuer.close();
  await rm(directory, { recursive: true, force: true });
});
afterEach(() => {
  issuer.answerTokens(undefined);
  issuer.setDown(false);
  server.clock.advance((startedAt.getTime() - server.clock.now().getTime()) / 1000);
});

const begin = (browser: CookieBrowser) => browser.visit(`${origin}/v1/sign-in/oidc`, issuer.issuer);

/** Goes as far as the issuer's answer and stops before it is handed in. */
async function toCallback(browser: CookieBrowser): Promise<string> {
  const { url } = await begin(browser);
  return (await browser.visit(url, callback)).url;
}

async function handIn(browser: CookieBrowser, url: string) {
  const { answer } = await browser.visit(url, `${origin}/`);
  if (answer.status === 303) return { status: 303, code: undefined };
  const { code, params } = (await answer.json()) as { code: string; params?: { reason?: string } };
  return { status: answer.status, code, reason: params?.reason };
}

async function signIn(browser = cookieBrowser()) {
  return { ...(await handIn(browser, await toCallback(browser))), browser };
}

const sessionIn = async (browser: CookieBrowser) =>
  ask(`${server.url}/v1/session`, { headers: { cookie: browser.cookies(origin) } });

const actions = async () =>
  (await server.get('/v1/entries?limit=200')).body.entries.map(({ action }: { action: string }) => action);

describe('the issuer is away', () => {
  it('at the beginning: nobody is sent anywhere', async () => {
    const fresh = await testServer(environment);
    try {
      issuer.setDown(true);
      const answer = await fresh.get('/v1/sign-in/oidc', '');
      expect(answer).toMatchObject({ status: 503, body: { code: 'ORGANISATION_OIDC_UNAVAILABLE' } });
    } finally {
      await fresh.close();
    }
  });

  it('at the end: nobody is signed in, and the sign-in can begin again', async () => {
    issuer.signsIn({ sub: 'away', claims: { groups: ['staff'], agency: 'MIN-1' } });
    const browser = cookieBrowser();
    const url = await toCallback(browser);
    issuer.setDown(true);
    expect(await handIn(browser, url)).toMatchObject({ status: 503, code: 'ORGANISATION_OIDC_UNAVAILABLE' });
    issuer.setDown(false);
    expect((await signIn(browser)).status).toBe(303);
  });
});

describe('whom claims admit', () => {
  it('is made a person of the agency, with the roles of the table, and is the same person next time', async () => {
    issuer.signsIn({
      sub: 'lin',
      amr: ['mfa'],
      claims: { groups: ['licensing'], agency: 'MIN-1', name: 'Lin Wei' },
    });
    const first = await signIn();
    expect(first.status).toBe(303);
    const session = (await sessionIn(first.browser)).body;
    expect(session).toMatchObject({
      person: { name: 'Lin Wei', agencyId: ministry },
      grants: [{ role: 'licensing-officer', agencyId: ministry }],
      factors: ['oidc', 'oidc-mfa'],
    });
    expect(session.acting.scopes).toContain('licensing:write');
    const again = await signIn();
    expect((await sessionIn(again.browser)).body.person.id).toBe(session.person.id);
  });

  it('may do nothing that needs two factors while the issuer saw one', async () => {
    issuer.signsIn({ sub: 'single', amr: ['pwd'], claims: { groups: ['licensing'], agency: 'MIN-1' } });
    const { browser, status } = await signIn();
    expect(status).toBe(303);
    const session = (await sessionIn(browser)).body;
    expect(session.factors).toEqual(['oidc']);
    expect(session.acting.scopes).toEqual([]);
    const headers = { cookie: browser.cookies(origin) };
    const refused = await ask(`${server.url}/v1/agencies`, { headers });
    expect(refused).toMatchObject({ status: 403, body: { code: 'ORGANISATION_SCOPE_MISSING' } });
  });

  it('keeps the roles that claims still name, loses the others, and keeps what a person granted', async () => {
    const claims = { agency: 'MIN-1' };
    issuer.signsIn({ sub: 'moving', claims: { ...claims, groups: ['licensing', 'staff'] } });
    const { browser } = await signIn();
    const { person, grants } = (await sessionIn(browser)).body;
    expect(grants).toHaveLength(2);
    await server.post(`/v1/people/${person.id}/grants`, { role: 'support-agent', agencyId: ministry });
    issuer.signsIn({ sub: 'moving', claims: { ...claims, groups: ['staff'] } });
    const later = await signIn();
    const roles = (await sessionIn(later.browser)).body.grants.map(({ role }: { role: string }) => role);
    expect(roles.toSorted()).toEqual(['employee', 'support-agent']);
    expect(await actions()).toEqual(expect.arrayContaining(['organisation.revoke-licensing-officer']));
  });

  it('is a stranger again once claims give no role', async () => {
    issuer.signsIn({ sub: 'leaving', claims: { groups: ['staff'], agency: 'MIN-1' } });
    const before = await signIn();
    expect(before.status).toBe(303);
    issuer.signsIn({ sub: 'leaving', claims: { groups: ['gone'], agency: 'MIN-1' } });
    expect(await signIn()).toMatchObject({ status: 403, code: 'ORGANISATION_OIDC_NOT_ADMITTED' });
    expect((await sessionIn(before.browser)).body.grants).toEqual([]);
  });

  it('is one person when two of their browsers arrive at once', async () => {
    issuer.signsIn({ sub: 'twice', claims: { groups: ['staff'], agency: 'MIN-1' } });
    const browsers = [cookieBrowser(), cookieBrowser(), cookieBrowser()];
    const urls = await Promise.all(browsers.map(toCallback));
    const answers = await Promise.all(browsers.map((browser, i) => handIn(browser, urls[i] ?? '')));
    expect(answers.map(({ status }) => status)).toEqual([303, 303, 303]);
    const sessions = await Promise.all(browsers.map(sessionIn));
    expect(new Set(sessions.map(({ body }) => body.person.id)).size).toBe(1);
    expect(sessions.map(({ body }) => body.grants.length)).toEqual([1, 1, 1]);
  });
});

describe('whom nothing here knows', () => {
  it.each([
    ['no claims', {}],
    ['a group the table does not name', { groups: ['chess'], agency: 'MIN-1' }],
    ['an agency that is not registered', { groups: ['staff'], agency: 'MIN-9' }],
    ['a group named like an administrator', { groups: ['platform-administrator'], agency: 'MIN-1' }],
  ])('is not admitted: %s', async (sub, claims) => {
    issuer.signsIn({ sub, claims });
    const { browser, ...answer } = await signIn();
    expect(answer).toMatchObject({ status: 403, code: 'ORGANISATION_OIDC_NOT_ADMITTED' });
    expect(browser.cookies(origin)).not.toMatch(/__Host-imprint=/);
    const { people } = (await server.get('/v1/people')).body;
    expect(people.some(({ external }: { external?: { subject: string } }) => external?.subject === sub)).toBe(
      false,
    );
  });
});

it('a person an administrator linked to a subject signs in without claims, and not once disabled', async () => {
  const external = { issuer: issuer.issuer, subject: 'linked' };
  const added = await server.post('/v1/people', {
    agencyId: ministry,
    login: 'linked',
    name: 'Linked',
    external,
  });
  const { id } = added.body.person;
  issuer.signsIn({ sub: 'linked' });
  expect(await signIn()).toMatchObject({ status: 403, code: 'ORGANISATION_OIDC_NOT_ADMITTED' });
  await server.post(`/v1/people/${id}/grants`, { role: 'employee', agencyId: ministry });
  const { browser } = await signIn();
  expect((await sessionIn(browser)).body.person.id).toBe(id);
  await server.post(`/v1/people/${id}/disable`, undefined);
  expect(await signIn()).toMatchObject({ status: 403, code: 'ORGANISATION_PERSON_DISABLED' });
});

it('whoever linked a subject beforehand and set up their own factors does not get what claims give', async () => {
  const external = { issuer: issuer.issuer, subject: 'wanted' };
  const wanted = { agencyId: ministry, login: 'wanted', name: 'Wanted', external };
  const { invitation } = (await server.post('/v1/people', wanted)).body;
  const other = testBrowser(server);
  const password = goodPassword;
  const { uri, ticket } = (await other.post('/v1/sign-in/accept', { invitation, password })).body;
  const code = codeAt(uri, server.clock.now());
  expect((await other.post('/v1/sign-in/confirm', { ticket, code })).status).toBe(200);

  const claims = { groups: ['licensing'], agency: 'MIN-1' };
  issuer.signsIn({ sub: 'wanted', amr: ['mfa'], claims });
  const own = (await sessionIn((await signIn()).browser)).body;
  expect(own.grants).toEqual([{ role: 'licensing-officer', agencyId: ministry }]);
  expect(own.acting.scopes).toContain('licensing:write');

  const theirs = (await other.get('/v1/session')).body;
  expect(theirs).toMatchObject({ person: { id: own.person.id }, grants: [], acting: { scopes: [] } });
  const acting = await other.post('/v1/session/acting', { agencyId: ministry });
  expect(acting.status).toBe(404);
  expect((await other.get('/v1/agreements')).body.code).toBe('ORGANISATION_SCOPE_MISSING');
});

describe('an answer is refused', () => {
  const staff = { sub: 'staff', claims: { groups: ['staff'], agency: 'MIN-1' } };

  const unknown = { status: 400, code: 'ORGANISATION_OIDC_STATE_UNKNOWN' };
  const refused = (reason: string) => ({
    status: 401,
    code: 'ORGANISATION_OIDC_REFUSED',
    reason,
  });

  it('with a state nobody gave', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const url = new URL(await toCallback(browser));
    url.searchParams.set('state', 'A'.repeat(43));
    expect(await handIn(browser, url.href)).toMatchObject(unknown);
    url.searchParams.delete('state');
    expect(await handIn(browser, url.href)).toMatchObject(unknown);
  });

  it('in another browser than began: a link cannot sign somebody in as somebody else', async () => {
    issuer.signsIn(staff);
    const url = await toCallback(cookieBrowser());
    expect(await handIn(cookieBrowser(), url)).toMatchObject(unknown);
    const other = cookieBrowser();
    await begin(other);
    const second = await toCallback(cookieBrowser());
    expect(await handIn(other, second)).toMatchObject(unknown);
  });

  it('a second time', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const url = await toCallback(browser);
    const kept = browser.cookies(origin);
    expect((await handIn(browser, url)).status).toBe(303);
    const again = await ask(url, { headers: { cookie: kept }, redirect: 'manual' });
    expect(again).toMatchObject({ status: 400, body: { code: unknown.code } });
  });

  it('with a code that was redeemed before', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const used = new URL(await toCallback(browser));
    expect((await handIn(browser, used.href)).status).toBe(303);
    const fresh = new URL(await toCallback(browser));
    fresh.searchParams.set('code', used.searchParams.get('code') ?? '');
    expect(await handIn(browser, fresh.href)).toEqual(refused('invalid_grant'));
  });

  it('after ten minutes', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const url = await toCallback(browser);
    server.clock.advance(601);
    expect(await handIn(browser, url)).toMatchObject(unknown);
  });

  it('with a token for another nonce', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const begun = new URL((await begin(browser)).url);
    begun.searchParams.set('nonce', 'another');
    expect(await handIn(browser, (await browser.visit(begun.href, callback)).url)).toEqual(
      refused('OAUTH_JWT_CLAIM_COMPARISON_FAILED'),
    );
  });

  it('with a code begun under another verifier', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const begun = new URL((await begin(browser)).url);
    begun.searchParams.set('code_challenge', 'A'.repeat(43));
    expect(await handIn(browser, (await browser.visit(begun.href, callback)).url)).toEqual(
      refused('invalid_grant'),
    );
  });

  it('with a token that has expired', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const url = await toCallback(browser);
    server.clock.advance(150);
    expect(await handIn(browser, url)).toEqual(refused('OAUTH_JWT_TIMESTAMP_CHECK_FAILED'));
  });

  it.each([
    ['that the person declined', 'access_denied', 'access_denied'],
    ['what nobody should read here', '<b>call this number</b>', 'unknown'],
  ])('when the issuer says %s', async (_what, error, reason) => {
    const browser = cookieBrowser();
    const begun = new URL((await begin(browser)).url);
    const url = new URL(callback);
    url.searchParams.set('state', begun.searchParams.get('state') ?? '');
    url.searchParams.set('iss', issuer.issuer);
    url.searchParams.set('error', error);
    expect(await handIn(browser, url.href)).toEqual(refused(reason));
  });

  it('that names another issuer', async () => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const url = new URL(await toCallback(browser));
    url.searchParams.set('iss', 'https://id.example.org');
    expect(await handIn(browser, url.href)).toEqual(refused('OAUTH_INVALID_RESPONSE'));
  });

  it.each([
    ['of another issuer', { iss: 'https://id.example.org' }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['for another client', { aud: 'another' }, 'OAUTH_JWT_CLAIM_COMPARISON_FAILED'],
    ['signed with a key the issuer does not have', {}, 'OAUTH_INVALID_RESPONSE'],
  ])('with a token %s', async (_what, change, reason) => {
    issuer.signsIn(staff);
    const browser = cookieBrowser();
    const begun = new URL((await begin(browser)).url);
    const url = (await browser.visit(begun.href, callback)).url;
    const { privateKey } = await generateKeyPair('RS256');
    const claims = {
      iss: issuer.issuer,
      aud: issuer.clientId,
      sub: 'staff',
      nonce: begun.searchParams.get('nonce'),
      groups: ['staff'],
      agency: 'MIN-1',
      ...change,
    };
    issuer.answerTokens(async () => {
      const token = new SignJWT(claims)
        .setProtectedHeader({ alg: 'RS256' })
        .setIssuedAt()
        .setExpirationTime('1m');
      return { access_token: 'x', token_type: 'Bearer', id_token: await token.sign(privateKey) };
    });
    expect(await handIn(browser, url)).toEqual(refused(reason));
  });
});

it('without an issuer there is none to sign in with', async () => {
  const bare = await testServer();
  try {
    const answer = await bare.get('/v1/sign-in/oidc', '');
    expect(answer).toMatchObject({ status: 404, body: { code: 'ORGANISATION_OIDC_NOT_CONFIGURED' } });
  } finally {
    await bare.close();
  }
});
