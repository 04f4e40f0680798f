import { appendFileSync } from 'node:fs';
import { copyFile, cp, mkdir, open, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { silentReporter } from '../../../progress.ts';
import { openContentStore } from '../../../store/index.ts';
import { runTool, runToolText } from '../../../tools/run-tool.ts';
import { headerChecksum } from '../formats/regf/cells.ts';
import { minimalHive } from '../formats/regf/minimal-hive.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import { oldHive, solidWim, splitParts, truncatedWim } from '../testing/bad-media.ts';
import { setImageProperties, updateImage } from '../tools/wimlib.ts';
import { type LockBench, makeMedium, openLockBench } from './lock-for-test.ts';
import { resolveWindowsLock } from './resolve-windows-lock.ts';

const software = '/Windows/System32/config/SOFTWARE';
const system = '/Windows/System32/config/SYSTEM';
const imagePlace = { line: 6, pointer: '/base/windows/image' };
const indexPlace = { line: 6, pointer: '/base/windows/index' };

let bench: LockBench;
const media = (...names: readonly string[]) => bench.at('media', ...names);

beforeAll(async () => {
  bench = await openLockBench();
}, 120_000);
afterEach(() => bench.clear());
afterAll(() => bench.close());

/** A copy of the fixture's image with something changed. */
async function changed(name: string, change: (wim: string) => Promise<unknown>): Promise<string> {
  await copyFile(bench.fixture.wim, media(name));
  await change(media(name));
  return name;
}

/** A copy of the fixture's image with another file in a hive's place. */
async function withHive(name: string, path: string, hive: Buffer): Promise<string> {
  await writeFile(bench.at(`${name}.hive`), hive);
  return changed(name, (wim) =>
    updateImage(wim, 1, [{ kind: 'add', from: bench.at(`${name}.hive`), to: path }]),
  );
}

async function writeAt(path: string, bytes: Buffer, offset: number): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.write(bytes, 0, bytes.length, offset);
  await handle.close();
}

const one = (code: string, params: object = {}, place: object = imagePlace) => ({
  code: 'LOCK_UNRESOLVED',
  params: { count: 1 },
  details: [{ code, params, place }],
});

describe('an image that is not whole', () => {
  test.each([
    ['in its header', 150, 'WINDOWS_WIM_MALFORMED'],
    ['in its files', 100_000, 'WINDOWS_WIM_TRUNCATED'],
    ['before its last byte', -1, 'WINDOWS_WIM_TRUNCATED'],
  ])('cut off %s', async (_where, length, code) => {
    const size = (await readFile(bench.fixture.wim)).length;
    await truncatedWim(bench.fixture.wim, media('cut.wim'), length < 0 ? size + length : length);
    expect(await bench.refusal({ image: 'cut.wim' })).toMatchObject(one(code, { file: 'cut.wim' }));
  });

  test('whose table names bytes beyond its end', async () => {
    await changed('beyond.wim', async (wim) => {
      const { blobTable } = await withWim(wim, readWimHeader);
      const end = Buffer.alloc(8);
      end.writeBigUInt64LE(2n ** 40n);
      await writeAt(wim, end, blobTable.offset + 8);
    });
    const refusal = await bench.refusal({ image: 'beyond.wim' });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_TRUNCATED', { file: 'beyond.wim' }));
  });

  test('whose bytes of a hive are not those its digest was made from', async () => {
    await changed('flipped.wim', async (wim) => {
      const listing = await runToolText([
        'wimlib-imagex',
        'dir',
        wim,
        '1',
        `--path=${software}`,
        '--detailed',
      ]);
      const offset = Number(/Offset in WIM\s+= (\d+) bytes/.exec(listing)?.[1]);
      await writeAt(wim, Buffer.from('not these'), offset + 64);
    });
    const refusal = await bench.refusal({ image: 'flipped.wim' });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_CORRUPT', { file: 'flipped.wim' }, indexPlace));
  });

  test('that changes while it is locked', async () => {
    const elsewhere = bench.at('moving.wim');
    await copyFile(bench.fixture.wim, elsewhere);
    const loaded = await bench.load({}, elsewhere);
    const locked = resolveWindowsLock(loaded, {
      store: openContentStore(bench.at('other-store')),
      cacheDir: bench.at('cache'),
      reporter: ({ step }) => {
        if (step === 'moving.wim') appendFileSync(elsewhere, 'more');
      },
    });
    await expect(locked).rejects.toMatchObject(one('WINDOWS_LOCK_CHANGED', { file: 'moving.wim' }));
  });
});

