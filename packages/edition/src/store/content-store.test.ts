import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runToolText } from '../tools/run-tool.ts';
import { type ContentStore, openContentStore } from './content-store.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
let directory: string;
let store: ContentStore;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-store-'));
  store = openContentStore(join(directory, 'store'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const unfinished = () => readdir(join(directory, 'store', 'unfinished')).catch(() => []);

test('keeps bytes under their digest, once', async () => {
  const first = await store.putBytes(Buffer.from('core'));
  expect(first).toEqual({ sha256: sha256('core'), sizeBytes: 4 });
  await writeFile(join(directory, 'copy'), 'core');
  expect(await store.putFile(join(directory, 'copy'))).toEqual(first);
  expect(await store.list()).toEqual([first.sha256]);
  expect(store.path(first.sha256)).toContain(`/sha256/${first.sha256.slice(0, 2)}/${first.sha256}`);
  expect((await store.read(first.sha256)).toString()).toBe('core');
});

test('refuses content of another digest and keeps nothing', async () => {
  const expected = sha256('wanted');
  await expect(store.putBytes(Buffer.from('other'), expected)).rejects.toMatchObject({
    code: 'STORE_DIGEST_MISMATCH',
    params: { expected, got: sha256('other') },
  });
  await writeFile(join(directory, 'other'), 'other');
  await expect(store.putFile(join(directory, 'other'), expected)).rejects.toMatchObject({
    code: 'STORE_DIGEST_MISMATCH',
  });
  const temporary = await store.openTemporary();
  await writeFile(temporary.path, 'other');
  await expect(temporary.commit(expected)).rejects.toMatchObject({ code: 'STORE_DIGEST_MISMATCH' });
  expect(await store.list()).toEqual([]);
  expect(await unfinished()).toEqual([]);
});

test('a truncated blob is neither had at its size, nor verified, nor read, and a put mends it', async () => {
  const blob = await store.putBytes(Buffer.from('a whole package'));
  await truncate(store.path(blob.sha256), 3);
  expect(await store.has(blob.sha256, blob.sizeBytes)).toBe(false);
  expect(await store.verify(blob.sha256)).toBe(false);
  await expect(store.read(blob.sha256)).rejects.toMatchObject({ code: 'STORE_BLOB_DAMAGED' });
  await writeFile(join(directory, 'again'), 'a whole package');
  await store.putFile(join(directory, 'again'));
  expect(await store.verify(blob.sha256)).toBe(true);
});

test('a blob that is not there is missing by code', async () => {
  await expect(store.read(sha256('none'))).rejects.toMatchObject({ code: 'STORE_BLOB_MISSING' });
});

test('a digest that is no digest never becomes a path', () => {
  expect(() => store.path('../../etc/passwd')).toThrow(TypeError);
});

test('many writers of the same and of other blobs end with one whole copy of each', async () => {
  const stores = [store, openContentStore(store.directory)];
  const writes = Array.from({ length: 60 }, (_, i) =>
    (stores[i % 2] as ContentStore).putBytes(Buffer.from(`blob ${i % 6}`.repeat(5000))),
  );
  await Promise.all(writes);
  const blobs = await store.list();
  expect(blobs).toHaveLength(6);
  expect(await Promise.all(blobs.map((blob) => store.verify(blob)))).not.toContain(false);
  expect(await unfinished()).toEqual([]);
});

test('the beginning of a download is claimed by one, released, and resumed by the next', async () => {
  const digest = sha256('hello world');
  const first = await store.claimPartial(digest);
  await writeFile(first.path, 'hello');
  const rival = await store.claimPartial(digest);
  expect(rival).toMatchObject({ sizeBytes: 0 });
  await first.release();
  const next = await store.claimPartial(digest);
  expect(next.sizeBytes).toBe(5);
  await writeFile(next.path, ' world', { flag: 'a' });
  expect(await next.commit()).toEqual({ sha256: digest, sizeBytes: 11 });
  await rival.discard();
  expect(await unfinished()).toEqual([]);
});

test('the beginning of a download left by a killed process is resumed; its other temporary files are swept', async () => {
  const digest = sha256('hello world');
  const place = join(directory, 'store', 'unfinished');
  await store.openTemporary().then((temporary) => temporary.discard());
  await writeFile(join(place, `${digest}.999999999-1.00aa11bb.part`), 'hello');
  await writeFile(join(place, '00aa11bb22cc33dd.999999999-1.tmp'), 'worthless');
  const again = openContentStore(store.directory);
  expect(await again.claimPartial(digest)).toMatchObject({ sizeBytes: 5 });
  await again.openTemporary().then((temporary) => temporary.discard());
  expect((await unfinished()).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

/** Runs store calls in a process of its own whose store lies on a file system of 256 KiB. */
async function onTinyDisk(calls: string): Promise<string> {
  const script = join(directory, 'calls.ts');
  const disk = join(directory, 'disk');
  const module = join(import.meta.dirname, 'content-store.ts');
  const body = `import { openContentStore } from ${JSON.stringify(module)};
const store = openContentStore(process.argv[2] + '/store');
try { ${calls} } catch (error) { console.log(error.code, (await store.list()).length); }`;
  await writeFile(script, body);
  await mkdir(disk);
  const inside = 'mount -t tmpfs -o size=256k none "$1" && exec "$2" "$3" "$1"';
  return await runToolText(['unshare', '-rm', 'sh', '-c', inside, 'sh', disk, process.execPath, script]);
}

test('a full disk is a coded error and leaves no half blob', async () => {
  const output = await onTinyDisk(
    `await store.putBytes(Buffer.alloc(64 * 1024)); await store.putBytes(Buffer.alloc(1024 * 1024, 1));`,
  );
  expect(output).toBe('STORE_FULL 1\n');
});
