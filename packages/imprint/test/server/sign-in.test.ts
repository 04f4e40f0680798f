import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { codeAt, goodPassword, testBrowser, testPerson } from '../support/test-browser.ts';
import { ask, type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let root: string;
let ministry: string;
let bureau: string;
let counter = 0;
const login = () => {
  counter += 1;
  return `person.${counter}`;
};

beforeAll(async () => {
  server = await testServer();
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
  ministry = (await agency(root, 'ministry')).id;
  bureau = (await agency(ministry, 'agency')).id;
});
afterAll(() => server.close());

const agency = async (parentId: string, kind: string) =>
  (await server.post('/v1/agencies', { parentId, kind, name: { en: kind, 'zh-CN': kind } })).body;

const person = (roles: readonly string[], agencyId = root) =>
  testPerson(server, { login: login(), agencyId, roles });

/** Lets the bucket of attempts fill again. */
const later = (seconds = 901) => server.clock.advance(seconds);

const rows = <R>(sql: string, values: unknown[] = []) =>
  withClient(server.database.superuser, async (client) => (await client.query(sql, values)).rows as R[]);

describe('an invitation', () => {
  it('leads to a password, one-time codes, recovery codes and a session, and is used up', async () => {
    const added = await server.post('/v1/people', { agencyId: root, login: 'Invited.One', name: 'Li Wei' });
    expect(added.status).toBe(201);
    expect(added.body.person).toMatchObject({ login: 'invited.one', hasPassword: false, hasCodes: false });
    const { invitation } = added.body;
    const browser = testBrowser(server);
    const accept = (password: string) => browser.post('/v1/sign-in/accept', { invitation, password });
    expect((await accept('short')).body.code).toBe('ORGANISATION_PASSWORD_LENGTH');
    expect((await accept('password1234')).body.code).toBe('ORGANISATION_PASSWORD_COMMON');
    expect((await accept('my invited.one word')).body.code).toBe('ORGANISATION_PASSWORD_NAMES_YOU');
    const accepted = await accept(goodPassword);
    expect(accepted).toMatchObject({ status: 200, body: { codeRequired: true } });
    const { uri, ticket } = accepted.body;
    expect(uri).toMatch(/^otpauth:\/\/totp\/Imprint:invited\.one\?/);

    const half = await browser.post('/v1/sign-in/password', { login: 'invited.one', password: goodPassword });
    expect(half.body.code).toBe('ORGANISATION_SECOND_FACTOR_REQUIRED');
    const wrong = await browser.post('/v1/sign-in/confirm', { ticket, code: '000000' });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'ORGANISATION_CODE_WRONG' } });
    const code = codeAt(uri, server.clock.now());
    const confirmed = await browser.post('/v1/sign-in/confirm', { ticket, code });
    expect(confirmed.status).toBe(200);
    expect(new Set(confirmed.body.recoveryCodes).size).toBe(10);
    expect(confirmed.headers.get('set-cookie')).toMatch(
      /^__Host-imprint=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    const own = await browser.get('/v1/session');
    expect(own.body).toMatchObject({ person: { login: 'invited.one' }, factors: ['password', 'totp'] });
    expect((await accept(goodPassword)).body.code).toBe('ORGANISATION_INVITATION_INVALID');
    later();
  });

  it('ends after seven days, and with the account', async () => {
    const invite = async () =>
      (await server.post('/v1/people', { agencyId: root, login: login(), name: 'x' })).body;
    const accept = (invitation: string) =>
      testBrowser(server).post('/v1/sign-in/accept', { invitation, password: goodPassword });
    const first = await invite();
    const disabled = await invite();
    await server.post(`/v1/people/${disabled.person.id}/disable`, undefined);
    expect((await accept(disabled.invitation)).body.code).toBe('ORGANISATION_INVITATION_INVALID');
    later(7 * 86_400);
    expect((await accept(first.invitation)).body.code).toBe('ORGANISATION_INVITATION_INVALID');
  });

  it('lets an employee in by password alone, to less', async () => {
    const added = (await server.post('/v1/people', { agencyId: ministry, login: login(), name: 'x' })).body;
    const grant = { role: 'employee', agencyId: ministry };
    await server.post(`/v1/people/${added.person.id}/grants`, grant);
    const browser = testBrowser(server);
    const password = goodPassword;
    const accepted = await browser.post('/v1/sign-in/accept', { invitation: added.invitation, password });
    expect(accepted.body.codeRequired).toBe(false);
    const signedIn = await browser.post('/v1/sign-in/password', { login: added.person.login, password });
    expect(signedIn.body).toEqual({ next: 'done' });
    const { acting } = (await browser.get('/v1/session')).body;
    expect(acting).toEqual({ agencyId: ministry, scopes: ['edition:read', 'release:read'] });
    expect((await browser.get('/v1/agencies')).body.code).toBe('ORGANISATION_SCOPE_MISSING');

    await server.post(`/v1/people/${added.person.id}/grants`, { role: 'auditor', agencyId: ministry });
    expect((await browser.get('/v1/session')).body.acting.scopes).toEqual(['edition:read', 'release:read']);
    const again = await browser.post('/v1/sign-in/password', { login: added.person.login, password });
    expect(again.body.code).toBe('ORGANISATION_SECOND_FACTOR_REQUIRED');
  });
});

