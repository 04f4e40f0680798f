import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256OfFile } from '../../../store/index.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import type { WindowsAction } from '../model.ts';
import { exportImage, extractFiles, listImage, verifyWim } from '../tools/wimlib.ts';
import { filesOf } from './base-image.ts';
import { blobEntriesOf } from './blob-entries.ts';
import { compareExport } from './compare-export.ts';
import { chain, makeTestEdition, openShop, planOf, type TestEdition } from './edition-for-test.ts';
import { keptNames } from './kept-image.ts';
import { payloadPath } from './payload-cache.ts';
import { pinGuid } from './pin-image.ts';
import { pressImage } from './press-image.ts';
import { imageGuid } from './press-key.ts';

let place: string;
let edition: TestEdition;
/** Program code, and the same length of another program's. */
let programs: readonly [string, string];
let vendors: string;
let reference: Awaited<ReturnType<typeof press>>;

const programBytes = 3 * 1024 * 1024;
const programPath = (at: number) => `/Program Files/Imprint/program-${at}.exe`;

const press = async (home: string, { text = '', blobs = programs as readonly string[] } = {}) => {
  const copies = blobs.map((sha256, at): WindowsAction => ({ kind: 'copy', path: programPath(at), sha256 }));
  const note: WindowsAction = { kind: 'write', path: '/Program Files/note', text, encoding: 'utf-8' };
  const plan = planOf(edition.lock, chain([['files', [...copies, note]]]));
  const shop = await openShop(edition, home, { lock: edition.lock, plan });
  const { directory, record } = await pressImage(shop);
  const said = shop.events.filter(({ stage, kind }) => stage === 'payload' && kind !== 'progress');
  const events = said.map(({ kind, done, total }) => [kind, done ?? total]);
  return { shop, wim: join(directory, keptNames.wim), sha256: record.digests.sha256, events };
};

const storage = { compression: 'lzx', chunkBytes: 32768 } as const;
const cacheOf = ({ shop }: typeof reference) =>
  programs.map((sha256) => payloadPath(shop, { sha256, storage })) as [string, string];
const isSame = async (files: readonly string[]) =>
  Promise.all(files.map(async (file) => [(await stat(file)).ino, (await stat(file)).mtimeMs]));
/** Forgets the pressed images of a home, so that the next press makes them. */
const forget = ({ shop }: typeof reference) => rm(join(shop.home, 'outputs'), { recursive: true });

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'imprint-payload-'));
  edition = await makeTestEdition(place);
  const code = (await readFile(process.execPath)).subarray(0, 2 * programBytes);
  const put = async (from: number) =>
    (await edition.store.putBytes(code.subarray(from, from + programBytes))).sha256;
  programs = [await put(0), await put(programBytes)];
  const largest = [...(await listImage(edition.fixture.wim, 1))].sort((a, b) => b.sizeBytes - a.sizeBytes)[0];
  const out = join(place, 'largest');
  await extractFiles(edition.fixture.wim, 1, [largest?.path ?? ''], out);
  vendors = (await edition.store.putFile(join(out, largest?.path ?? ''))).sha256;
  reference = await press('reference');
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('a first press compresses each large file once, whatever the number of its names', async () => {
  const { events, shop } = await press('names', { blobs: [...programs, programs[0]] });
  expect(events).toEqual([
    ['start', 2],
    ['done', 2],
  ]);
  expect(await readdir(join(shop.home, 'cache', 'windows', 'payload'))).toHaveLength(2);
});

