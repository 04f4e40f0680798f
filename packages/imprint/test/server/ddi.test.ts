import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256Hex } from '@imprint/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../src/platform/database/provision.ts';
import { readRoot, releasePaths, withdrawCurrent } from '../../src/rooms/release/index.ts';
import {
  approve,
  beginCeremony,
  type Ceremony,
  propose,
  publish,
} from '../../src/rooms/release/testing/ceremony-fixture.ts';
import { type SwuMaker, swuMaker, swupdate } from '../support/swupdate.ts';
import { type Answer, ask, jsonPost, type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
let ceremony: Ceremony;
let directory: string;
let maker: SwuMaker;
let releaseSha256: string;
let swu: Uint8Array;

const payload = Buffer.from(`a system image in miniature ${'.'.repeat(5000)}`);
const installedAt = (name: string) => join(directory, name);
const blobOf = (bytes: Uint8Array) => {
  const sha256 = sha256Hex(bytes);
  return join(server.home, 'repository', 'blobs', 'sha256', sha256.slice(0, 2), sha256);
};

beforeAll(async () => {
  const begun = await beginCeremony('intl');
  const start = new Date('2026-11-23T08:00:00.000Z');
  // A client takes what it was offered with the poll after: the interval the server directs is a short one here.
  server = await testServer(
    { IMPRINT_CHECK_IN_SECONDS: '1' },
    { start, openOnlineKey: async () => begun.online },
  );
  await cp(begun.directory, server.home, { recursive: true });
  const { home } = server;
  const paths = releasePaths({ release: join(home, 'release'), repository: join(home, 'repository') });
  ceremony = { ...begun, directory: home, paths };
  await begun.remove();
  directory = await mkdtemp(join(tmpdir(), 'imprint-ddi-'));
  maker = await swuMaker(directory);
  const stranger = await swuMaker(directory, 'stranger');
  swu = await maker.make(installedAt('good'), payload);
  const artifacts = {
    'system.swu': swu,
    'damaged.swu': await maker.make(installedAt('damaged'), payload),
    'strange.swu': await stranger.make(installedAt('strange'), payload),
  };
  releaseSha256 = await published('2026.11.0', artifacts);
});
afterAll(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

async function published(version: string, artifacts: Record<string, Uint8Array>): Promise<string> {
  const { id } = await propose(ceremony, { version, packages: { bash: version }, artifacts });
  for (const opened of Object.values(ceremony.parties)) await approve(ceremony, id, opened);
  await publish(ceremony, id);
  return (await server.get('/v1/channels/gov-base/stable')).body.sha256;
}

interface Foreign {
  readonly id: string;
  readonly tenant: string;
  readonly controllerId: string;
  readonly token: string;
}

async function foreignDevice(controllerId: string): Promise<Foreign> {
  const { status, body } = await server.post('/v1/ddi-targets', { controllerId });
  expect(status).toBe(201);
  return { id: body.target.id, tenant: body.target.tenant, controllerId, token: body.secret };
}

const call = (device: Foreign, path = '', init: RequestInit = {}, token = device.token) =>
  ask(`${server.url}/ddi/${device.tenant}/controller/v1/${device.controllerId}${path}`, {
    ...init,
    headers: { ...init.headers, authorization: `TargetToken ${token}` },
  });
const say = (device: Foreign, path: string, execution: string, finished = 'none', details: string[] = []) =>
  call(device, `${path}/feedback`, jsonPost({ id: 7, status: { execution, result: { finished }, details } }));
const assign = (device: Foreign, artifact: string, release = releaseSha256) =>
  server.post(`/v1/ddi-targets/${device.id}/actions`, { releaseSha256: release, artifact });
const shown = async (device: Foreign) => (await server.get(`/v1/ddi-targets/${device.id}`)).body;
const newest = async (device: Foreign) => (await shown(device)).actions[0];

const actionsLogged = async (device: Foreign): Promise<string[]> =>
  (await server.get('/v1/entries?limit=200')).body.entries
    .filter(({ subject }: { subject: string }) => subject === `ddi-target:${device.id}`)
    .map(({ action }: { action: string }) => action);

async function eventually<T>(look: () => Promise<T>, holds: (seen: T) => boolean): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    const seen = await look();
    if (holds(seen) || attempt === 400) return seen;
    await sleep(200);
  }
}

/** Lets Debian's swupdate poll until the device's action is closed or it has said enough. */
async function installBySwupdate(
  device: Foreign,
  until: (log: string, phase: string) => boolean,
  words = '',
) {
  const client = await swupdate({
    ...device,
    directory,
    certificate: maker.certificate,
    url: `${server.url}/ddi`,
    words: words === '' ? [] : words.split(' '),
  });
  try {
    const look = async () => ({ log: await client.log(), phase: (await newest(device)).phase });
    return await eventually(look, ({ log, phase }) => until(log, phase));
  } finally {
    await client.end();
  }
}

