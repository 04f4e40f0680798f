import { createHash } from 'node:crypto';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { request as rawRequest } from 'node:http';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestServer, testServer } from '../support/test-server.ts';

let server: TestServer;
const blob = Buffer.from('0123456789');
const sha256 = createHash('sha256').update(blob).digest('hex');
const blobPath = `/content/blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;

const publish = async (path: string, content: string | Buffer) => {
  const file = join(server.home, 'repository', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
};

beforeAll(async () => {
  server = await testServer();
  await publish(blobPath.replace('/content/', ''), blob);
  await publish(`packs/${sha256.slice(0, 2)}/${sha256}`, blob);
  await publish('metadata/timestamp.json', '{"version":1}');
  await publish('metadata/1.root.json', '{}');
  await publish('metadata/root.json', '{}');
  await publish(`targets/gov-base/stable/${sha256}.release.json`, '{}');
  await writeFile(join(server.home, 'secret'), 'secret');
});
afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => server.get(path, '', headers);

describe('what a digest or a version pins', () => {
  it('may be kept for ever, under a strong tag', async () => {
    const answer = await get(blobPath);
    expect(answer).toMatchObject({ status: 200, body: '0123456789' });
    expect(answer.headers.get('etag')).toBe(`"${sha256}"`);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const pack = `packs/${sha256.slice(0, 2)}/${sha256}`;
    for (const path of ['metadata/1.root.json', `targets/gov-base/stable/${sha256}.release.json`, pack]) {
      expect((await get(`/content/${path}`)).headers.get('cache-control')).toContain('immutable');
    }
  });
});

describe('an apt suite', () => {
  it('keeps packages and indexes by digest for ever, and what points at them for seconds', async () => {
    const dists = 'apt/gov-base/dists/pilot';
    const kept = [
      [`apt/gov-base/pool/${sha256.slice(0, 2)}/${sha256}/editor_1.0-1+deb13u1~2_all.deb`, '%2b', '%7e'],
      [`${dists}/main/binary-amd64/by-hash/SHA256/${sha256}`],
    ] as const;
    for (const [path, plus = '+', tilde = '~'] of kept) {
      await publish(path, blob);
      // apt quotes both signs.
      const answer = await get(`/content/${path.replace('+', plus).replace('~', tilde)}`);
      expect(answer).toMatchObject({ status: 200, body: '0123456789' });
      expect(answer.headers.get('etag')).toBe(`"${sha256}"`);
      expect(answer.headers.get('cache-control')).toContain('immutable');
    }
    for (const path of [
      `${dists}/InRelease`,
      `${dists}/main/binary-amd64/Packages.gz`,
      'apt/gov-base/debsecan/pilot',
    ]) {
      await publish(path, 'pointer');
      expect((await get(`/content/${path}`)).headers.get('cache-control')).toContain('must-revalidate');
    }
    await publish(`${dists}/main/binary-amd64/secret`, 'x');
    expect((await get(`/content/${dists}/main/binary-amd64/secret`)).status).toBe(404);
  });
});

describe('a pointer', () => {
  it('is kept for seconds, and its tag follows its content', async () => {
    const path = '/content/metadata/timestamp.json';
    const before = await get(path);
    expect(before.headers.get('cache-control')).toBe('public, max-age=10, must-revalidate');
    const etag = before.headers.get('etag') as string;
    expect(etag).toBe(`"${createHash('sha256').update('{"version":1}').digest('hex')}"`);
    expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
    await publish('metadata/timestamp.json', '{"version":2}');
    expect(await get(path, { 'if-none-match': etag })).toMatchObject({ status: 200, body: { version: 2 } });
  });
});

describe('ranges', () => {
  it.each([
    ['bytes=2-4', 206, '234', 'bytes 2-4/10'],
    ['bytes=7-', 206, '789', 'bytes 7-9/10'],
    ['bytes=-2', 206, '89', 'bytes 8-9/10'],
    ['bytes=5-500', 206, '56789', 'bytes 5-9/10'],
    ['bytes=0-1,4-5', 200, '0123456789', null],
    ['lines=1-2', 200, '0123456789', null],
  ])('%s', async (range, status, body, contentRange) => {
    const answer = await get(blobPath, { range });
    expect(answer).toMatchObject({ status, body });
    expect(answer.headers.get('content-range')).toBe(contentRange);
  });

  it('beyond the end are refused with the size', async () => {
    const answer = await get(blobPath, { range: 'bytes=10-' });
    expect(answer).toMatchObject({ status: 416, body: { code: 'SERVER_RANGE_UNSATISFIABLE' } });
    expect(answer.headers.get('content-range')).toBe('bytes */10');
  });

  it('of another version of a file give the whole of this one', async () => {
    const stale = await get(blobPath, { range: 'bytes=2-4', 'if-range': '"other"' });
    expect(stale).toMatchObject({ status: 200, body: '0123456789' });
    const same = await get(blobPath, { range: 'bytes=2-4', 'if-range': `"${sha256}"` });
    expect(same).toMatchObject({ status: 206, body: '234' });
  });
});

describe('HEAD', () => {
  it('answers as GET without the body', async () => {
    const response = await fetch(server.url + blobPath, { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe('10');
    expect(await response.text()).toBe('');
  });
});

describe('nothing outside the published tree', () => {
  /** Sends a path exactly as written; `fetch` would tidy it first. */
  const raw = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const { hostname, port } = new URL(server.url);
      rawRequest({ hostname, port, path }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  it.each([
    '/content/../secret',
    '/content/%2e%2e/secret',
    '/content/metadata/..%2f..%2fsecret',
    '/content/metadata/../../secret',
    '/content//etc/passwd',
    '/content/blobs/sha256/..%2f..%2f..%2frun/operator-token',
    '/content/metadata/timestamp.json%00',
    '/content/metadata/.timestamp.json.tmp',
    '/content/metadata',
    '/content/',
    '/content/%',
  ])('%s', async (path) => {
    expect(await raw(path)).toBeGreaterThanOrEqual(400);
    expect(await raw(path)).toBeLessThan(500);
  });

  it('is reached by a link in it', async () => {
    const name = 'b'.repeat(64);
    await mkdir(join(server.home, 'repository/blobs/sha256/bb'), { recursive: true });
    await symlink(join(server.home, 'secret'), join(server.home, `repository/blobs/sha256/bb/${name}`));
    const answer = await get(`/content/blobs/sha256/bb/${name}`);
    expect(answer).toMatchObject({ status: 404, body: { code: 'SERVER_CONTENT_UNKNOWN' } });
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });
});