describe('a file of another kind', () => {
  test.each([
    ['an empty file', ''],
    ['a text', 'MSWIN but no WIM'],
  ])('%s', async (_what, content) => {
    await writeFile(media('other.wim'), content);
    const refusal = await bench.refusal({ image: 'other.wim' });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_IMAGE_KIND', { file: 'other.wim' }));
  });

  test('an ESD, with the command that converts it', async () => {
    await copyFile(await solidWim(bench.directory), media('install.wim.esd'));
    const refusal = await bench.refusal({ image: 'install.wim.esd' });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_SOLID'));
    expect(refusal.details[0]?.hintIn('en')).toContain(
      'wimlib-imagex export install.wim.esd all install.wim --compress=LZX',
    );
    expect(refusal.details[0]?.hintIn('zh-CN')).toContain('wimlib-imagex export install.wim.esd all');
  });

  test('a WIM compressed by LZMS', async () => {
    await mkdir(bench.at('small'), { recursive: true });
    await writeFile(bench.at('small', 'text'), 'text');
    const argv = ['capture', bench.at('small'), media('lzms.wim'), '--compress=LZMS', '--no-acls'];
    await runTool(['wimlib-imagex', ...argv]);
    const refusal = await bench.refusal({ image: 'lzms.wim' });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_SOLID', { file: 'lzms.wim' }));
  });
});

describe('a split set', () => {
  test('that lacks parts, which are named', async () => {
    await splitParts(bench.fixture.wim, media('parts'), 5);
    await rm(media('parts', 'install2.swm'));
    const refusal = await bench.refusal({ image: 'parts/install.swm' });
    const params = { file: 'install.swm', parts: 3, missing: 'install2.swm' };
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_PARTS_MISSING', params));
  });

  test('whose missing part a link would bring in from elsewhere', async () => {
    await splitParts(bench.fixture.wim, media('linked'), 5);
    await cp(media('linked', 'install3.swm'), bench.at('install3.swm'));
    await rm(media('linked', 'install3.swm'));
    await symlink(bench.at('install3.swm'), media('linked', 'install3.swm'));
    const refusal = await bench.refusal({ image: 'linked/install.swm' });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_PARTS_MISSING', { missing: 'install3.swm' }));
  });

  test('with a part of another set', async () => {
    await splitParts(bench.fixture.wim, media('mixed'), 5);
    await splitParts(bench.fixture.wim, bench.at('another'), 5);
    await copyFile(bench.at('another', 'install2.swm'), media('mixed', 'install2.swm'));
    const refusal = await bench.refusal({ image: 'mixed/install.swm' });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_PARTS_MISSING', { found: '1, 3' }));
  });

  test('with a part that is cut off, which is named', async () => {
    await splitParts(bench.fixture.wim, media('cut'), 5);
    await truncate(media('cut', 'install3.swm'), 100_000);
    const refusal = await bench.refusal({ image: 'cut/install.swm' });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_TRUNCATED'));
    expect(basename(String(refusal.details[0]?.params.file))).toBe('install3.swm');
  });
});

describe('a medium', () => {
  async function medium(
    name: string,
    fill: (sources: string) => Promise<unknown>,
    rock = false,
  ): Promise<string> {
    const tree = bench.at(`${name}-tree`);
    await mkdir(join(tree, 'sources'), { recursive: true });
    await fill(join(tree, 'sources'));
    if (rock) await runTool(['genisoimage', '-quiet', '-R', '-o', media(name), tree]);
    else await makeMedium(tree, media(name));
    return name;
  }

  test('without an image', async () => {
    const image = await medium('empty.iso', (sources) => writeFile(join(sources, 'boot.wim'), 'boot'));
    const refusal = await bench.refusal({ image });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_MEDIUM_EMPTY', { file: 'empty.iso' }));
  });

  test('with an ESD, with the commands that convert it', async () => {
    const esd = await solidWim(bench.at('cache'));
    const image = await medium('solid.iso', (sources) => copyFile(esd, join(sources, 'install.esd')));
    const refusal = await bench.refusal({ image });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_MEDIUM_SOLID', { member: 'sources/install.esd' }));
    expect(refusal.details[0]?.hintIn('en')).toContain('7z e solid.iso sources/install.esd');
  });

  test('that is cut off', async () => {
    const image = await medium('short.iso', (sources) =>
      copyFile(bench.fixture.wim, join(sources, 'install.wim')),
    );
    await truncate(media(image), 3_000_000);
    const refusal = await bench.refusal({ image });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_MEDIUM_DAMAGED', { file: 'short.iso' }));
  });

  test('whose image is a link out of it', async () => {
    const fill = (sources: string) => symlink(bench.fixture.wim, join(sources, 'install.wim'));
    const refusal = await bench.refusal({ image: await medium('link.iso', fill, true) });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_MEDIUM_DAMAGED', { file: 'link.iso' }));
  });
});

