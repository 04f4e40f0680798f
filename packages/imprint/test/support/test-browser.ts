import { createHmac } from 'node:crypto';
import { type Answer, ask, type TestServer } from './test-server.ts';

/** A browser as far as the server sees one: it keeps the session cookie and says where a request comes from. */
export interface TestBrowser {
  cookie: string | undefined;
  get(path: string): Promise<Answer>;
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown): Promise<Answer>;
}

export function testBrowser(server: Pick<TestServer, 'url'>): TestBrowser {
  const browser: TestBrowser = {
    cookie: undefined,
    get: (path) => browser.send('GET', path),
    post: (path, body) => browser.send('POST', path, body),
    send: async (method, path, body, headers = { origin: server.url, 'sec-fetch-site': 'same-origin' }) => {
      const answer = await ask(server.url + path, {
        method,
        redirect: 'manual',
        headers: {
          ...headers,
          ...(browser.cookie === undefined ? {} : { cookie: `__Host-imprint=${browser.cookie}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const set = /^__Host-imprint=([^;]*)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
      if (set !== undefined) browser.cookie = set === '' ? undefined : set;
      return answer;
    },
  };
  return browser;
}

/** The code an authenticator shows at a time for an `otpauth:` address. Source: RFC 6238, RFC 4226 §5.3. */
export function codeAt(uri: string, at: Date, stepsLater = 0): string {
  const secret = fromBase32(new URL(uri).searchParams.get('secret') ?? '');
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at.getTime() / 30_000) + stepsLater));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(19) & 15;
  return String((mac.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

function fromBase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  return Buffer.from((bits.join('').match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}

export const goodPassword = 'four unrelated plain words';

export interface TestPerson {
  readonly id: string;
  readonly login: string;
  /** What their authenticator keeps. */
  readonly uri: string;
  readonly recoveryCodes: readonly string[];
  readonly browser: TestBrowser;
}

/** A person with roles at one agency, made by the operator's token, who has accepted and is signed in. */
export async function testPerson(
  server: TestServer,
  wanted: { login: string; agencyId: string; roles: readonly string[]; rolesAt?: string },
): Promise<TestPerson> {
  const { login, agencyId, roles } = wanted;
  const added = await server.post('/v1/people', { agencyId, login, name: 'Somebody' });
  const { person, invitation } = added.body;
  for (const role of roles) {
    await server.post(`/v1/people/${person.id}/grants`, { role, agencyId: wanted.rolesAt ?? agencyId });
  }
  const browser = testBrowser(server);
  const accepted = await browser.post('/v1/sign-in/accept', { invitation, password: goodPassword });
  const { uri, ticket } = accepted.body;
  const code = codeAt(uri, server.clock.now());
  const confirmed = await browser.post('/v1/sign-in/confirm', { ticket, code });
  return { id: person.id, login, uri, recoveryCodes: confirmed.body.recoveryCodes, browser };
}
