import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DebianLock, LockedPackage } from '@imprint/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type ProgressEvent, silentReporter } from '../progress.ts';
import { type ContentStore, openContentStore } from '../store/index.ts';
import { runToolText } from '../tools/run-tool.ts';
import { type FetchOptions, fetchLocked } from './fetch-locked.ts';
import { contentOf, type TestPackage } from './testing/archive.ts';
import { type FileServer, serveFiles } from './testing/server.ts';

const parts: TestPackage[] = [
  { name: 'large', sizeBytes: 400_000 },
  { name: 'medium', sizeBytes: 50_000 },
  { name: 'small', sizeBytes: 300 },
];
let directory: string;
let server: FileServer;
let store: ContentStore;

const digestOf = (entry: TestPackage) => createHash('sha256').update(contentOf(entry)).digest('hex');
const pathOf = ({ name }: TestPackage) => `pool/${name}_1.0_amd64.deb`;

function locked(entry: TestPackage): LockedPackage {
  return {
    name: entry.name,
    version: '1.0',
    architecture: 'amd64',
    source: { name: entry.name, version: '1.0' },
    archive: 'base',
    path: pathOf(entry),
    sha256: digestOf(entry),
    sizeBytes: contentOf(entry).length,
  };
}

/** A lock of nothing but packages; the manifest plays no part in fetching. */
function lockOf(packages: readonly TestPackage[], mirror = server.url): DebianLock {
  const date = '2026-11-02T10:00:00.000Z';
  return {
    lockVersion: 1,
    edition: 'test',
    version: '2026.11.0',
    manifest: {} as DebianLock['manifest'],
    architecture: 'amd64',
    sourceDateEpoch: 0,
    archives: [{ archive: 'base', mirror, suite: 'trixie', inReleaseSha256: '0'.repeat(64), date }],
    base: packages.map(locked),
    packages: [],
    tools: [],
    inputs: [],
  };
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-fetch-'));
  store = openContentStore(join(directory, 'store'));
  for (const entry of parts) {
    await mkdir(dirname(join(directory, 'mirror', pathOf(entry))), { recursive: true });
    await writeFile(join(directory, 'mirror', pathOf(entry)), contentOf(entry));
  }
  server = await serveFiles(join(directory, 'mirror'));
});
afterEach(async () => {
  await server.close();
  await rm(directory, { recursive: true, force: true });
});

const fetchParts = (options: Partial<FetchOptions> = {}, packages = parts) =>
  fetchLocked(lockOf(packages), { store, reporter: silentReporter, pauseMs: 1, ...options });

const unfinished = () => readdir(join(directory, 'store', 'unfinished')).catch(() => []);

/** Sends only the first bytes of an answer and then breaks the connection. */
function cutAfter(sizeBytes: number, response: ServerResponse, content: Buffer): true {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, sizeBytes), () => response.destroy());
  return true;
}

test('everything comes into the store, with progress in bytes', async () => {
  const events: ProgressEvent[] = [];
  await fetchParts({ reporter: (event) => events.push(event) });
  expect(await store.list()).toEqual(parts.map(digestOf).sort());
  expect(events[0]).toMatchObject({ stage: 'fetch', kind: 'start', total: 450_300, unit: 'bytes' });
  expect(events.at(-1)).toMatchObject({ kind: 'done', done: 3, sizeBytes: 450_300 });
  expect(await unfinished()).toEqual([]);
});

test('a second run asks for nothing and needs no network', async () => {
  await fetchParts();
  await server.close();
  const events: ProgressEvent[] = [];
  await fetchParts({ reporter: (event) => events.push(event) });
  expect(events.map(({ kind }) => kind)).toEqual(['start', 'cached', 'done']);
  expect(server.requests).toHaveLength(3);
});

test('a blob that was cut short on disk is fetched again', async () => {
  await fetchParts();
  const [large] = parts as [TestPackage];
  await truncate(store.path(digestOf(large)), 1000);
  await fetchParts();
  expect(await store.verify(digestOf(large))).toBe(true);
});

test('a broken transfer goes on from where it broke', async () => {
  const [large] = parts as [TestPackage];
  let cuts = 0;
  server.mischief = (_request, response, content) => cuts++ === 0 && cutAfter(150_000, response, content);
  await fetchParts({}, [large]);
  expect(await store.verify(digestOf(large))).toBe(true);
  expect(server.requests[1]).toMatch(/bytes=\d{4,}-$/);
});

test('a server that ignores ranges is asked for the whole', async () => {
  const [large] = parts as [TestPackage];
  let cuts = 0;
  server.mischief = (_request, response, content) => {
    if (cuts++ === 0) return cutAfter(150_000, response, content);
    response.end(content);
    return true;
  };
  await fetchParts({}, [large]);
  expect(await store.verify(digestOf(large))).toBe(true);
});

test('a passing fault is waited out, a lasting one is a coded error that keeps what came', async () => {
  const [large] = parts as [TestPackage];
  let faults = 0;
  server.mischief = (_request, response) => {
    if (faults++ > 1) return false;
    response.writeHead(503).end();
    return true;
  };
  await fetchParts({}, [{ name: 'small', sizeBytes: 300 }]);
  server.mischief = (_request, response, content) => cutAfter(1000, response, content);
  await expect(fetchParts({}, [large])).rejects.toMatchObject({
    code: 'LOCK_FETCH_FAILED',
    params: { attempts: 4 },
  });
  expect(await unfinished()).toEqual([`${digestOf(large)}.part`]);
});

