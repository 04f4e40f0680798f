import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  loadManifest,
  makeAptKey,
  openContentStore,
  publishSuite,
  resolveLock,
  silentReporter,
  writeLock,
} from '@imprint/edition';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putDeb } from '../../../edition/src/apt/testing/debs.ts';
import {
  dropKey,
  type Key,
  makeKey,
  miniatureDebian,
  writeArchive,
} from '../../../edition/src/lock/testing/archive.ts';
import { type FileServer, serveFiles } from '../../../edition/src/lock/testing/server.ts';
import { nextVersion } from '../../src/cli/patch/next-version.ts';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';

let directory: string;
let key: Key;
let server: FileServer;
const suite = (name: string, packages: { name: string; version?: string }[]) =>
  writeArchive(join(directory, 'archive'), key, { suite: name, packages });

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-patch-'));
  key = await makeKey(directory, 'archive-key');
  await mkdir(join(directory, 'archive'));
  server = await serveFiles(join(directory, 'archive'));
  await suite('trixie', miniatureDebian());
  await suite('trixie-updates', []);
  await suite('trixie-security', []);
  const file = join(directory, 'edition.yaml');
  await writeFile(
    file,
    `apiVersion: imprint/v1
edition: test
version: 2026.11.0
title: { en: Test, zh-CN: 测试 }
base: { debian: { suite: trixie, profile: server-minimal, mirror: '${server.url}', securityMirror: '${server.url}' } }
locale: { language: zh_CN.UTF-8, timezone: Asia/Shanghai, keyboard: cn }
trust: { profile: dual }
services: { imprint: https://imprint.example }
outputs: [rootfs]
`,
  );
  const lock = await resolveLock(await loadManifest(file), {
    store: openContentStore(join(directory, '.imprint', 'store')),
    cacheDir: join(directory, '.imprint', 'cache'),
    reporter: silentReporter,
    keyring: key.keyring,
  });
  await writeLock(join(directory, 'edition.lock.json'), lock);
});
afterAll(async () => {
  await server.close();
  await dropKey(key);
  await rm(directory, { recursive: true, force: true });
});

const run = (line: string) => imprint(line, { cwd: directory });
const edition = '. --keyring archive-key.gpg';

test('a scan exits 0, 1 or 4: nothing waits, something does, or not everything could be asked', async () => {
  expect(await run(`patch scan ${edition} --no-fetch`)).toMatchObject({ code: 0 });
  expect(await run(`patch propose ${edition} --dry-run`)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('expected upstream to have something new for test 2026.11.0'),
  });
  await suite('trixie-security', [{ name: 'systemd', version: '1.0+deb13u1' }]);
  const open = await run(`patch scan ${edition} --no-fetch`);
  expect(open.code).toBe(1);
  expect(open.stdout).toContain('systemd 1.0 → 1.0+deb13u1 [security]  CVEs unknown');
  expect(open.stdout).toContain('severities: unknown, no feed was imported');
  server.mischief = (request, response) => {
    if (!request.url?.includes('trixie-security')) return false;
    response.writeHead(404).end();
    return true;
  };
  const unknown = await run(`patch scan ${edition} --no-fetch --json`);
  server.mischief = undefined;
  expect(unknown.code).toBe(4);
  expect(JSON.parse(unknown.stdout)).toMatchObject({ verdict: 'unknown', counts: { security: 'unknown' } });
  const dry = await run(`patch propose ${edition} --dry-run`);
  expect(dry).toMatchObject({ code: 0 });
  expect(dry.stdout).toContain('test 2026.11.0');
  expect(dry.stdout).toContain('~ systemd 1.0 → 1.0+deb13u1');
  expect(await readdir(join(directory, '.imprint'))).not.toContain('patch');
});

