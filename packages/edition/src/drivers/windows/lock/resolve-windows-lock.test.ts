import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { WindowsLock } from '@imprint/protocol';
import Value from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeLock, readLock, writeLock } from '../../../lock/lock-file.ts';
import type { ProgressEvent } from '../../../progress.ts';
import { openContentStore, sha256OfFile } from '../../../store/index.ts';
import { splitParts } from '../testing/bad-media.ts';
import { extractFiles, listImage, setImageProperties } from '../tools/wimlib.ts';
import { type LockBench, makeMedium, openLockBench } from './lock-for-test.ts';
import { resolveWindowsLock } from './resolve-windows-lock.ts';

let bench: LockBench;

beforeAll(async () => {
  bench = await openLockBench();
}, 120_000);
afterAll(() => bench.close());

describe('a WIM', () => {
  test('is locked by digest and by what it says of itself, and a file holds the lock', async () => {
    const lock = await bench.lock();
    expect(Value.Check(WindowsLock, lock)).toBe(true);
    const digest = await sha256OfFile(bench.fixture.wim);
    expect(lock.image.parts).toEqual([{ name: 'install.wim', ...digest }]);
    expect(lock.image).toMatchObject({
      index: 1,
      name: 'Windows 10 Enterprise',
      editionId: 'Enterprise',
      installationType: 'Client',
      version: { major: 10, minor: 0, build: 19045, revision: 4291 },
      languages: ['zh-CN', 'en-US'],
      defaultLanguage: 'zh-CN',
      controlSet: 'ControlSet001',
    });
    expect(lock.image.medium).toBeUndefined();
    expect(lock.sourceDateEpoch).toBe(bench.fixture.epochSeconds);
    expect(await bench.store.verify(digest.sha256)).toBe(true);
    await writeLock(bench.at('edition.lock.json'), lock);
    expect(await readLock(bench.at('edition.lock.json'))).toEqual(lock);
  });

  test('has the build its own system reports, whatever an enablement package left in the description', async () => {
    await cp(bench.fixture.wim, bench.at('media', 'enabled.wim'));
    await setImageProperties(bench.at('media', 'enabled.wim'), 1, { 'WINDOWS/VERSION/BUILD': '19041' });
    const { image } = await bench.lock({ image: 'enabled.wim' });
    expect(image.version).toEqual({ major: 10, minor: 0, build: 19045, revision: 4291 });
    await bench.clear();
  });

  test('gives the same bytes each time', async () => {
    expect(encodeLock(await bench.lock())).toBe(encodeLock(await bench.lock()));
  });

  test('has its hives locked by the digests that its own metadata states', async () => {
    const { image } = await bench.lock({ index: 2 });
    const entries = await listImage(bench.fixture.wim, 2);
    expect(image.name).toBe('Windows 10 Pro');
    expect(image.hives.map(({ path }) => path)).toEqual([
      '/Windows/System32/config/SOFTWARE',
      '/Windows/System32/config/SYSTEM',
      '/Users/Default/NTUSER.DAT',
    ]);
    for (const { path, sha1, version } of image.hives) {
      expect(sha1).toBe(entries.find((entry) => entry.path === path)?.sha1);
      expect(version).toMatch(/^1\.[3-6]$/);
    }
  });

  test('is known by its content, whatever its name', async () => {
    await rename(bench.fixture.wim, bench.at('media', 'windows.iso'));
    const { image } = await bench.lock({ image: 'windows.iso' });
    await rename(bench.at('media', 'windows.iso'), bench.fixture.wim);
    expect(image.parts.map(({ name }) => name)).toEqual(['windows.iso']);
  });

  test('is held to the digest that the manifest demands', async () => {
    const { sha256 } = await sha256OfFile(bench.fixture.wim);
    expect((await bench.lock({ sha256 })).image.parts[0]?.sha256).toBe(sha256);
    expect((await bench.refusal({ sha256: 'a'.repeat(64) })).details).toMatchObject([
      {
        code: 'LOCK_DIGEST_MISMATCH',
        params: { path: 'install.wim', expected: 'a'.repeat(64), got: sha256 },
        place: { line: 6, pointer: '/base/windows/image' },
      },
    ]);
  });
});