const isClosed = (_log: string, phase: string) => phase !== 'open';

describe('an unmodified swupdate', () => {
  it('installs an approved release, and reports it after its restart', async () => {
    const device = await foreignDevice('board-1');
    expect((await assign(device, 'system.swu')).status).toBe(201);
    const done = (log: string) => log.includes('SWUPDATE successful');
    const { log } = await installBySwupdate(device, done);
    expect(log).toContain('SWUPDATE successful');
    expect(await readFile(installedAt('good'))).toEqual(payload);
    const { phase } = await installBySwupdate(device, isClosed, '-c 2');
    expect(phase).toBe('succeeded');
    const { feedback } = await newest(device);
    expect(feedback.map(({ execution }: { execution: string }) => execution)).toContain('proceeding');
    expect(feedback.at(-1)).toMatchObject({ execution: 'closed', finished: 'success' });
    expect(await actionsLogged(device)).toEqual([
      'fleet.issue-ddi-token',
      'fleet.assign-ddi',
      'fleet.ddi-succeeded',
    ]);
  });

  it('refuses an artifact in which a bit flipped after it was approved, and says so', async () => {
    const device = await foreignDevice('board-2');
    expect((await assign(device, 'damaged.swu')).status).toBe(201);
    const { artifactSha256 } = await newest(device);
    const file = join(server.home, 'repository/blobs/sha256', artifactSha256.slice(0, 2), artifactSha256);
    const bytes = await readFile(file);
    const offset = bytes.indexOf('a system image');
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
    await writeFile(file, bytes);
    const { phase, log } = await installBySwupdate(device, isClosed);
    expect(phase, log).toBe('failed');
    await expect(readFile(installedAt('damaged'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await newest(device)).feedback.at(-1)).toMatchObject({
      execution: 'closed',
      finished: 'failure',
    });
    const again = await assign(device, 'damaged.swu');
    expect(again).toMatchObject({ status: 409, body: { code: 'FLEET_DDI_ARTIFACT_DAMAGED' } });
  });

  it('refuses what was approved but is not signed by its own maker', { timeout: 120_000 }, async () => {
    const device = await foreignDevice('board-3');
    expect((await assign(device, 'strange.swu')).status).toBe(201);
    const { phase, log } = await installBySwupdate(device, isClosed);
    expect(phase, log).toBe('failed');
    await expect(readFile(installedAt('strange'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('a device’s token', () => {
  it('is kept as a hash, and opens its own device only', async () => {
    const [one, other] = [await foreignDevice('token-1'), await foreignDevice('token-2')];
    expect((await call(one)).status).toBe(200);
    const refused: Answer[] = [
      await call(one, '', {}, other.token),
      await call(one, '', {}, 'x'.repeat(43)),
      await call({ ...one, tenant: '0'.repeat(26) }),
      await ask(`${server.url}/ddi/${one.tenant}/controller/v1/${one.controllerId}`),
      await call(one, '/configData', { method: 'PUT', ...jsonBody({ data: {} }) }, other.token),
      await call(one, '/confirmationBase', {}, other.token),
      await call(one, '/deploymentBase/1', {}, other.token),
    ];
    for (const answer of refused) {
      expect(answer).toMatchObject({ status: 401, body: { code: 'FLEET_DDI_TOKEN' } });
    }
    await withClient(server.database.superuser, async (client) => {
      const { rows } = await client.query('SELECT to_jsonb(t)::text AS text FROM fleet_ddi_target t');
      for (const { text } of rows) expect(text).not.toContain(one.token);
    });
  });

  it('stops counting when it is revoked, and when another is issued', async () => {
    const first = await foreignDevice('token-3');
    const second = await foreignDevice('token-3');
    expect(second.id).toBe(first.id);
    expect((await call(first)).status).toBe(401);
    expect((await call(second)).status).toBe(200);
    expect((await server.post(`/v1/ddi-targets/${second.id}/revoke-token`, undefined)).status).toBe(204);
    expect((await call(second)).status).toBe(401);
  });

  it('sends attributes that nobody keeps', async () => {
    const device = await foreignDevice('token-4');
    const data = { owner: 'a-name-that-must-not-stay' };
    const answer = await call(device, '/configData', { method: 'PUT', ...jsonBody({ mode: 'merge', data }) });
    expect(answer.status).toBe(200);
    await withClient(server.database.superuser, async (client) => {
      const { rows } = await client.query('SELECT to_jsonb(t)::text AS text FROM fleet_ddi_target t');
      for (const { text } of rows) expect(text).not.toContain('a-name-that-must-not-stay');
    });
  });
});

const jsonBody = (body: unknown) => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

describe('what is offered', () => {
  it('is an artifact of a published release, and nothing else', async () => {
    const device = await foreignDevice('offer-1');
    expect(await assign(device, 'system.swu', 'f'.repeat(64))).toMatchObject({
      status: 422,
      body: { code: 'FLEET_DDI_RELEASE_NOT_PUBLISHED', params: { state: 'unknown' } },
    });
    expect(await assign(device, 'other.swu')).toMatchObject({
      status: 422,
      body: { code: 'FLEET_DDI_ARTIFACT_UNKNOWN' },
    });
    expect(await assign({ ...device, id: '0'.repeat(26) }, 'system.swu')).toMatchObject({
      status: 404,
      body: { code: 'FLEET_DDI_TARGET_UNKNOWN' },
    });
    expect((await call(device)).body._links).toEqual({});
  });

  it('names the approved digest, and is one at a time', async () => {
    const device = await foreignDevice('offer-2');
    const { id } = (await assign(device, 'system.swu')).body;
    expect(await assign(device, 'system.swu')).toMatchObject({ body: { code: 'FLEET_DDI_ACTION_OPEN' } });
    const { _links, config } = (await call(device)).body;
    expect(config.polling.sleep).toBe('00:00:01');
    const { body } = await ask(_links.deploymentBase.href, {
      headers: { authorization: `TargetToken ${device.token}` },
    });
    const [artifact] = body.deployment.chunks[0].artifacts;
    expect(body.id).toBe(String(id));
    expect(artifact).toMatchObject({ filename: 'system.swu', size: swu.length });
    expect(artifact.hashes.sha256).toBe(sha256Hex(swu));
    const file = await fetch(artifact._links['download-http'].href);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(await readFile(blobOf(swu)));
  });

  it('can be taken back, and goes on when the device refuses that', async () => {
    const device = await foreignDevice('offer-3');
    const { id } = (await assign(device, 'system.swu')).body;
    const cancelPath = `/v1/ddi-targets/${device.id}/cancel-action`;
    expect((await server.post(cancelPath, undefined)).status).toBe(204);
    const { _links } = (await call(device)).body;
    expect(Object.keys(_links)).toEqual(['cancelAction']);
    const asked = await call(device, `/cancelAction/${id}`);
    expect(asked.body).toEqual({ id: String(id), cancelAction: { stopId: String(id) } });
    expect((await say(device, `/cancelAction/${id}`, 'rejected')).status).toBe(200);
    expect((await newest(device)).phase).toBe('open');
    await server.post(cancelPath, undefined);
    await say(device, `/cancelAction/${id}`, 'closed', 'success');
    expect((await newest(device)).phase).toBe('cancelled');
    // What comes late is kept and changes nothing.
    expect((await say(device, `/deploymentBase/${id}`, 'closed', 'success')).status).toBe(200);
    expect((await newest(device)).phase).toBe('cancelled');
    expect(await server.post(cancelPath, undefined)).toMatchObject({ status: 404 });
  });

  it('keeps the newest of what a device says, without control characters', async () => {
    const device = await foreignDevice('offer-4');
    const { id } = (await assign(device, 'system.swu')).body;
    for (let turn = 0; turn < 25; turn += 1) {
      const answer = await say(device, `/deploymentBase/${id}`, 'proceeding', 'none', [`turn ${turn}\u0000`]);
      expect(answer.status).toBe(200);
    }
    const { feedback } = await newest(device);
    expect(feedback).toHaveLength(20);
    const other = await foreignDevice('offer-5');
    expect(await say(other, `/deploymentBase/${id}`, 'closed', 'success')).toMatchObject({
      status: 404,
      body: { code: 'FLEET_DDI_ACTION_UNKNOWN' },
    });
  });

  it('disappears with the approval', async () => {
    const device = await foreignDevice('offer-6');
    const { id } = (await assign(device, 'system.swu')).body;
    expect(Object.keys((await call(device)).body._links)).toEqual(['deploymentBase']);
    const root = await readRoot(ceremony.paths.root);
    const where = { edition: 'gov-base', channel: 'stable', reason: 'found a fault' };
    const opened = ceremony.parties.regulator;
    await withdrawCurrent({ paths: ceremony.paths, root, opened, now: server.clock.now(), ...where });
    expect((await call(device)).body._links).toEqual({});
    expect(await call(device, `/deploymentBase/${id}`)).toMatchObject({ status: 404 });
    expect(await assign(await foreignDevice('offer-7'), 'system.swu')).toMatchObject({
      body: { code: 'FLEET_DDI_RELEASE_NOT_PUBLISHED', params: { state: 'withdrawn' } },
    });
  });
});