describe('an image that does not fit', () => {
  test('by its index, with the images there are', async () => {
    const names = '1: Windows 10 Enterprise (Enterprise), 2: Windows 10 Pro (Professional)';
    const refusal = await bench.refusal({ index: 3 });
    expect(refusal).toMatchObject(one('WINDOWS_WIM_INDEX', { index: 3, count: 2, names }, indexPlace));
  });

  test.each([
    ['build', 'VERSION/BUILD', '10240', 'WINDOWS_LOCK_BUILD', { version: '10.0.10240.4291' }],
    ['architecture', 'ARCH', '12', 'WINDOWS_LOCK_ARCHITECTURE', { architecture: 'arm64' }],
    ['kind', 'INSTALLATIONTYPE', 'WindowsPE', 'WINDOWS_LOCK_INSTALLATION', { installation: 'WindowsPE' }],
    ['silence', 'EDITIONID', '', 'WINDOWS_LOCK_INCOMPLETE', { what: 'EDITIONID' }],
  ])('by its %s', async (what, property, value, code, params) => {
    const image = await changed(`${what}.wim`, (wim) =>
      setImageProperties(wim, 1, { [`WINDOWS/${property}`]: value }),
    );
    expect(await bench.refusal({ image })).toMatchObject(one(code, params, indexPlace));
  });

  test('what the manifest wishes, every wish at its own place', async () => {
    const refusal = await bench.refusal({
      index: 2,
      language: 'fr_FR',
      outputs: 'wim, iso',
      rest: 'policy: { telemetry: none, usbStorage: deny }\n',
    });
    expect(refusal).toMatchObject({
      code: 'LOCK_UNRESOLVED',
      details: [
        {
          code: 'WINDOWS_LOCK_LANGUAGE',
          params: { language: 'fr-FR', languages: 'zh-CN, en-US' },
          place: { line: 7, pointer: '/locale/language' },
        },
        { code: 'WINDOWS_LOCK_OUTPUT_MEDIUM', place: { line: 10, pointer: '/outputs/1' } },
        {
          code: 'WINDOWS_LOCK_POLICY',
          params: { policy: 'telemetry', edition: 'Professional 19045' },
          place: { line: 11, pointer: '/policy/telemetry' },
        },
      ],
    });
    expect(refusal.details).toHaveLength(3);
    expect(await bench.lock({ rest: 'policy: { telemetry: none, usbStorage: deny }\n' })).toBeDefined();
  });
});

describe('hives', () => {
  const dirty = () => {
    const hive = minimalHive({ name: 'SOFTWARE' });
    hive.writeUInt32LE(hive.readUInt32LE(4) + 1, 4);
    hive.writeUInt32LE(headerChecksum(hive), 508);
    return hive;
  };
  const cyclic = () => {
    const hive = minimalHive({ name: 'SOFTWARE' });
    hive.fill(0xff, 4096 + 32 + 8, 4096 + 64);
    return hive;
  };

  test.each([
    ['too old', oldHive(), 'WINDOWS_HIVE_TOO_OLD', { version: '1.1' }],
    ['dirty', dirty(), 'WINDOWS_HIVE_DIRTY', {}],
    ['cut off', minimalHive({ name: 'SOFTWARE' }).subarray(0, 6000), 'WINDOWS_HIVE_MALFORMED', {}],
    ['broken inside', cyclic(), 'WINDOWS_HIVE_MALFORMED', {}],
  ])('%s', async (what, hive, code, params) => {
    const image = await withHive(`hive ${what}.wim`, software, hive);
    const refusal = await bench.refusal({ image });
    expect(refusal).toMatchObject(one(code, { name: 'SOFTWARE', ...params }, indexPlace));
  });

  test('that are not there, all at once', async () => {
    const image = await changed('no-hives.wim', (wim) =>
      updateImage(wim, 1, [
        { kind: 'delete', path: software },
        { kind: 'delete', path: '/Users/Default/NTUSER.DAT' },
      ]),
    );
    expect(await bench.refusal({ image })).toMatchObject({
      details: [
        { code: 'WINDOWS_LOCK_HIVE_MISSING', params: { path: software }, place: indexPlace },
        { code: 'WINDOWS_LOCK_HIVE_MISSING', params: { path: '/Users/Default/NTUSER.DAT' } },
      ],
    });
  });

  test('of a system without a control set', async () => {
    const image = await withHive('no-control-set.wim', system, minimalHive({ name: 'SYSTEM' }));
    const refusal = await bench.refusal({ image });
    expect(refusal).toMatchObject(one('WINDOWS_LOCK_CONTROL_SET', { got: 'none' }, indexPlace));
  });

  test('with a second name', async () => {
    const tree = bench.at('linked-tree');
    await runTool(['wimlib-imagex', 'apply', bench.fixture.wim, '1', tree, '--no-acls']);
    await runTool(['ln', `${tree}${software}`, join(tree, dirname(software), 'SECOND')]);
    await changed('second-name.wim', async (wim) => {
      await runTool(['wimlib-imagex', 'append', tree, wim, 'Linked', '--no-acls']);
    });
    const refusal = await bench.refusal({ image: 'second-name.wim', index: 3 });
    const details = refusal.details.filter(({ code }) => code === 'WINDOWS_LOCK_HIVE_LINKED');
    expect(details).toMatchObject([{ params: { path: software, linkCount: 2 }, place: indexPlace }]);
  });
});

test('a directory that the commands of wimlib could not name', async () => {
  const loaded = await bench.load();
  const locked = resolveWindowsLock(loaded, {
    store: openContentStore(bench.at('the "store"')),
    cacheDir: bench.at('cache'),
    reporter: silentReporter,
  });
  await expect(locked).rejects.toMatchObject({
    code: 'WINDOWS_LOCK_DIRECTORY',
    params: { directory: bench.at('the "store"') },
  });
});
