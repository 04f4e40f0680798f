import { cp, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  completeRelease,
  findCandidate,
  loadCandidate,
  readRoot,
  releasePaths,
  withdrawCurrent,
} from '../../src/rooms/release/index.ts';
import {
  approve,
  beginCeremony,
  type Ceremony,
  later,
  propose,
  publish,
  start,
  storeOf,
} from '../../src/rooms/release/testing/ceremony-fixture.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let ceremony: Ceremony;
let server: TestServer;

/** The ceremony works in the server's own home, as on one machine. */
beforeEach(async () => {
  const begun = await beginCeremony('intl', { thresholds: { vendor: 0, regulator: 0 }, withinHours: 48 });
  server = await testServer({}, { start, openOnlineKey: async () => begun.online, freshnessMs: 50 });
  await cp(begun.directory, server.home, { recursive: true });
  const paths = releasePaths({
    release: join(server.home, 'release'),
    repository: join(server.home, 'repository'),
  });
  ceremony = { ...begun, directory: server.home, paths };
  await begun.remove();
});
afterEach(() => server.close());

async function published(version: string, now = start) {
  const { id } = await propose(ceremony, { version, packages: { bash: version } }, { now });
  for (const opened of Object.values(ceremony.parties)) await approve(ceremony, id, opened, now);
  await publish(ceremony, id, { now });
  return id;
}

const current = () => server.get('/v1/channels/gov-base/stable');
const actions = async () =>
  (await server.get('/v1/entries/verification')).body.intact &&
  (await server.database
    .open()
    .transaction({ agencyPath: '/', actor: 'test' }, async (trx) =>
      (
        await trx.selectFrom('assurance_entry').select('action').orderBy('seq').execute()
      )
        .map(({ action }) => action)
        .filter((action) => action.startsWith('release.')),
    ));

