import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { goodPassword, testBrowser, testPerson } from '../support/test-browser.ts';
import { type Credential, type TestChromium, testChromium } from '../support/test-chromium.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let chromium: TestChromium;
let root: string;
let counter = 0;
const login = () => {
  counter += 1;
  return `keyholder.${counter}`;
};

beforeAll(async () => {
  [server, chromium] = await Promise.all([testServer(), testChromium()]);
  root = (await server.get('/v1/agencies')).body.agencies[0].id;
});
afterAll(async () => {
  await chromium.close();
  await server.close();
});
beforeEach(async () => {
  await chromium.newAuthenticator();
  await chromium.open(`${originOf(server)}/healthz`);
});
/** Lets the buckets of attempts fill again. */
afterEach(() => server.clock.advance(901));

const originOf = ({ url }: TestServer) => url.replace('127.0.0.1', 'localhost');
type Client = ReturnType<typeof testBrowser>;

/** Somebody invited, with roles, who has not accepted yet. */
async function invited(roles: readonly string[] = []) {
  const { body } = await server.post('/v1/people', { agencyId: root, login: login(), name: 'Keyholder' });
  const { id } = body.person;
  for (const role of roles) await server.post(`/v1/people/${id}/grants`, { role, agencyId: root });
  return { id: id as string, invitation: body.invitation as string };
}

async function accept(invitation: string, client = testBrowser(server)) {
  const options = await client.post('/v1/sign-in/accept/passkey/options', { invitation });
  const credential = await chromium.create(options.body);
  const answer = await client.post('/v1/sign-in/accept/passkey', { invitation, label: 'first', credential });
  return { client, answer };
}

/** Somebody who has accepted an invitation with a passkey and is signed in by it. */
async function keyholder(roles: readonly string[] = ['licensing-officer']) {
  const { id, invitation } = await invited(roles);
  const { client, answer } = await accept(invitation);
  expect(answer.status).toBe(201);
  return { id, client, passkeyId: answer.body.id as string };
}

async function register(client: Client, label = 'another') {
  const options = await client.post('/v1/passkeys/registration-options');
  if (options.status !== 200) return options;
  const credential = await chromium.create(options.body);
  return client.post('/v1/passkeys', { label, credential });
}

const signInOptions = async () =>
  (await testBrowser(server).post('/v1/sign-in/passkey/options')).body as Record<string, unknown>;
const handIn = (credential: Credential, client = testBrowser(server)) =>
  client.post('/v1/sign-in/passkey', { credential });

async function signIn(client = testBrowser(server)) {
  const answer = await handIn(await chromium.get(await signInOptions()), client);
  return { answer, client };
}

async function stepUp(client: Client) {
  const options = await client.post('/v1/session/step-up/passkey/options');
  return client.post('/v1/session/step-up/passkey', { credential: await chromium.get(options.body) });
}

/** What somebody did, as the log tells it. */
const entries = (id: string) =>
  withClient(server.database.superuser, async (client) => {
    const query = 'SELECT action FROM assurance_entry WHERE actor = $1 ORDER BY seq';
    const { rows } = await client.query<{ action: string }>(query, [`person:${id}`]);
    return rows.map(({ action }) => action);
  });