test('content of another digest is refused and nothing of it is kept', async () => {
  server.mischief = (request, response, content) => {
    if (!request.url?.includes('medium')) return false;
    response.end(Buffer.alloc(content.length, 7));
    return true;
  };
  await expect(fetchParts()).rejects.toMatchObject({
    code: 'LOCK_CONTENT_MISMATCH',
    params: { expected: digestOf(parts[1] as TestPackage) },
  });
  expect(await store.has(digestOf(parts[1] as TestPackage))).toBe(false);
  expect((await unfinished()).join()).not.toContain(digestOf(parts[1] as TestPackage));
});

test('content that goes on beyond its size is refused', async () => {
  server.mischief = (_request, response, content) => {
    response.end(Buffer.concat([content, Buffer.alloc(1000)]));
    return true;
  };
  await expect(fetchParts({}, [{ name: 'small', sizeBytes: 300 }])).rejects.toMatchObject({
    code: expect.stringMatching(/^LOCK_(FETCH_FAILED|CONTENT_MISMATCH)$/),
  });
  expect(await store.list()).toEqual([]);
});

test('a wrong beginning from an earlier run is dropped and the whole fetched', async () => {
  const [large] = parts as [TestPackage];
  const partial = await store.claimPartial(digestOf(large));
  await writeFile(partial.path, Buffer.alloc(100_000, 9));
  await partial.release();
  await fetchParts({}, [large]);
  expect(await store.verify(digestOf(large))).toBe(true);
});

test('a package the mirror has dropped is told at once', async () => {
  await expect(fetchParts({}, [{ name: 'superseded' }])).rejects.toMatchObject({
    code: 'LOCK_PACKAGE_GONE',
    params: { status: 404 },
  });
  expect(server.requests).toHaveLength(1);
});

test('an input that the store lacks is named', async () => {
  const input = { role: 'component', name: 'part', sha256: 'f'.repeat(64), sizeBytes: 1 } as const;
  const lock = { ...lockOf(parts), inputs: [input] };
  await expect(fetchLocked(lock, { store, reporter: silentReporter })).rejects.toMatchObject({
    code: 'LOCK_INPUT_MISSING',
    params: { name: 'part' },
  });
});

/** Sends answers in small pieces, so that a run can be stopped in their midst. */
function trickle(response: ServerResponse, content: Buffer): true {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(content.subarray(sent, sent + 20_000));
    sent += 20_000;
    if (sent < content.length) return;
    clearInterval(timer);
    response.end();
  }, 10);
  response.on('close', () => clearInterval(timer));
  return true;
}

test('an aborted run leaves nothing half-kept, and the next goes on from it', async () => {
  server.mischief = (_request, response, content) => trickle(response, content);
  const controller = new AbortController();
  const running = fetchParts({ signal: controller.signal }, parts.slice(0, 1));
  await expect.poll(() => unfinished()).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve, 60));
  controller.abort(new Error('interrupted'));
  await expect(running).rejects.toThrow('interrupted');
  expect(await store.list()).toEqual([]);
  server.mischief = undefined;
  await fetchParts();
  expect(server.requests.some((line) => /large.* bytes=\d+-$/.test(line))).toBe(true);
  expect(await store.list()).toHaveLength(3);
});

/** Writes a program that fetches the test's lock into `<argv[2]>/store`, and prints the code of its failure. */
async function fetchProgram(): Promise<string> {
  const [module, storeModule] = ['fetch-locked.ts', '../store/index.ts'].map((file) =>
    join(import.meta.dirname, file),
  );
  const program = join(directory, 'fetch.ts');
  await writeFile(
    program,
    `import { fetchLocked } from ${JSON.stringify(module)};
import { openContentStore } from ${JSON.stringify(storeModule)};
const store = openContentStore(process.argv[2] + '/store');
const lock = JSON.parse(process.argv[3]);
await fetchLocked(lock, { store, reporter: () => {} }).catch((error) => console.log(error.code));`,
  );
  return program;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}

test('a killed run loses nothing that was whole, and the next finishes it', async () => {
  server.mischief = (request, response, content) =>
    request.url?.includes('large') === true && trickle(response, content);
  const child = spawn(process.execPath, [await fetchProgram(), directory, JSON.stringify(lockOf(parts))]);
  await expect.poll(() => server.requests.length, { timeout: 10_000 }).toBe(3);
  await expect.poll(() => store.list(), { timeout: 10_000 }).toHaveLength(2);
  child.kill('SIGKILL');
  await ended(child);
  server.mischief = undefined;
  await fetchParts();
  expect(server.requests.at(-1)).toMatch(/large.* bytes=\d+-$/);
  expect(await store.list()).toHaveLength(3);
  expect(await unfinished()).toEqual([]);
});

test('a full disk is a coded error, and what was whole is kept', async () => {
  const disk = join(directory, 'disk');
  await mkdir(disk);
  const inside = 'mount -t tmpfs -o size=256k none "$1" && "$2" "$3" "$1" "$4" && ls "$1"/store/sha256';
  const lock = JSON.stringify(lockOf([...parts].reverse()));
  const argv = [
    'unshare',
    '-rm',
    'sh',
    '-c',
    inside,
    'sh',
    disk,
    process.execPath,
    await fetchProgram(),
    lock,
  ];
  const output = await runToolText(argv);
  const kept = parts.slice(1).map((entry) => digestOf(entry).slice(0, 2));
  expect(output.trim().split('\n')).toEqual(['STORE_FULL', ...kept.sort()]);
});