describe('the register of releases', () => {
  it('shows nothing before the first publication', async () => {
    expect(await current()).toMatchObject({ status: 404, body: { code: 'RELEASE_UNKNOWN' } });
    expect((await server.get('/v1/releases')).body).toEqual({ releases: [] });
    expect((await server.get('/v1/candidates')).body).toEqual({ candidates: [] });
  });

  it('shows a candidate with who approved and who is missing', async () => {
    const { id } = await propose(ceremony);
    await approve(ceremony, id, ceremony.parties.operator);
    const { body } = await server.get('/v1/candidates');
    expect(body.candidates).toMatchObject([
      {
        id,
        version: '2026.11.0',
        approvedBy: ['operator'],
        missing: [{ party: 'vendor' }, { party: 'regulator' }],
        rejectedBy: [],
      },
    ]);
    expect(await current()).toMatchObject({ status: 404 });
  });

  it('serves what is published at once, with who signed it', async () => {
    await published('2026.11.0');
    const answer = await current();
    expect(answer).toMatchObject({
      status: 200,
      body: { state: 'current', version: '2026.11.0', signedBy: ['vendor', 'operator', 'regulator'] },
    });
    const { sha256 } = answer.body;
    expect((await server.get(`/v1/releases/${sha256}`)).body.manifest.edition).toBe('gov-base');
    const file = await server.get(`/content/targets/gov-base/stable/${sha256}.release.json`);
    expect(file.headers.get('etag')).toBe(`"${sha256}"`);
    expect(await actions()).toEqual(['release.publish']);
  });

  it('lets a newer release take the place of the one before', async () => {
    await published('2026.11.0');
    await current();
    server.clock.advance(3600);
    await published('2026.11.1', server.clock.now());
    expect((await current()).body.version).toBe('2026.11.1');
    const { body } = await server.get('/v1/releases');
    expect(
      body.releases.map(({ version, state }: { version: string; state: string }) => [version, state]),
    ).toEqual([
      ['2026.11.1', 'current'],
      ['2026.11.0', 'superseded'],
    ]);
    expect(await actions()).toEqual(['release.publish', 'release.supersede', 'release.publish']);
  });

  it('never serves a withdrawn release as current, from the moment it is withdrawn', async () => {
    await published('2026.11.0');
    expect((await current()).status).toBe(200);
    const root = await readRoot(ceremony.paths.root);
    const opened = ceremony.parties.regulator;
    const where = { edition: 'gov-base', channel: 'stable', reason: 'found a fault' };
    await withdrawCurrent({ paths: ceremony.paths, root, opened, now: start, ...where });
    expect(await current()).toMatchObject({
      status: 410,
      body: { code: 'RELEASE_NOT_CURRENT', params: { state: 'withdrawn' } },
    });
    expect(await actions()).toEqual(['release.publish', 'release.withdraw']);
  });

  it('never serves an expired release as current', async () => {
    await published('2026.11.0');
    server.clock.advance((later(181).getTime() - start.getTime()) / 1000);
    expect(await current()).toMatchObject({ status: 410, body: { params: { state: 'expired' } } });
  });

  it('refuses a release whose approvals do not verify, by the code a device would give', async () => {
    await published('2026.11.0');
    const { sha256 } = (await current()).body;
    const file = join(ceremony.paths.repository, `approvals/${sha256}.dsse.json`);
    await rm(file);
    await writeFile(file, JSON.stringify({ payloadType: 'x', payload: '', signatures: [] }));
    await utimes(join(ceremony.paths.repository, 'approvals'), new Date(), new Date());
    const answer = await current();
    expect(answer).toMatchObject({ status: 410, body: { params: { state: 'refused' } } });
    expect((await server.get(`/v1/releases/${sha256}`)).body.refusal).toMatch(/^TRUST_/);
  });

  it('shows an emergency until its time is over, then the ordinary release again, and an approved one for good', async () => {
    await published('2026.11.0');
    await current();
    const emergency = { reason: 'exploited in the wild' };
    const { id } = await propose(ceremony, { version: '2026.11.1' }, { emergency });
    await approve(ceremony, id, ceremony.parties.operator);
    await publish(ceremony, id);
    const urgent = { state: 'current', version: '2026.11.1', signedBy: ['operator'] };
    expect((await current()).body).toMatchObject({ ...urgent, emergencyUntil: later(2).toISOString() });
    server.clock.advance(2 * 86_400);
    expect((await current()).body).toMatchObject({ state: 'current', version: '2026.11.0' });
    const { releases } = (await server.get('/v1/releases')).body;
    expect(releases[0]).toMatchObject({ state: 'refused', refusal: 'TRUST_EMERGENCY_OVER' });
    for (const late of ['vendor', 'regulator'] as const) await approve(ceremony, id, ceremony.parties[late]);
    const candidate = await loadCandidate(await findCandidate(ceremony.paths.candidates, id));
    const { paths, online } = ceremony;
    await completeRelease({ paths, candidate, store: storeOf(ceremony), online, now: server.clock.now() });
    const { body } = await current();
    expect(body).toMatchObject({ version: '2026.11.1', signedBy: ['vendor', 'operator', 'regulator'] });
    expect(body).not.toHaveProperty('emergencyUntil');
    expect(await actions()).toEqual([
      'release.publish',
      'release.supersede',
      'release.publish-emergency',
      'release.refuse',
      'release.reinstate',
      'release.supersede',
      'release.publish',
    ]);
  });

  it('leaves a damaged release file out and keeps the rest', async () => {
    await published('2026.11.0');
    const name = `${'0'.repeat(64)}.release.json`;
    await writeFile(join(ceremony.paths.repository, 'targets/gov-base/stable', name), '{}');
    expect((await current()).status).toBe(200);
    expect((await server.get('/v1/releases')).body.releases).toHaveLength(1);
  });
});

describe('the online key', () => {
  it('renews the timestamp before it expires', async () => {
    await published('2026.11.0');
    const timestamp = async () => (await server.get('/content/metadata/timestamp.json')).body.signed;
    const before = await timestamp();
    server.clock.advance(1.5 * 86_400);
    for (let i = 0; i < 200 && (await timestamp()).version === before.version; i += 1) await sleep(20);
    const after = await timestamp();
    expect(after.version).toBe(before.version + 1);
    expect(Date.parse(after.expires)).toBeGreaterThan(server.clock.now().getTime());
  });
});