describe('a passkey', () => {
  it('accepts an invitation, signs in again, steps up and is in the log', async () => {
    const { id, invitation } = await invited(['licensing-officer']);
    const { client, answer } = await accept(invitation);
    expect(answer).toMatchObject({ status: 201, body: { label: 'first' } });
    expect((await client.get('/v1/session')).body).toMatchObject({ person: { id }, factors: ['passkey'] });
    await client.send('DELETE', '/v1/session');
    expect((await client.get('/v1/session')).status).toBe(401);

    const again = await signIn(client);
    expect(again.answer.status).toBe(204);
    const session = (await client.get('/v1/session')).body;
    expect(session.acting.scopes).toContain('licensing:write');

    server.clock.advance(400);
    expect((await register(client)).body.code).toBe('ORGANISATION_STEP_UP_REQUIRED');
    const before = client.cookie;
    expect((await stepUp(client)).status).toBe(204);
    expect(client.cookie).not.toBe(before);
    expect((await client.get('/v1/passkeys')).body.passkeys).toMatchObject([
      { label: 'first', lastUsedAt: server.clock.now().toISOString() },
    ]);
    expect(await entries(id)).toEqual([
      'organisation.register-passkey',
      'organisation.sign-in',
      'organisation.sign-out',
      'organisation.sign-in',
      'organisation.step-up',
    ]);
  });

  it('uses an invitation up, and one that is used, wrong or late is none', async () => {
    const { invitation } = await invited();
    const other = await invited();
    expect((await accept(invitation)).answer.status).toBe(201);
    const client = testBrowser(server);
    const begin = (secret: string) =>
      client.post('/v1/sign-in/accept/passkey/options', { invitation: secret });
    expect((await begin(invitation)).body.code).toBe('ORGANISATION_INVITATION_INVALID');
    expect((await begin('A'.repeat(43))).body.code).toBe('ORGANISATION_INVITATION_INVALID');
    server.clock.advance(8 * 86_400);
    expect((await begin(other.invitation)).body.code).toBe('ORGANISATION_INVITATION_INVALID');
  });

  it('is added by somebody who signed in with password and code, and then replaces both', async () => {
    const person = await testPerson(server, { login: login(), agencyId: root, roles: ['support-agent'] });
    expect(await register(person.browser, 'laptop')).toMatchObject({
      status: 201,
      body: { label: 'laptop' },
    });
    const { client } = await signIn();
    expect((await client.get('/v1/session')).body).toMatchObject({
      person: { id: person.id },
      factors: ['passkey'],
    });
  });

  it('is renamed and removed by its owner only', async () => {
    const owner = await keyholder();
    await chromium.newAuthenticator();
    const other = await keyholder();
    const path = `/v1/passkeys/${owner.passkeyId}`;
    const renamed = await owner.client.send('PATCH', path, { label: 'desk' });
    expect(renamed).toMatchObject({ status: 200, body: { label: 'desk' } });
    expect((await other.client.send('PATCH', path, { label: 'mine' })).body.code).toBe(
      'ORGANISATION_PASSKEY_NOT_FOUND',
    );
    expect((await other.client.send('DELETE', path)).body.code).toBe('ORGANISATION_PASSKEY_NOT_FOUND');
    expect((await other.client.get('/v1/passkeys')).body.passkeys).toHaveLength(1);
  });

  it('is not removed while the role could not be used without it, not even by two requests at once', async () => {
    const { id, client, passkeyId } = await keyholder();
    expect((await client.send('DELETE', `/v1/passkeys/${passkeyId}`)).body.code).toBe(
      'ORGANISATION_PASSKEY_LAST',
    );
    await chromium.newAuthenticator();
    const second = (await register(client)).body.id;
    const ids = [passkeyId, second];
    const answers = await Promise.all(ids.map((one) => client.send('DELETE', `/v1/passkeys/${one}`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect((await client.get('/v1/passkeys')).body.passkeys).toHaveLength(1);
    expect(await entries(id)).toContain('organisation.remove-passkey');
  });

  it('is removed only by somebody who has just proved to be there', async () => {
    const { client, passkeyId } = await keyholder();
    server.clock.advance(400);
    const answer = await client.send('DELETE', `/v1/passkeys/${passkeyId}`);
    expect(answer).toMatchObject({ status: 403, body: { code: 'ORGANISATION_STEP_UP_REQUIRED' } });
  });
});

describe('signing in is refused', () => {
  it('with an answer that was handed in before', async () => {
    await keyholder();
    const credential = await chromium.get(await signInOptions());
    expect((await handIn(credential)).status).toBe(204);
    expect(await handIn(credential)).toMatchObject({
      status: 401,
      body: { code: 'ORGANISATION_PASSKEY_CHALLENGE' },
    });
  });

  it('with an answer to a challenge nobody gave, one too old, and one given for another purpose', async () => {
    const { client } = await keyholder();
    const code = async (options: object, advance = 0) => {
      const credential = await chromium.get(options);
      server.clock.advance(advance);
      return (await handIn(credential)).body.code;
    };
    const options = await signInOptions();
    expect(await code({ ...options, challenge: 'A'.repeat(43) })).toBe('ORGANISATION_PASSKEY_CHALLENGE');
    const purpose = (await client.post('/v1/session/step-up/passkey/options')).body;
    expect(await code(purpose)).toBe('ORGANISATION_PASSKEY_CHALLENGE');
    expect(await code(options, 301)).toBe('ORGANISATION_PASSKEY_CHALLENGE');
  });

  it('on a page of another origin, though the browser offers the passkey there', async () => {
    // A browser keeps a connection open on which it asks nothing, and a stopping server waits for those.
    const elsewhere = await testServer({ IMPRINT_STOP_SECONDS: '1' });
    try {
      await keyholder();
      await chromium.open(`${originOf(elsewhere)}/healthz`);
      expect((await signIn()).answer).toMatchObject({
        status: 401,
        body: { code: 'ORGANISATION_PASSKEY_WRONG_ORIGIN', params: { expected: originOf(server) } },
      });
    } finally {
      await elsewhere.close();
    }
  });

  it('while the device has not checked who uses it', async () => {
    await keyholder();
    const options = { ...(await signInOptions()), userVerification: 'discouraged' };
    await chromium.setUserVerified(false);
    expect((await handIn(await chromium.get(options))).body.code).toBe('ORGANISATION_PASSKEY_UNVERIFIED');
  });

  it('with a passkey that was removed', async () => {
    const { client, passkeyId } = await keyholder();
    const credential = await chromium.get(await signInOptions());
    await chromium.newAuthenticator();
    await register(client);
    expect((await client.send('DELETE', `/v1/passkeys/${passkeyId}`)).status).toBe(204);
    expect((await handIn(credential)).body.code).toBe('ORGANISATION_PASSKEY_UNKNOWN');
  });

  it('with a passkey of somebody whose account is disabled', async () => {
    const { id } = await keyholder();
    await server.post(`/v1/people/${id}/disable`, undefined);
    expect((await signIn()).answer.body.code).toBe('ORGANISATION_PERSON_DISABLED');
  });

  it('with one bit of the signature changed, or the person exchanged', async () => {
    const other = await invited();
    await keyholder();
    const bent = async (change: (response: Credential) => void) => {
      const credential = await chromium.get(await signInOptions());
      change(credential.response);
      return (await handIn(credential)).body.code;
    };
    const flip = (text: string) => {
      const bytes = Buffer.from(text, 'base64url');
      bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
      return bytes.toString('base64url');
    };
    const invalid = 'ORGANISATION_PASSKEY_INVALID';
    const unknown = 'ORGANISATION_PASSKEY_UNKNOWN';
    expect(
      await bent((response) => {
        response.signature = flip(response.signature);
      }),
    ).toBe(invalid);
    expect(
      await bent((response) => {
        response.authenticatorData = flip(response.authenticatorData);
      }),
    ).toBe(invalid);
    expect(
      await bent((response) => {
        response.userHandle = Buffer.from(other.id).toString('base64url');
      }),
    ).toBe(unknown);
    expect(
      await bent((response) => {
        delete response.userHandle;
      }),
    ).toBe(unknown);
    expect((await signIn()).answer.status).toBe(204);
  });

  it('with a copy of a passkey, recorded, and the one that went on counting still signs in', async () => {
    const { id } = await keyholder();
    const [original] = await chromium.credentials();
    if (original === undefined) throw new TypeError('the authenticator keeps no passkey');
    expect((await signIn()).answer.status).toBe(204);
    expect((await signIn()).answer.status).toBe(204);
    const [later] = await chromium.credentials();
    await chromium.newAuthenticator();
    await chromium.restore(original);
    expect((await signIn()).answer).toMatchObject({
      status: 401,
      body: { code: 'ORGANISATION_PASSKEY_CLONED' },
    });
    expect((await entries(id)).at(-1)).toBe('organisation.passkey-cloned');
    await chromium.newAuthenticator();
    await chromium.restore(later ?? original);
    expect((await signIn()).answer.status).toBe(204);
  });
});

describe('registering is refused', () => {
  it('while the device has not checked who uses it', async () => {
    const { client } = await keyholder();
    await chromium.newAuthenticator({ hasUserVerification: false });
    const options = (await client.post('/v1/passkeys/registration-options')).body;
    const unverified = { residentKey: 'discouraged', userVerification: 'discouraged' };
    const credential = await chromium.create({ ...options, authenticatorSelection: unverified });
    const answer = await client.post('/v1/passkeys', { label: 'x', credential });
    expect(answer.body.code).toBe('ORGANISATION_PASSKEY_UNVERIFIED');
  });

  it('with the options of somebody else, and twice with the same', async () => {
    const owner = await keyholder();
    await chromium.newAuthenticator();
    const other = await keyholder();
    await chromium.newAuthenticator();
    const options = (await owner.client.post('/v1/passkeys/registration-options')).body;
    const credential = await chromium.create(options);
    const hand = (client: Client) => client.post('/v1/passkeys', { label: 'x', credential });
    expect((await hand(other.client)).body.code).toBe('ORGANISATION_PASSKEY_CHALLENGE');
    expect((await hand(owner.client)).body.code).toBe('ORGANISATION_PASSKEY_CHALLENGE');
    expect((await owner.client.get('/v1/passkeys')).body.passkeys).toHaveLength(1);
  });

  it('for a passkey that is registered already, whoever claims it', async () => {
    const { invitation } = await invited();
    const accepting = testBrowser(server);
    const begun = await accepting.post('/v1/sign-in/accept/passkey/options', { invitation });
    const owned = await chromium.create(begun.body);
    await accepting.post('/v1/sign-in/accept/passkey', { invitation, label: 'first', credential: owned });
    await chromium.newAuthenticator();
    const { client } = await keyholder();
    await chromium.newAuthenticator();
    const credential = await chromium.create((await client.post('/v1/passkeys/registration-options')).body);
    // Without attestation nothing binds the key to the challenge, so a key of somebody else can be named.
    const { attestationObject } = owned.response;
    const claimed = { ...credential, id: owned.id, rawId: owned.id };
    claimed.response = { ...credential.response, attestationObject };
    const answer = await client.post('/v1/passkeys', { label: 'x', credential: claimed });
    expect(answer).toMatchObject({ status: 409, body: { code: 'ORGANISATION_PASSKEY_TAKEN' } });
  });

  it('for a device that keeps one of the person already: the options name what is registered', async () => {
    const { client } = await keyholder();
    const options = (await client.post('/v1/passkeys/registration-options')).body;
    await expect(chromium.create(options)).rejects.toThrow('InvalidStateError');
  });

  it('beyond twenty for one person', async () => {
    const { id, client } = await keyholder();
    await withClient(server.database.superuser, (owner) =>
      owner.query(
        `INSERT INTO organisation_passkey
         SELECT 'FILLER' || $1 || n, 'filler-' || $1 || n, person_id, agency_path, public_key, 0, '{}', 'x', now(), NULL
         FROM organisation_passkey, generate_series(1, 19) AS n WHERE person_id = $1`,
        [id],
      ),
    );
    const answer = await client.post('/v1/passkeys/registration-options');
    expect(answer).toMatchObject({ status: 409, body: { code: 'ORGANISATION_PASSKEY_TOO_MANY' } });
  });
});

it('somebody with a password only adds a passkey right after signing in, and steps up with it', async () => {
  const { body } = await server.post('/v1/people', { agencyId: root, login: login(), name: 'Keyholder' });
  const { person, invitation } = body;
  await server.post(`/v1/people/${person.id}/grants`, { role: 'employee', agencyId: root });
  const client = testBrowser(server);
  await client.post('/v1/sign-in/accept', { invitation, password: goodPassword });
  await client.post('/v1/sign-in/password', { login: person.login, password: goodPassword });
  server.clock.advance(301);
  expect((await register(client)).body.code).toBe('ORGANISATION_STEP_UP_REQUIRED');
  await client.post('/v1/sign-in/password', { login: person.login, password: goodPassword });
  expect((await register(client)).status).toBe(201);
  expect((await register(client)).body.code).toBe('ORGANISATION_STEP_UP_REQUIRED');
  expect((await stepUp(client)).status).toBe(204);
  expect((await client.get('/v1/session')).body.factors).toEqual(['password', 'passkey']);
});

it('stepping up is refused with a passkey of somebody else', async () => {
  const owner = await keyholder();
  await chromium.newAuthenticator();
  await keyholder();
  const options = (await owner.client.post('/v1/session/step-up/passkey/options')).body;
  const credential = await chromium.get({ ...options, allowCredentials: [] });
  const answer = await owner.client.post('/v1/session/step-up/passkey', { credential });
  expect(answer.body.code).toBe('ORGANISATION_PASSKEY_UNKNOWN');
});

it('a server that others reach offers no passkeys until it knows its address', async () => {
  const open = await testServer({ IMPRINT_HOST: '0.0.0.0' });
  const wrong = await testServer({ IMPRINT_PUBLIC_URL: 'https://10.0.0.1' });
  try {
    const code = async (url: string) =>
      (await testBrowser({ url }).post('/v1/sign-in/passkey/options')).body.code;
    expect(await code(open.url)).toBe('ORGANISATION_PUBLIC_URL_MISSING');
    expect(await code(wrong.url)).toBe('ORGANISATION_PUBLIC_URL_INVALID');
  } finally {
    await open.close();
    await wrong.close();
  }
});