describe('a split set', () => {
  test('is locked part by part, in order, and says what the whole says', async () => {
    const whole = await bench.lock();
    await splitParts(bench.fixture.wim, bench.at('media', '[set]'), 5);
    const lock = await bench.lock({ image: '[set]/install.swm' });
    const names = lock.image.parts.map(({ name }) => name);
    expect(names).toEqual(['install.swm', 'install2.swm', 'install3.swm']);
    expect({ ...lock.image, parts: [] }).toEqual({ ...whole.image, parts: [] });
    const [first = '', ...refs] = lock.image.parts.map(({ sha256 }) => bench.store.path(sha256));
    const notepad = '/Windows/System32/notepad.exe';
    await extractFiles(first, 1, [notepad], bench.at('out'), { refs });
    expect((await sha256OfFile(bench.at('out', notepad))).sizeBytes).toBeGreaterThan(0);
  });
});

describe('a medium', () => {
  const tree = () => bench.at('tree');

  beforeAll(async () => {
    await mkdir(bench.at('tree', 'SOURCES'), { recursive: true });
    await cp(bench.fixture.wim, bench.at('tree', 'SOURCES', 'Install.wim'));
    await makeMedium(tree(), bench.at('media', 'windows.iso'));
  });
  afterAll(() => rm(bench.at('media', 'windows.iso')));

  test('gives its image, and is itself kept only if an output is made from it', async () => {
    const events: ProgressEvent[] = [];
    await rm(bench.at('cache', 'windows', 'media'), { recursive: true, force: true });
    const lock = await bench.lock({ image: 'windows.iso' }, events);
    const wim = await sha256OfFile(bench.fixture.wim);
    const iso = await sha256OfFile(bench.at('media', 'windows.iso'));
    expect(lock.image.parts).toEqual([{ name: 'Install.wim', ...wim }]);
    expect(lock.image.medium).toEqual({ name: 'windows.iso', ...iso });
    expect(await bench.store.has(iso.sha256)).toBe(false);
    expect(events.some(({ step }) => step === 'SOURCES/Install.wim')).toBe(true);
    const kept = await bench.lock({ image: 'windows.iso', outputs: 'wim, iso' });
    expect(kept.image).toEqual(lock.image);
    expect(await bench.store.verify(iso.sha256)).toBe(true);
  });

  test('is not extracted again while its image is in the store, and is once it is not', async () => {
    const first = await bench.lock({ image: 'windows.iso' });
    const events: ProgressEvent[] = [];
    const second = await bench.lock({ image: 'windows.iso' }, events);
    expect(encodeLock(second)).toBe(encodeLock(first));
    expect(events.filter(({ kind }) => kind === 'cached')).toHaveLength(1);
    await bench.store.remove(first.image.parts[0]?.sha256 ?? '');
    events.length = 0;
    expect(encodeLock(await bench.lock({ image: 'windows.iso' }, events))).toBe(encodeLock(first));
    expect(events.filter(({ kind }) => kind === 'cached')).toEqual([]);
    expect(await bench.store.verify(first.image.parts[0]?.sha256 ?? '')).toBe(true);
  });

  test('may carry a split set', async () => {
    await splitParts(bench.fixture.wim, bench.at('split', 'sources'), 5);
    await makeMedium(bench.at('split'), bench.at('media', 'split.iso'));
    const { image } = await bench.lock({ image: 'split.iso' });
    await rm(bench.at('media', 'split.iso'));
    expect(image.parts.map(({ name }) => name)).toEqual(['install.swm', 'install2.swm', 'install3.swm']);
  });
});

test.each([
  ['before it begins', undefined],
  ['while the image is hashed', 'install.wim'],
])(
  'a lock aborted %s throws the reason, keeps nothing of the image and leaves nothing behind',
  async (_when, step) => {
    const reason = new Error('stopped');
    const stopper = new AbortController();
    const store = openContentStore(bench.at(`store-${step}`));
    if (step === undefined) stopper.abort(reason);
    const loaded = await bench.load();
    const locked = resolveWindowsLock(loaded, {
      store,
      cacheDir: bench.at('cache'),
      reporter: (event) => {
        if (event.step === step && step !== undefined) stopper.abort(reason);
      },
      signal: stopper.signal,
    });
    await expect(locked).rejects.toBe(reason);
    expect(await store.list()).toEqual([]);
    expect(await readdir(bench.at('cache', 'windows'))).not.toContainEqual(expect.stringMatching(/^lock-/));
  },
);
