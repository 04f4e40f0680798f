import type { BuildRecord } from '@imprint/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await testServer();
});
afterAll(() => server.close());

const digest = (letter: string) => letter.repeat(64);
const build = (changes: Partial<BuildRecord> = {}, disk = 'd'): BuildRecord => ({
  schema: 'imprint/build/v1',
  edition: 'gov-base',
  version: '2026.11.0',
  lockSha256: digest('a'),
  planSha256: digest('b'),
  profile: 'release',
  artifacts: [{ kind: 'disk', name: 'disk.img', digests: { sha256: digest(disk) }, sizeBytes: 10 }],
  evidence: [],
  counts: { core: 1, overlay: 0, modified: 0, missing: 0, violations: 0 },
  ...changes,
});

describe('builds', () => {
  it('are registered once, however often they are told', async () => {
    const first = await server.post('/v1/builds', build());
    expect(first).toMatchObject({ status: 200, body: { record: build() } });
    expect((await server.post('/v1/builds', build())).body).toEqual(first.body);
    expect((await server.get('/v1/editions/gov-base/builds')).body.builds).toEqual([first.body]);
    expect((await server.get(`/v1/builds/${first.body.sha256}`)).body).toEqual(first.body);
    expect((await server.get('/v1/editions')).body.editions).toMatchObject([
      { name: 'gov-base', builds: 1, latestVersion: '2026.11.0' },
    ]);
  });

  it('of one lock with other bytes are refused, with the name of what differs', async () => {
    expect(await server.post('/v1/builds', build({}, 'e'))).toMatchObject({
      status: 409,
      body: { code: 'EDITION_BUILD_DIVERGED', params: { files: 'disk.img' } },
    });
    const other = build({ lockSha256: digest('c'), version: '2026.11.1' }, 'e');
    expect((await server.post('/v1/builds', other)).status).toBe(200);
  });

  it('that nobody knows are not found', async () => {
    const answer = await server.get(`/v1/builds/${digest('f')}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'EDITION_BUILD_UNKNOWN' } });
  });

  it('off schema are refused whole', async () => {
    const answer = await server.post('/v1/builds', { ...build(), counts: {} });
    expect(answer).toMatchObject({ status: 400, body: { code: 'SERVER_REQUEST_INVALID' } });
  });
});
