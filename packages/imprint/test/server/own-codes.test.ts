import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeAt, goodPassword, testBrowser, testPerson } from '../support/test-browser.ts';
import { type TestChromium, testChromium } from '../support/test-chromium.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let chromium: TestChromium;
let root: string;
beforeAll(async () => {
  [server, chromium] = await Promise.all([testServer(), testChromium()]);
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(async () => {
  await chromium.close();
  await server.close();
});

/** Somebody signed in by a passkey, without one-time codes. */
async function keyholder(login: string) {
  await chromium.newAuthenticator();
  await chromium.open(`${server.url.replace('127.0.0.1', 'localhost')}/healthz`);
  const { invitation } = (await server.post('/v1/people', { agencyId: root, login, name: 'Keyholder' })).body;
  const client = testBrowser(server);
  const options = await client.post('/v1/sign-in/accept/passkey/options', { invitation });
  const credential = await chromium.create(options.body);
  await client.post('/v1/sign-in/accept/passkey', { invitation, label: 'first', credential });
  return client;
}

const begin = '/v1/session/codes';
const confirm = '/v1/session/codes/confirm';
const renew = '/v1/session/recovery-codes';

it('somebody without one-time codes sets them up in an open session, and steps up with them', async () => {
  const client = await keyholder('keyholder.one');
  expect((await client.post(renew)).body.code).toBe('ORGANISATION_CODES_MISSING');
  const { ticket, uri } = (await client.post(begin)).body;
  const code = (stepsLater = 0) => codeAt(uri, server.clock.now(), stepsLater);
  expect((await client.post('/v1/session/step-up', { code: code() })).body.code).toBe(
    'ORGANISATION_SECOND_FACTOR_REQUIRED',
  );
  const wrong = await client.post(confirm, { ticket, code: '000000' });
  expect(wrong.body.code).toBe('ORGANISATION_CODE_WRONG');
  const before = client.cookie;
  const confirmed = await client.post(confirm, { ticket, code: code() });
  expect(confirmed.body.recoveryCodes).toHaveLength(10);
  expect(client.cookie).not.toBe(before);
  expect((await client.get('/v1/session')).body.factors).toEqual(['passkey', 'totp']);
  server.clock.advance(301);
  expect((await client.post(renew)).body.code).toBe('ORGANISATION_STEP_UP_REQUIRED');
  expect((await client.post('/v1/session/step-up', { code: code() })).status).toBe(204);
  expect((await client.post(begin)).body.code).toBe('ORGANISATION_CODES_EXIST');
  const again = await client.post(confirm, { ticket, code: code(1) });
  expect(again.body.code).toBe('ORGANISATION_TICKET_INVALID');
  const { entries } = (await server.get('/v1/entries?limit=200')).body;
  const actions = entries.map(({ action }: { action: string }) => action);
  expect(actions).toContain('organisation.confirm-codes');
});

it('a ticket of somebody else confirms nothing', async () => {
  const [one, other] = [await keyholder('keyholder.two'), await keyholder('keyholder.three')];
  const { ticket, uri } = (await one.post(begin)).body;
  const answer = await other.post(confirm, { ticket, code: codeAt(uri, server.clock.now()) });
  expect([answer.status, answer.body.code]).toEqual([401, 'ORGANISATION_TICKET_INVALID']);
});

it('recovery codes are made anew: the old ones stop counting, each new one counts once', async () => {
  const { browser, login, recoveryCodes } = await testPerson(server, {
    login: 'renewer',
    agencyId: root,
    roles: ['licensing-officer'],
  });
  const fresh: string[] = (await browser.post(renew)).body.recoveryCodes;
  expect(fresh).toHaveLength(10);
  expect(fresh.filter((code) => recoveryCodes.includes(code))).toEqual([]);
  const signIn = async (code: string | undefined) => {
    const client = testBrowser(server);
    const { ticket } = (await client.post('/v1/sign-in/password', { login, password: goodPassword })).body;
    return (await client.post('/v1/sign-in/code', { ticket, code })).status;
  };
  const [first] = fresh;
  expect([await signIn(recoveryCodes[0]), await signIn(first), await signIn(first)]).toEqual([401, 204, 401]);
  server.clock.advance(301);
  expect((await browser.post(renew)).body.code).toBe('ORGANISATION_STEP_UP_REQUIRED');
  const token = await server.post(renew, undefined);
  expect([token.status, token.body.code]).toEqual([401, 'ORGANISATION_SESSION_REQUIRED']);
});
