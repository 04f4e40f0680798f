import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askLease,
  enrolDevices,
  entitle,
  licensedDevice,
  nationOf,
  type Operator,
  operatorOf,
  testLicensor,
} from '../support/licensing.ts';
import { type ServerProcess, serverProcess } from '../support/server-process.ts';
import { testDatabase } from '../support/test-database.ts';
import { ask, jsonPost, type TestServer, testServer } from '../support/test-server.ts';
import { type ReceivedWebhook, type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

let receiver: WebhookReceiver;
beforeAll(async () => {
  receiver = await webhookReceiver();
});
afterAll(() => receiver.close());

/** What OpenSSL computes over a webhook with the secret that was handed out. */
function opensslSignature({ headers, body }: ReceivedWebhook, secret: string): string {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64').toString('hex');
  const input = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  const args = ['dgst', '-sha256', '-mac', 'HMAC', '-macopt', `hexkey:${key}`, '-binary'];
  return `v1,${execFileSync('openssl', args, { input }).toString('base64')}`;
}

const target = (path: string, host = receiver.host) => ({
  kind: 'webhook',
  address: `http://${host}${path}`,
});

describe('an alert', () => {
  let server: TestServer;
  let operator: Operator;
  let nation: { id: string; path: string };

  beforeAll(async () => {
    const { signers } = testLicensor();
    server = await testServer(
      { IMPRINT_WEBHOOK_HOSTS: receiver.host, IMPRINT_LEASE_REQUESTS_PER_HOUR: '1000' },
      { openLicenceKey: async () => signers },
    );
    operator = await operatorOf(server.url, server.home);
    nation = await nationOf(operator);
  });
  afterAll(() => server.close());

  /** Takes seats of a new entitlement of ten. */
  async function take(seats: number): Promise<string> {
    const { id } = await entitle(operator, nation.id, { seats: 10 });
    const devices = Array.from({ length: seats }, () => licensedDevice());
    await enrolDevices(server.database.superuser, nation.path, devices);
    for (const device of devices) {
      const answer = await askLease(server.url, device.request(server.clock.now()));
      expect(answer.status).toBe(200);
    }
    return id;
  }

  async function withTarget(path: string, work: (made: { id: string; secret: string }) => Promise<void>) {
    const { body, status } = await server.post('/v1/alert-targets', target(path));
    expect(status).toBe(201);
    await work({ id: body.target.id, secret: body.secret });
    const headers = { authorization: `Bearer ${server.operatorToken}` };
    const gone = await fetch(`${server.url}/v1/alert-targets/${body.target.id}`, {
      method: 'DELETE',
      headers,
    });
    expect(gone.status).toBe(204);
  }

  const deliveries = async (targetId: string) => {
    const { body } = await server.get('/v1/alert-deliveries');
    return body.deliveries.filter((one: { targetId: string }) => one.targetId === targetId);
  };

  it('is raised at 80, 95 and 100 %, signed so that OpenSSL agrees, and noted in the log with the digest of what was sent', async () => {
    await withTarget('/ok', async ({ id, secret }) => {
      const entitlementId = await take(10);
      const alerts = await receiver.until('/ok', 2);
      const told = alerts.map(({ body }) => JSON.parse(body));
      expect(told.map(({ type, data }) => [type, data.threshold, data.taken, data.percent]).sort()).toEqual([
        ['licensing.alert', 100, 10, 100],
        ['licensing.alert', 80, 8, 80],
      ]);
      for (const { data } of told)
        expect(data).toMatchObject({ entitlementId, agencyId: nation.id, ceiling: 10 });
      for (const one of alerts) expect(one.headers['webhook-signature']).toBe(opensslSignature(one, secret));
      const { body } = await server.get('/v1/entries?limit=200');
      const sent = body.entries.filter(({ action }: { action: string }) => action === 'licensing.alert');
      const digests = alerts.map((one) => createHash('sha256').update(one.body).digest('hex'));
      expect(sent.map((entry: { digests: { body: string } }) => entry.digests.body).sort()).toEqual(
        digests.sort(),
      );
      expect((await deliveries(id)).map(({ state }: { state: string }) => state)).toEqual([
        'delivered',
        'delivered',
      ]);
    });
  });

  it('that a receiver refuses is sent again later: the same id and bytes, a new time and signature', async () => {
    await withTarget('/fail-first', async ({ id, secret }) => {
      await take(8);
      await receiver.until('/fail-first', 1);
      await expect
        .poll(async () => (await deliveries(id))[0]?.lastError, { timeout: 10_000 })
        .toBe('status 500');
      server.clock.advance(10);
      const [first, second] = await receiver.until('/fail-first', 2);
      expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id']);
      expect(second?.body).toBe(first?.body);
      expect(second?.headers['webhook-timestamp']).not.toBe(first?.headers['webhook-timestamp']);
      expect(second?.headers['webhook-signature']).toBe(opensslSignature(second as ReceivedWebhook, secret));
    });
  });

  it.each([
    ['/redirect', 'status 302'],
    ['/drop', 'ECONNRESET'],
  ])('to %s is not taken for delivered', async (path, reason) => {
    const before = receiver.received.filter((one) => one.path === '/ok').length;
    await withTarget(path, async ({ id }) => {
      await take(8);
      await receiver.until(path, 1);
      await expect.poll(async () => (await deliveries(id))[0]?.lastError, { timeout: 10_000 }).toBe(reason);
    });
    expect(receiver.received.filter((one) => one.path === '/ok')).toHaveLength(before);
  });

  it.each([
    [{ kind: 'webhook', address: 'https://elsewhere.example/' }, 403, 'LICENSING_ALERT_HOST_REFUSED'],
    [{ kind: 'webhook', address: 'http://10.0.0.1/' }, 422, 'LICENSING_ALERT_ADDRESS_INVALID'],
    [
      { kind: 'webhook', address: 'https://user:word@elsewhere.example/' },
      422,
      'LICENSING_ALERT_ADDRESS_INVALID',
    ],
    [{ kind: 'webhook', address: 'file:///etc/passwd' }, 422, 'LICENSING_ALERT_ADDRESS_INVALID'],
    [{ kind: 'mail', address: 'two@a.example,three@a.example' }, 422, 'LICENSING_ALERT_ADDRESS_INVALID'],
    [
      { kind: 'mail', address: 'desk@agency.example\r\nBcc: x@y.example' },
      422,
      'LICENSING_ALERT_ADDRESS_INVALID',
    ],
    [{ kind: 'mail', address: 'desk@agency.example' }, 409, 'LICENSING_ALERT_MAIL_OFF'],
  ])('goes nowhere that was not allowed: %j', async (wanted, status, code) => {
    const answer = await server.post('/v1/alert-targets', wanted);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  it('to a target of one agency is nothing that an agency beside it sees', async () => {
    const agency = async (name: string) => {
      const kind = 'ministry';
      const made = await server.post('/v1/agencies', {
        parentId: nation.id,
        kind,
        name: { en: name, 'zh-CN': name },
      });
      const scopes = ['licensing:read', 'licensing:allocate'];
      const issued = await server.post('/v1/tokens', { agencyId: made.body.id, label: name, scopes });
      return issued.body.secret as string;
    };
    const [one, other] = [await agency('one'), await agency('other')];
    const made = await server.post('/v1/alert-targets', target('/ok'), one);
    expect(made.status).toBe(201);
    const { id } = made.body.target;
    expect((await server.get('/v1/alert-targets', other)).body.targets).toEqual([]);
    const headers = { authorization: `Bearer ${other}` };
    const removed = await fetch(`${server.url}/v1/alert-targets/${id}`, { method: 'DELETE', headers });
    expect(removed.status).toBe(404);
    expect((await server.get('/v1/alert-targets', one)).body.targets).toHaveLength(1);
  });

  it('is signed with a secret that only this account reads', async () => {
    const { mode } = await stat(join(server.home, 'keys', 'webhook.secret'));
    expect(mode & 0o777).toBe(0o600);
  });
});

describe('a server that is killed after the receiver has taken an alert and before that is kept', () => {
  it('delivers it again with the same id, and notes it once', async () => {
    const database = await testDatabase();
    const home = await mkdtemp(join(tmpdir(), 'imprint-alerts-'));
    const licensor = testLicensor();
    await licensor.install(home);
    const start = (): Promise<ServerProcess> =>
      serverProcess({ ...database.environment, IMPRINT_HOME: home, IMPRINT_WEBHOOK_HOSTS: receiver.host });
    const log = new pg.Client(database.superuser);
    await log.connect();
    try {
      const first = await start();
      const operator = await operatorOf(first.url, home);
      const nation = await nationOf(operator);
      await ask(`${first.url}/v1/alert-targets`, jsonPost(target('/killed'), operator.token));
      await entitle(operator, nation.id, { seats: 1 });
      const device = licensedDevice();
      await enrolDevices(database.superuser, nation.path, [device]);
      const sentBefore = "SELECT count(*)::int AS sent FROM assurance_entry WHERE action = 'licensing.alert'";
      const isRaised = async () =>
        (await log.query("SELECT FROM platform_outbox WHERE topic = 'licensing.alert-delivery'")).rowCount ===
        1;
      expect((await askLease(first.url, device.request(new Date()))).status).toBe(200);
      // Whoever holds the end of the log keeps the delivery from being committed, not from being sent.
      await log.query('BEGIN');
      await log.query('SELECT FROM assurance_head FOR UPDATE');
      await receiver.until('/killed', 1);
      await first.end('SIGKILL');
      await log.query('ROLLBACK');
      expect(await isRaised()).toBe(true);
      expect((await log.query(sentBefore)).rows[0].sent).toBe(0);
      const second = await start();
      const [before, after] = await receiver.until('/killed', 2);
      expect(after?.headers['webhook-id']).toBe(before?.headers['webhook-id']);
      expect(after?.body).toBe(before?.body);
      await expect.poll(async () => (await log.query(sentBefore)).rows[0].sent, { timeout: 10_000 }).toBe(1);
      await sleep(1500);
      expect(receiver.received.filter((one) => one.path === '/killed')).toHaveLength(2);
      await second.end('SIGTERM');
    } finally {
      await log.end();
      await database.drop();
      await rm(home, { recursive: true, force: true });
    }
  });
});