test('a set that an ended run began goes on with its own lock, and only from where it began', async () => {
  await suite('trixie-security', [{ name: 'systemd', version: '1.0+deb13u2' }]);
  // The archive's packages are no real ones: the run ends at the first that it reads, after the set was begun.
  const first = await run(`patch propose ${edition}`);
  expect(first).toMatchObject({ stderr: expect.stringContaining('dpkg-deb') });
  const place = join(directory, '.imprint', 'patch', 'sets', 'test', '2026.11.1');
  const lock = await readFile(join(place, 'edition.lock.json'), 'utf8');
  expect(lock).toContain('"version": "2026.11.1"');
  expect(lock).toContain('1.0+deb13u2');
  const record = await readFile(join(place, 'draft.json'), 'utf8');
  await suite('trixie-security', [{ name: 'systemd', version: '1.0+deb13u3' }]);
  await run(`patch propose ${edition}`);
  expect(await readFile(join(place, 'edition.lock.json'), 'utf8')).toBe(lock);
  expect(await readFile(join(place, 'draft.json'), 'utf8')).toBe(record);
  const other = await run(
    `patch propose ${edition} --lock ${join(place, 'edition.lock.json')} --version 2026.11.1`,
  );
  expect(other.stderr).toContain('expected a version such as 2026.11.1 after 2026.11.1');
  const standing = await readFile(join(directory, 'edition.lock.json'), 'utf8');
  const changed = standing.replace(/"sourceDateEpoch": \d+/, '"sourceDateEpoch": 1');
  await writeFile(join(directory, 'other.lock.json'), changed);
  const foreign = await run(`patch propose ${edition} --lock other.lock.json`);
  expect(foreign).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('refusing to change the patch set'),
  });
});

test('a feed is kept with its date, and shown by the next scan', async () => {
  await writeFile(
    join(directory, 'feed.json'),
    JSON.stringify({ openssl: { 'CVE-2026-1234': { releases: { trixie: { urgency: 'high' } } } } }),
  );
  const taken = await run('patch import-feed feed.json --date 2026-11-20T00:00:00Z --json');
  expect(JSON.parse(taken.stdout)).toMatchObject({
    source: 'security tracker',
    date: '2026-11-20T00:00:00.000Z',
    count: 1,
  });
  expect(await run(`patch scan ${edition} --no-fetch`)).toMatchObject({
    stdout: expect.stringContaining('severities: security tracker, 3 days old'),
  });
  await writeFile(join(directory, 'feed.json'), '{}');
  expect(await run('patch import-feed feed.json')).toMatchObject({ code: 2 });
});

test('the key of the suites is made once', async () => {
  expect(await run('patch key')).toMatchObject({ code: 0, stdout: expect.stringMatching(/[0-9A-F]{40}/) });
  expect(await run('patch key')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('refusing to replace'),
  });
  expect(await run('patch serve edition.lock.json --ring pilot')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('refusing to serve ring pilot'),
  });
});

test('a mirror that serves an older index again is found out', async () => {
  const home = join(directory, 'mirrored');
  const keyDirectory = join(home, 'keys', 'apt');
  await makeAptKey(keyDirectory, 'Imprint apt');
  const store = openContentStore(join(home, 'store'));
  const tree = join(home, 'repository', 'apt', 'test');
  const digests = [await putDeb(store, { name: 'editor', version: '1.0' })];
  const begun = Date.now() - 600_000;
  const serve = (minutes: number) =>
    publishSuite({
      ...{ store, tree, keyDirectory, digests, edition: 'test', ring: 'pilot', version: '2026.11.0' },
      now: new Date(begun + minutes * 60_000),
    });
  await serve(0);
  const older = await readFile(join(tree, 'dists', 'pilot', 'InRelease'));
  const mirror = await serveFiles(tree);
  const check = (url = mirror.url) =>
    imprint(`patch check test ${url} --ring pilot --home mirrored`, { cwd: directory, now: new Date() });
  expect(await check()).toMatchObject({ code: 0, stdout: expect.stringContaining('current') });
  await serve(1);
  mirror.mischief = (_request, response) => {
    response.end(older);
    return true;
  };
  expect(await check()).toMatchObject({ code: 1, stdout: expect.stringContaining('replayed') });
  await mirror.close();
  expect(await check()).toMatchObject({ code: 4, stdout: expect.stringContaining('unknown') });
});

test('the next version counts up in the last place, or is the later one asked for', () => {
  const part = fc.nat({ max: 9999 });
  fc.assert(
    fc.property(part, part, part, (a, b, c) => {
      const from = `${a}.${b}.${c}`;
      expect(nextVersion(from)).toBe(`${a}.${b}.${c + 1}`);
      expect(nextVersion(from, `${a}.${b + 1}.0`)).toBe(`${a}.${b + 1}.0`);
      expect(() => nextVersion(from, from)).toThrow(expect.objectContaining({ code: 'PATCH_SET_VERSION' }));
    }),
  );
});