test('with a changed policy nothing is compressed again, and the skeleton carries none of it', async () => {
  const files = cacheOf(reference);
  const before = await isSame(files);
  const { shop, wim, events } = await press('reference', { text: 'changed' });
  expect(events).toEqual([['cached', 2]]);
  expect(await isSame(files)).toEqual(before);
  const payloads = (await Promise.all(files.map((file) => blobEntriesOf([file])))).flat();
  const skeleton = join(shop.work, 'edition.wim');
  const held = new Set((await blobEntriesOf([skeleton])).map(({ sha1 }) => sha1));
  const blobs = payloads.filter(({ isMetadata }) => !isMetadata);
  expect(blobs.filter(({ sha1 }) => held.has(sha1))).toEqual([]);
  const smallest = Math.min(...blobs.map(({ resource }) => resource.storedBytes));
  expect((await stat(skeleton)).blocks * 512).toBeLessThan(smallest);
  const { added, rewritten } = await compareExport(filesOf(shop.base), wim);
  expect(added).toEqual(expect.arrayContaining(blobs.map(({ sha1 }) => sha1)));
  expect(rewritten).toEqual([]);
});

test('warm, cold or elsewhere, the bytes are the same', async () => {
  const cold = await press('cold');
  await forget(cold);
  const warm = await press('cold');
  expect([cold.events[0]?.[0], warm.events[0]?.[0]]).toEqual(['start', 'cached']);
  expect([cold.sha256, warm.sha256]).toEqual([reference.sha256, reference.sha256]);
});

test('the order in which an export is given the payloads decides nothing', async () => {
  const skeleton = join(reference.shop.work, 'edition.wim');
  const files = cacheOf(reference);
  for (const refs of [
    [...filesOf(reference.shop.base), ...files],
    [...files.toReversed(), ...filesOf(reference.shop.base)],
  ]) {
    const out = join(place, 'order.wim');
    await exportImage(skeleton, 1, out, { refs });
    await pinGuid(out, imageGuid(reference.shop));
    expect((await sha256OfFile(out)).sha256).toBe(reference.sha256);
    await rm(out);
  }
});

/** Changes a stored byte of the payload; `isHidden` makes the integrity table agree. Source: [MS-WIM] integrity table. */
async function flip(file: string, isHidden: boolean): Promise<void> {
  const header = await withWim(file, readWimHeader);
  const bytes = await readFile(file);
  bytes[5000] = (bytes[5000] ?? 0) ^ 1;
  const { blobTable, integrity } = header;
  const covered = bytes.subarray(208, blobTable.offset + blobTable.storedBytes);
  if (isHidden)
    createHash('sha1')
      .update(covered)
      .digest()
      .copy(bytes, integrity.offset + 12);
  const handle = await open(file, 'r+');
  await handle.write(bytes);
  await handle.close();
}

test.each<[string, (file: string, other: string) => Promise<void>]>([
  ['cut off', (file) => truncate(file, 100_000)],
  ['emptied', (file) => truncate(file, 0)],
  ['swapped for another’s', (file, other) => copyFile(other, file)],
  ['no WIM at all', (file) => writeFile(file, 'x'.repeat(5000))],
  ['changed in one byte', (file) => flip(file, false)],
  ['removed', (file) => rm(file)],
])('a kept payload that was %s is made anew, and the image is right', async (_what, harm) => {
  const pressed = await press('harmed');
  const [file, other] = cacheOf(pressed);
  await harm(file, other);
  await forget(pressed);
  const again = await press('harmed');
  expect(again.sha256).toBe(reference.sha256);
  expect(again.events).toEqual([
    ['cached', 1],
    ['start', 1],
    ['done', 1],
  ]);
  await verifyWim(file);
});

test('one that lies about its content is found when the image is read back, and not taken twice', async () => {
  const pressed = await press('lying');
  await flip(cacheOf(pressed)[0], true);
  await forget(pressed);
  await expect(press('lying')).rejects.toMatchObject({ code: 'WINDOWS_WIM_CORRUPT' });
  expect((await press('lying')).sha256).toBe(reference.sha256);
});

test('small files and what the vendor’s image holds already are not kept', async () => {
  const { size } = await stat(edition.store.path(vendors));
  expect(size).toBeGreaterThan(1024 * 1024);
  const { events } = await press('vendors', { blobs: [vendors] });
  expect(events).toEqual([]);
});