describe('signing in', () => {
  it('takes password, then code; no code is taken twice', async () => {
    const { login: name, uri } = await person(['auditor']);
    const browser = testBrowser(server);
    const half = await browser.post('/v1/sign-in/password', {
      login: name.toUpperCase(),
      password: goodPassword,
    });
    expect(half.body).toMatchObject({ next: 'code', ticket: expect.any(String) });
    expect(half.headers.get('set-cookie')).toBeNull();
    const { ticket } = half.body;
    const finish = (code: string) => browser.post('/v1/sign-in/code', { ticket, code });
    const used = codeAt(uri, server.clock.now());
    expect((await finish(used)).body.code).toBe('ORGANISATION_CODE_WRONG');
    expect((await finish(codeAt(uri, server.clock.now(), 3))).body.code).toBe('ORGANISATION_CODE_WRONG');
    const next = codeAt(uri, server.clock.now(), 1);
    expect((await finish(next)).status).toBe(204);
    expect((await finish(next)).body.code).toBe('ORGANISATION_TICKET_INVALID');
    expect((await browser.get('/v1/session')).status).toBe(200);
  });

  it('takes a recovery code once', async () => {
    const { login: name, recoveryCodes } = await person(['auditor']);
    const [code = ''] = recoveryCodes;
    const signIn = async () => {
      const browser = testBrowser(server);
      const half = await browser.post('/v1/sign-in/password', { login: name, password: goodPassword });
      const { ticket } = half.body;
      return browser.post('/v1/sign-in/code', { ticket, code: code.toLowerCase().replaceAll('-', ' ') });
    };
    expect((await signIn()).status).toBe(204);
    expect((await signIn()).body.code).toBe('ORGANISATION_CODE_WRONG');
  });

  it('takes one code once, however many send it at the same moment', async () => {
    const { login: name, uri } = await person(['auditor']);
    const tickets = await Promise.all(
      [1, 2, 3].map(async () => {
        const half = await testBrowser(server).post('/v1/sign-in/password', {
          login: name,
          password: goodPassword,
        });
        return half.body.ticket as string;
      }),
    );
    const code = codeAt(uri, server.clock.now(), 1);
    const answers = await Promise.all(
      tickets.map((ticket) => testBrowser(server).post('/v1/sign-in/code', { ticket, code })),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  });

  it('answers an unknown login, a wrong password and a disabled account alike', async () => {
    const known = await person(['auditor']);
    const disabled = await person(['auditor']);
    await server.post(`/v1/people/${disabled.id}/disable`, undefined);
    const attempt = async (name: string, password: string) => {
      const { status, body } = await testBrowser(server).post('/v1/sign-in/password', {
        login: name,
        password,
      });
      const { instance: _instance, ...rest } = body;
      return { status, ...rest };
    };
    const wrong = await attempt(known.login, 'another plain password');
    expect(wrong).toMatchObject({ status: 401, code: 'ORGANISATION_SIGN_IN_REFUSED' });
    expect(await attempt('nobody.at.all', 'another plain password')).toEqual(wrong);
    expect(await attempt(disabled.login, goodPassword)).toEqual(wrong);
  });

  it('counts attempts by account, whether it exists or not, and says when to come back', async () => {
    for (const name of [(await person(['auditor'])).login, 'nobody.here']) {
      const attempt = () =>
        testBrowser(server).post('/v1/sign-in/password', { login: name, password: 'not the right one' });
      for (let i = 0; i < 5; i += 1) expect((await attempt()).status).toBe(401);
      const refused = await attempt();
      expect(refused).toMatchObject({ status: 429, body: { code: 'ORGANISATION_TOO_MANY_ATTEMPTS' } });
      expect(refused.headers.get('retry-after')).toBe('180');
      later(180);
      expect((await attempt()).status).toBe(401);
      later();
    }
  });

  it('counts attempts by address', async () => {
    const attempt = (number: number) =>
      testBrowser(server).post('/v1/sign-in/password', {
        login: `spray.${number}`,
        password: 'not the right one',
      });
    const answers = [];
    for (let number = 0; number < 61; number += 1) answers.push((await attempt(number)).status);
    expect(answers.slice(0, 60).every((status) => status === 401)).toBe(true);
    expect(answers.at(-1)).toBe(429);
    // What is refused by address uses up nobody's own attempts.
    for (let times = 0; times < 5; times += 1) expect((await attempt(99)).status).toBe(429);
    later(15);
    expect((await attempt(99)).status).toBe(401);
    later();
  });

  it('keeps nothing that opens an account in the clear', async () => {
    const { browser, uri, recoveryCodes } = await person(['auditor']);
    const secret = new URL(uri).searchParams.get('secret') as string;
    const kept = await rows<{ text: string }>(
      `SELECT to_jsonb(p)::text AS text FROM organisation_person p
       UNION ALL SELECT to_jsonb(s)::text FROM organisation_session s`,
    );
    for (const { text } of kept) {
      for (const clear of [browser.cookie as string, secret, recoveryCodes[0] as string, goodPassword]) {
        expect(text).not.toContain(clear);
      }
    }
    const [hashed] = await rows<{ password_hash: string }>(
      'SELECT password_hash FROM organisation_person WHERE password_hash IS NOT NULL',
    );
    expect(hashed?.password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });
});

describe('a session', () => {
  it('ends after 30 idle minutes, after 8 hours, by signing out, and by an administrator', async () => {
    const idle = await person(['auditor']);
    later(29 * 60);
    expect((await idle.browser.get('/v1/session')).status).toBe(200);
    later(29 * 60);
    expect((await idle.browser.get('/v1/session')).status).toBe(200);
    later(30 * 60);
    expect((await idle.browser.get('/v1/session')).body.code).toBe('ORGANISATION_SESSION_ENDED');

    const long = await person(['auditor']);
    for (let minutes = 0; minutes < 8 * 60 - 20; minutes += 20) {
      later(20 * 60);
      expect((await long.browser.get('/v1/session')).status).toBe(200);
    }
    later(20 * 60);
    expect((await long.browser.get('/v1/session')).status).toBe(401);

    const out = await person(['auditor']);
    const cookie = out.browser.cookie;
    expect((await out.browser.send('DELETE', '/v1/session')).status).toBe(204);
    expect(out.browser.cookie).toBeUndefined();
    out.browser.cookie = cookie;
    expect((await out.browser.get('/v1/session')).status).toBe(401);

    const ended = await person(['auditor']);
    const answer = await ask(`${server.url}/v1/people/${ended.id}/sessions`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${server.operatorToken}` },
    });
    expect(answer.status).toBe(204);
    expect((await ended.browser.get('/v1/session')).status).toBe(401);
  });

  it('ends when the person is disabled, and does not come back', async () => {
    const { id, browser } = await person(['auditor']);
    await server.post(`/v1/people/${id}/disable`, undefined);
    expect((await browser.get('/v1/session')).status).toBe(401);
    await server.post(`/v1/people/${id}/enable`, undefined);
    expect((await browser.get('/v1/session')).status).toBe(401);
  });

  it('is listed to its own person only, and written down at most once a minute', async () => {
    const { browser, id } = await person(['auditor']);
    const other = await person(['auditor']);
    const { sessions } = (await browser.get('/v1/sessions')).body;
    expect(sessions).toMatchObject([{ isThisOne: true, factors: ['password', 'totp'] }]);
    expect((await other.browser.get('/v1/sessions')).body.sessions).toHaveLength(1);
    const version = async () =>
      (await rows<{ xmin: string }>('SELECT xmin FROM organisation_session WHERE person_id = $1', [id]))[0]
        ?.xmin;
    const before = await version();
    await browser.get('/v1/session');
    expect(await version()).toBe(before);
    later(61);
    await browser.get('/v1/session');
    expect(await version()).not.toBe(before);
  });

  it('acts at the widest agency of its roles, and at others below when told to', async () => {
    const { browser } = await testPerson(server, {
      login: login(),
      agencyId: root,
      roles: ['agency-administrator'],
      rolesAt: ministry,
    });
    expect((await browser.get('/v1/session')).body.acting.agencyId).toBe(ministry);
    expect((await browser.get('/v1/agencies')).body.agencies).toHaveLength(2);
    const act = (agencyId: string) => browser.post('/v1/session/acting', { agencyId });
    expect((await act(bureau)).body.acting.agencyId).toBe(bureau);
    expect((await browser.get('/v1/agencies')).body.agencies).toHaveLength(1);
    expect((await act(root)).body.code).toBe('ORGANISATION_AGENCY_UNKNOWN');
    expect((await act(ministry)).status).toBe(200);
  });

  it('gets a new secret when its person steps up, and needs that for grants, resets and tokens', async () => {
    const { browser, uri } = await person(['security-administrator']);
    const subject = await person([], ministry);
    later(301);
    const grant = () =>
      browser.post(`/v1/people/${subject.id}/grants`, { role: 'employee', agencyId: ministry });
    expect((await grant()).body).toMatchObject({
      code: 'ORGANISATION_STEP_UP_REQUIRED',
      params: { minutes: 5 },
    });
    const reset = await browser.post(`/v1/people/${subject.id}/reset-factors`);
    expect(reset.body.code).toBe('ORGANISATION_STEP_UP_REQUIRED');
    const before = browser.cookie;
    const code = codeAt(uri, server.clock.now());
    expect((await browser.post('/v1/session/step-up', { code })).status).toBe(204);
    expect(browser.cookie).not.toBe(before);
    expect((await grant()).status).toBe(201);
    const after = browser.cookie;
    browser.cookie = before;
    expect((await browser.get('/v1/session')).status).toBe(401);
    browser.cookie = after;
    later(301);
    expect((await browser.post(`/v1/people/${subject.id}/reset-factors`)).status).toBe(403);
  });
});

describe('a change asked for with a cookie', () => {
  it('has to come from this server’s own pages, as JSON; a token has not', async () => {
    const { browser } = await person(['auditor']);
    const host = new URL(server.url).host;
    const act = (headers: Record<string, string>) =>
      browser.send('POST', '/v1/session/acting', { agencyId: root }, headers);
    const refused = { status: 403, body: { code: 'ORGANISATION_ORIGIN_REFUSED' } };
    expect(await act({})).toMatchObject(refused);
    expect(await act({ origin: 'https://elsewhere.example' })).toMatchObject(refused);
    expect(await act({ origin: 'null' })).toMatchObject(refused);
    expect(await act({ 'sec-fetch-site': 'same-site', origin: server.url })).toMatchObject(refused);
    expect(await act({ 'sec-fetch-site': 'cross-site' })).toMatchObject(refused);
    const form = { origin: server.url, 'content-type': 'text/plain' };
    const raw = await ask(`${server.url}/v1/session/acting`, {
      method: 'POST',
      headers: { ...form, cookie: `__Host-imprint=${browser.cookie}` },
      body: JSON.stringify({ agencyId: root }),
    });
    expect(raw).toMatchObject(refused);
    expect((await act({ origin: `http://${host}` })).status).toBe(200);
    expect((await act({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);

    const signIn = await testBrowser(server).send(
      'POST',
      '/v1/sign-in/password',
      { login: 'x1', password: 'whatever it may be' },
      { origin: 'https://elsewhere.example' },
    );
    expect(signIn).toMatchObject(refused);
    const wanted = { parentId: root, kind: 'ministry', name: { en: 'a', 'zh-CN': 'a' } };
    expect((await server.post('/v1/agencies', wanted)).status).toBe(201);
  });

  it('is decided by the token where both are sent', async () => {
    const { browser } = await person(['auditor']);
    const authorization = `Bearer ${server.operatorToken}`;
    const { status } = await browser.send('GET', '/v1/tokens', undefined, { authorization });
    expect(status).toBe(200);
    const bad = await browser.send('GET', '/v1/tokens', undefined, { authorization: 'Bearer x' });
    expect(bad.body.code).toBe('ORGANISATION_TOKEN_INVALID');
    const own = await browser.send('GET', '/v1/session', undefined, { authorization });
    expect(own.body.code).toBe('ORGANISATION_SESSION_REQUIRED');
  });
});

describe('roles', () => {
  const grantBy = (by: Awaited<ReturnType<typeof person>>, to: string, role: string, agencyId: string) =>
    by.browser.post(`/v1/people/${to}/grants`, { role, agencyId });

  it('are given by who may, to others, where they may', async () => {
    const security = await person(['security-administrator'], ministry);
    const local = await person(['agency-administrator'], bureau);
    const subject = await person([], bureau);
    expect((await grantBy(security, security.id, 'employee', ministry)).body.code).toBe(
      'ORGANISATION_SELF_REFUSED',
    );
    expect((await grantBy(security, subject.id, 'regulator', root)).body.code).toBe(
      'ORGANISATION_AGENCY_UNKNOWN',
    );
    expect((await grantBy(local, subject.id, 'auditor', bureau)).body.code).toBe('ORGANISATION_ROLE_REFUSED');
    expect((await grantBy(local, subject.id, 'support-agent', bureau)).status).toBe(201);
    expect((await grantBy(local, subject.id, 'support-agent', bureau)).body.code).toBe(
      'ORGANISATION_GRANT_EXISTS',
    );
    const auditing = await grantBy(security, subject.id, 'auditor', bureau);
    expect(auditing.status).toBe(201);
    expect((await grantBy(security, subject.id, 'platform-administrator', ministry)).body).toMatchObject({
      code: 'ORGANISATION_ROLES_SEPARATED',
      params: { wanted: 'platform-administrator', held: 'auditor' },
    });
    const takeOver = await local.browser.post(`/v1/people/${subject.id}/reset-factors`);
    expect(takeOver.body.code).toBe('ORGANISATION_ROLE_REFUSED');
    const path = `/v1/people/${subject.id}/grants/${auditing.body.id}`;
    expect((await local.browser.send('DELETE', path)).body.code).toBe('ORGANISATION_ROLE_REFUSED');
    expect((await security.browser.send('DELETE', path)).status).toBe(204);
    expect((await security.browser.send('DELETE', path)).body.code).toBe('ORGANISATION_GRANT_UNKNOWN');
    expect((await grantBy(security, subject.id, 'platform-administrator', ministry)).status).toBe(201);
    later();
  });

  it('that are separated stay so when two administrators grant them at the same moment', async () => {
    const subject = (await server.post('/v1/people', { agencyId: root, login: login(), name: 'x' })).body
      .person;
    const wanted = ['platform-administrator', 'security-administrator', 'auditor'];
    const answers = await Promise.all(
      wanted.map((role) => server.post(`/v1/people/${subject.id}/grants`, { role, agencyId: root })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
    await expect(
      rows(
        `INSERT INTO organisation_grant (id, person_id, role, agency_id, agency_path, granted_by, granted_at)
         SELECT g.id || $2 || r, person_id, r, agency_id, agency_path, 'token:x', now() FROM organisation_grant g,
           unnest($3::text[]) r WHERE person_id = $1 AND r <> g.role`,
        [subject.id, 'x', wanted],
      ),
    ).rejects.toMatchObject({ code: '23505' });
  });

  it('end with the next request when they are revoked', async () => {
    const { browser, id } = await person(['auditor']);
    expect((await browser.get('/v1/entries')).status).toBe(200);
    const { grants } = (await browser.get('/v1/session')).body;
    expect(grants).toEqual([{ role: 'auditor', agencyId: root }]);
    const people = (await server.get(`/v1/people?limit=200`)).body.people;
    const held = people.find((one: { id: string }) => one.id === id).grants[0].id;
    await ask(`${server.url}/v1/people/${id}/grants/${held}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${server.operatorToken}` },
    });
    expect((await browser.get('/v1/entries')).body.code).toBe('ORGANISATION_SCOPE_MISSING');
  });

  it('of a token end with the account of the person who issued it, and come back with it', async () => {
    const { id, browser } = await person(['agency-administrator']);
    const wanted = { agencyId: root, label: 'mine', scopes: ['fleet:read', 'organisation:write'] };
    const own = (await browser.post('/v1/tokens', wanted)).body.secret;
    const second = (await server.post('/v1/tokens', { ...wanted, scopes: ['fleet:read'] }, own)).body.secret;
    const statuses = () =>
      Promise.all([own, second].map(async (token) => (await server.get('/v1/devices', token)).status));
    expect(await statuses()).toEqual([200, 200]);
    await server.post(`/v1/people/${id}/disable`, undefined);
    expect(await statuses()).toEqual([401, 401]);
    await server.post(`/v1/people/${id}/enable`, undefined);
    expect(await statuses()).toEqual([200, 200]);
  });

  it('of a token go with the role of the person who issued it, and come back with it', async () => {
    const { id, browser } = await person(['auditor', 'agency-administrator']);
    const wanted = { agencyId: ministry, label: 'mine', scopes: ['organisation:write', 'assurance:read'] };
    const own = (await browser.post('/v1/tokens', wanted)).body.secret;
    const second = (await server.post('/v1/tokens', { ...wanted, scopes: ['assurance:read'] }, own)).body
      .secret;
    const codes = () =>
      Promise.all([own, second].map(async (token) => (await server.get('/v1/entries', token)).body.code));
    expect(await codes()).toEqual([undefined, undefined]);
    const people = (await server.get('/v1/people?limit=200')).body.people;
    const { grants } = people.find((one: { id: string }) => one.id === id);
    const auditing = grants.find(({ role }: { role: string }) => role === 'auditor');
    const answer = await ask(`${server.url}/v1/people/${id}/grants/${auditing.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${server.operatorToken}` },
    });
    expect(answer.status).toBe(204);
    const missing = 'ORGANISATION_SCOPE_MISSING';
    expect(await codes()).toEqual([missing, missing]);
    await server.post(`/v1/people/${id}/grants`, { role: 'auditor', agencyId: root });
    expect(await codes()).toEqual([undefined, undefined]);
  });

  it('of a person never grow by a token the person issues', async () => {
    const { browser } = await person(['agency-administrator'], ministry);
    const issue = (scopes: string[]) =>
      browser.post('/v1/tokens', { agencyId: ministry, label: 'x', scopes });
    expect((await issue(['people:write'])).body.code).toBe('ORGANISATION_SCOPE_EXCEEDED');
    expect((await issue(['people:read'])).status).toBe(201);
  });
});

describe('factors that are reset', () => {
  it('count no longer, nor do their sessions; the new invitation does', async () => {
    const { id, login: name, browser } = await person(['auditor']);
    const reset = await server.post(`/v1/people/${id}/reset-factors`, undefined);
    expect(reset.body.person).toMatchObject({ hasPassword: false, hasCodes: false });
    expect((await browser.get('/v1/session')).status).toBe(401);
    const old = await browser.post('/v1/sign-in/password', { login: name, password: goodPassword });
    expect(old.body.code).toBe('ORGANISATION_SIGN_IN_REFUSED');
    const { invitation } = reset.body;
    const accepted = await browser.post('/v1/sign-in/accept', { invitation, password: goodPassword });
    expect(accepted.status).toBe(200);
  });
});

describe('the log', () => {
  it('has an entry for each change, by ids and never by names', async () => {
    const before = (await rows<{ seq: string }>('SELECT max(seq) AS seq FROM assurance_entry'))[0]?.seq;
    const name = 'Zhang Somebody';
    const { body } = await server.post('/v1/people', { agencyId: root, login: 'log.me', name });
    const { id } = body.person;
    await server.post(`/v1/people/${id}/grants`, { role: 'regulator', agencyId: root });
    await server.post(`/v1/people/${id}/reset-factors`, undefined);
    await server.post(`/v1/people/${id}/disable`, undefined);
    const entries = await rows<{ action: string; subject: string; actor: string }>(
      'SELECT action, subject, actor, digests FROM assurance_entry WHERE seq > $1 ORDER BY seq',
      [before],
    );
    expect(entries.map(({ action }) => action)).toEqual([
      'organisation.add-person',
      'organisation.grant-regulator',
      'organisation.reset-factors',
      'organisation.disable-person',
    ]);
    for (const entry of entries)
      expect(entry).toMatchObject({ subject: `person:${id}`, actor: expect.stringMatching(/^token:/) });
    expect(JSON.stringify(entries)).not.toMatch(/Zhang|log\.me/);
  });
});
