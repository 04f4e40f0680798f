import { copyFile, mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../../tools/run-tool.ts';
import { solidWim, splitParts, truncatedWim } from '../../testing/bad-media.ts';
import { buildWindowsFixture, type WindowsFixture } from '../../testing/windows-fixture.ts';
import { patchWimGuid, wimGuid } from './patch-guid.ts';
import { readBlobTable } from './read-blob-table.ts';
import { assertOrdinaryWim, readWimHeader } from './read-header.ts';
import { readSplitSet } from './read-split-set.ts';
import { imageAt, readWimXml } from './read-xml.ts';
import { withWim } from './wim-file.ts';

let directory: string;
let fixture: WindowsFixture;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-wim-'));
  fixture = await buildWindowsFixture(join(directory, 'fixture'));
});

afterAll(() => rm(directory, { recursive: true }));

const read = (path: string) =>
  withWim(path, async (file) => {
    const header = await readWimHeader(file);
    return { header, blobs: await readBlobTable(file, header), images: await readWimXml(file, header) };
  });

const info = (...more: string[]) => runToolText(['wimlib-imagex', 'info', fixture.wim, ...more]);

/** Copies the fixture and overwrites bytes of it. */
async function altered(at: number, bytes: Uint8Array): Promise<string> {
  const path = join(directory, `altered-${at}.wim`);
  await copyFile(fixture.wim, path);
  const handle = await open(path, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
  return path;
}

test('the header says what wiminfo says', async () => {
  const { header } = await read(fixture.wim);
  const text = await info();
  expect(header).toMatchObject({ part: 1, parts: 1, imageCount: 2, compression: 'lzx', isSolid: false });
  expect(text).toContain(`GUID:           0x${header.guid}`);
  expect(text).toContain(`Version:        ${header.version}`);
  expect(text).toContain(`Chunk Size:     ${header.chunkBytes} bytes`);
  assertOrdinaryWim(header, fixture.wim);
});

test('the blob table is the one wimlib reads', async () => {
  const { blobs } = await read(fixture.wim);
  const text = await info('--blobs');
  const theirs = [...text.matchAll(/Hash\s+= 0x(\w+)\s+Uncompressed size\s+= (\d+)/g)];
  const told = theirs.map(([, sha1, size]) => `${sha1} ${size}`).sort();
  const data = blobs.filter(({ isMetadata }) => !isMetadata);
  expect(told.length).toBeGreaterThan(300);
  expect(blobs.filter(({ isMetadata }) => isMetadata)).toHaveLength(2);
  expect(told).toEqual(expect.arrayContaining(data.map(({ sha1, sizeBytes }) => `${sha1} ${sizeBytes}`)));
});

test('the images are those of the XML', async () => {
  const { images } = await read(fixture.wim);
  expect(images).toEqual([
    expect.objectContaining({
      index: 1,
      name: 'Windows 10 Enterprise',
      editionId: 'Enterprise',
      installationType: 'Client',
      architecture: 'amd64',
      build: { major: 10, minor: 0, build: 19045, revision: 4291 },
      languages: ['zh-CN', 'en-US'],
      defaultLanguage: 'zh-CN',
      creation: fixture.epochSeconds,
      lastModified: fixture.epochSeconds,
    }),
    expect.objectContaining({ index: 2, name: 'Windows 10 Pro', editionId: 'Professional' }),
  ]);
  const [first] = images;
  const text = await info('1');
  expect(text).toMatch(new RegExp(`Total Bytes: +${first?.totalBytes}\n`));
  expect(text).toMatch(new RegExp(`Hard Link Bytes: +${first?.hardLinkBytes}\n`));
  expect(text).toMatch(new RegExp(`File Count: +${first?.fileCount}\n`));
  expect(text).toMatch(new RegExp(`Directory Count: +${first?.directoryCount}\n`));
});

test('an index beyond the images is answered by their names', async () => {
  const { images } = await read(fixture.wim);
  expect(imageAt(images, 2, 'install.wim').name).toBe('Windows 10 Pro');
  expect(() => imageAt(images, 3, 'install.wim')).toThrow(
    expect.objectContaining({
      code: 'WINDOWS_WIM_INDEX',
      params: {
        file: 'install.wim',
        index: 3,
        count: 2,
        names: '1 Windows 10 Enterprise, 2 Windows 10 Pro',
      },
    }),
  );
});

test('a file that is no WIM is refused, an empty one too', async () => {
  const path = join(directory, 'none.wim');
  for (const text of ['not an image', '']) {
    await writeFile(path, text);
    await expect(read(path)).rejects.toMatchObject({ code: 'WINDOWS_WIM_MALFORMED' });
  }
});

test('a truncated file is refused wherever it ends', async () => {
  const cut = (sizeBytes: number) => truncatedWim(fixture.wim, join(directory, 'cut.wim'), sizeBytes);
  await expect(read(await cut(100))).rejects.toMatchObject({ code: 'WINDOWS_WIM_MALFORMED' });
  await expect(read(await cut(4 << 20))).rejects.toMatchObject({
    code: 'WINDOWS_WIM_TRUNCATED',
    params: { resource: 'blob table', sizeBytes: 4 << 20 },
  });
});

test('a blob beyond the end is named', async () => {
  const { header } = await read(fixture.wim);
  const offset = Buffer.alloc(8);
  offset.writeBigUInt64LE(1n << 40n);
  const path = await altered(header.blobTable.offset + 8, offset);
  await expect(read(path)).rejects.toMatchObject({
    code: 'WINDOWS_WIM_TRUNCATED',
    params: { resource: expect.stringMatching(/^blob [0-9a-f]{40}$/) },
  });
});

test('what the reader does not know is refused', async () => {
  const flags = Buffer.from([0x02, 0, 0x20, 0]);
  await expect(read(await altered(16, flags))).rejects.toMatchObject({ code: 'WINDOWS_WIM_UNSUPPORTED' });
  await expect(read(await altered(12, Buffer.from([1])))).rejects.toMatchObject({
    code: 'WINDOWS_WIM_UNSUPPORTED',
    params: { feature: 'version 0x10d01' },
  });
  const { header } = await read(fixture.wim);
  await expect(read(await altered(header.xml.offset + 2, Buffer.from('<\0<\0')))).rejects.toMatchObject({
    code: 'WINDOWS_WIM_MALFORMED',
  });
});

test('an ESD is read without its solid entries and refused as a base', async () => {
  const esd = await solidWim(directory);
  const { header, blobs } = await read(esd);
  expect(header).toMatchObject({ isSolid: true, compression: 'lzms' });
  expect(blobs.map(({ sizeBytes }) => sizeBytes)).toContain(16384);
  expect(Math.max(...blobs.map(({ sizeBytes }) => sizeBytes))).toBeLessThan(1 << 20);
  expect(() => assertOrdinaryWim(header, esd)).toThrow(
    expect.objectContaining({ code: 'WINDOWS_WIM_SOLID' }),
  );
});

test('a split set is known by its parts, and a missing one is told', async () => {
  const parts = await splitParts(fixture.wim, join(directory, 'parts'), 4);
  const paths = (await readdir(parts)).map((name) => join(parts, name)).sort();
  expect(await readSplitSet(paths)).toEqual(['', 2, 3, 4].map((n) => join(parts, `install${n}.swm`)));
  await expect(readSplitSet(paths.slice(1))).rejects.toMatchObject({
    code: 'WINDOWS_WIM_PARTS_MISSING',
    params: { parts: paths.length },
  });
  await expect(readSplitSet([...paths.slice(1), fixture.wim])).rejects.toMatchObject({
    code: 'WINDOWS_WIM_PARTS_MISSING',
  });
  const { header } = await read(paths[0] ?? '');
  expect(() => assertOrdinaryWim(header, 'install.swm')).toThrow(
    expect.objectContaining({
      code: 'WINDOWS_WIM_SPLIT',
      params: { file: 'install.swm', part: 1, parts: paths.length },
    }),
  );
});

test('the GUID can be pinned, and wimlib still reads the file', async () => {
  const path = await altered(0, Buffer.from('M'));
  const digest = 'ab'.repeat(32);
  await patchWimGuid(path, digest);
  const { header } = await read(path);
  expect(header.guid).toBe(wimGuid(digest).toString('hex'));
  expect(header.guid).toBe('ababababababab8babababababababab');
  await runToolText(['wimlib-imagex', 'verify', path]);
});
