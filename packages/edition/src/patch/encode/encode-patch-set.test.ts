import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DebianLock, LockedPackage, PatchSet } from '@imprint/protocol';
import { canonicalJson } from '@imprint/trust';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { writeCanonicalDeb } from '../../packs/index.ts';
import { sampleLock } from '../../plan/sample-lock.ts';
import { type ProgressEvent, silentReporter } from '../../progress.ts';
import { type ContentStore, openContentStore } from '../../store/index.ts';
import { runTool } from '../../tools/run-tool.ts';
import type { PatchSource } from './changed.ts';
import { checkPack } from './check-pack.ts';
import { encodePatchSet } from './encode-patch-set.ts';

let parent: string;
let directory: string;
let store: ContentStore;
let debs: Record<
  'same' | 'edited1' | 'edited2' | 'edited3' | 'swapped1' | 'swapped2' | 'added',
  LockedPackage
>;

/** Bytes that do not compress, the same for the same seed. */
function noise(seed: string, blocks: number): Buffer {
  const block = (n: number) => createHash('sha256').update(`${seed} ${n}`).digest();
  return Buffer.concat(Array.from({ length: blocks }, (_, n) => block(n)));
}

async function buildDeb(name: string, version: string, content: Buffer): Promise<LockedPackage> {
  const tree = await mkdtemp(join(parent, 'tree-'));
  const put = async (path: string, bytes: string | Buffer) => {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), bytes);
  };
  await put(
    'DEBIAN/control',
    `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: Test <test@localhost>\nDescription: test\n`,
  );
  await put(`usr/lib/${name}`, content);
  await runTool(['dpkg-deb', '--root-owner-group', '-Zgzip', '--build', tree, `${tree}.deb`]);
  const { sha256, sizeBytes } = await store.putFile(`${tree}.deb`);
  const path = `pool/${name}_${version}.deb`;
  const source = { name, version };
  return { name, version, architecture: 'amd64', source, archive: 'base', path, sha256, sizeBytes };
}

const edited = (word: string) =>
  Buffer.concat([noise('edited', 2000), Buffer.from(word), noise('end', 2000)]);

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'imprint-encode-'));
  store = openContentStore(join(parent, 'full'));
  debs = {
    same: await buildDeb('same', '1', noise('same', 10)),
    edited1: await buildDeb('edited', '1', edited('one')),
    edited2: await buildDeb('edited', '2', edited('two')),
    edited3: await buildDeb('edited', '3', edited('three')),
    swapped1: await buildDeb('swapped', '1', noise('before', 100)),
    swapped2: await buildDeb('swapped', '2', noise('after', 100)),
    added: await buildDeb('added', '1', noise('added', 10)),
  };
});
afterAll(() => rm(parent, { recursive: true, force: true }));

beforeEach(async () => {
  directory = await mkdtemp(join(parent, 'case-'));
  store = openContentStore(join(directory, 'store'));
  const full = openContentStore(join(parent, 'full'));
  for (const sha256 of await full.list()) await store.putFile(full.path(sha256));
});

const digest = (version: string) => createHash('sha256').update(version).digest('hex');

function release(version: string, packages: readonly LockedPackage[], patchSet?: PatchSet): PatchSource {
  const lock: DebianLock = { ...sampleLock(), version, base: [], packages: [...packages], inputs: [] };
  return { lock, lockSha256: digest(version), patchSet };
}

function encode(
  to: PatchSource,
  from: readonly PatchSource[],
  options: Partial<Parameters<typeof encodePatchSet>[0]> = {},
) {
  return encodePatchSet({
    ...{ lock: to.lock, lockSha256: to.lockSha256, from, store, reporter: silentReporter },
    cacheDirectory: join(directory, 'cache'),
    directory: join(directory, 'set'),
    ...options,
  });
}

const one = () => release('2026.11.0', [debs.edited1, debs.same, debs.swapped1]);
const two = () => release('2026.11.1', [debs.added, debs.edited2, debs.same, debs.swapped2]);
const namesOf = ({ packages }: PatchSet) => packages.map(({ name, version }) => `${name} ${version}`);
const emptyStore = async () => {
  for (const sha256 of await store.list()) await store.remove(sha256);
};

test('a set has the packages that changed and no other, each as a pack of its canonical package', async () => {
  const set = await encode(two(), [one()]);
  expect(namesOf(set)).toEqual(['added 1', 'edited 2', 'swapped 2']);
  expect(set.from).toEqual([{ version: '2026.11.0', lockSha256: digest('2026.11.0') }]);
  expect(await readFile(join(directory, 'set/patch-set.json'))).toEqual(Buffer.from(canonicalJson(set)));
  const canonical = await writeCanonicalDeb(store.path(debs.edited2.sha256), join(directory, 'edited.deb'));
  expect(set.packages[1]?.deb).toEqual(canonical.deb);
  for (const { pack, patches } of set.packages) {
    const file = (sha256: string) => join(directory, 'set/packs', sha256);
    await checkPack(file(pack.sha256), 'pack', pack, { unpack: true });
    for (const { patch } of patches) await checkPack(file(patch.sha256), 'patch', patch);
  }
});

test('a patch stands for an old version that is in the store, unless it is about as large as the pack', async () => {
  const set = await encode(two(), [one()]);
  const patches = (name: string) => set.packages.find((entry) => entry.name === name)?.patches ?? [];
  expect(patches('edited')).toMatchObject([{ fromVersion: '1', fromArchitecture: 'amd64' }]);
  expect(patches('edited')[0]?.patch.sizeBytes).toBeLessThan(20_000);
  expect(patches('swapped')).toEqual([]);
  await store.remove(debs.edited1.sha256);
  const poorer = await encode(two(), [one()], { cacheDirectory: join(directory, 'other') });
  expect(poorer.packages.flatMap((entry) => entry.patches)).toEqual([]);
});

test('nothing is encoded twice: what is in the cache needs no package', async () => {
  const set = await encode(two(), [one()]);
  await emptyStore();
  expect(await encode(two(), [one()], { directory: join(directory, 'again') })).toEqual(set);
});

test('a pack that was damaged in the cache is made again', async () => {
  const set = await encode(two(), [one()]);
  const damaged = join(directory, 'cache/files', set.packages[1]?.pack.sha256 ?? '');
  const bytes = await readFile(damaged);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await rm(damaged);
  await writeFile(damaged, bytes);
  const again = await encode(two(), [one()]);
  expect(again).toEqual(set);
  await checkPack(damaged, 'pack', (set.packages[1] as PatchSet['packages'][number]).pack);
});

test('a run that was ended goes on with the next package, and what it left half done is swept', async () => {
  const ended = new AbortController();
  const end = (event: ProgressEvent) => {
    if (event.done === 1) ended.abort();
  };
  await expect(encode(two(), [one()], { reporter: end, signal: ended.signal })).rejects.toThrow(/abort/i);
  const files = join(directory, 'cache/files');
  const [first = ''] = await readdir(files);
  const { ino } = await stat(join(files, first));
  await mkdir(join(directory, 'cache/unfinished/999999999-1-left'));
  await encode(two(), [one()]);
  expect((await stat(join(files, first))).ino).toBe(ino);
  expect(await readdir(join(directory, 'cache/unfinished'))).toEqual([]);
});

test('a set starts from releases two back: exactly where their lock is known, by the earlier set where not', async () => {
  const first = await encode(two(), [one()]);
  const before = release('2026.11.1', two().lock.packages, first);
  const three = release('2026.12.0', [debs.added, debs.edited3, debs.same, debs.swapped2]);
  const exact = await encode(three, [before, one()], { directory: join(directory, 'exact') });
  expect(namesOf(exact)).toEqual(['added 1', 'edited 3', 'swapped 2']);
  expect(exact.packages[1]?.patches.map(({ fromVersion }) => fromVersion)).toEqual(['2', '1']);
  const carried = await encode(three, [before], { directory: join(directory, 'carried') });
  expect(namesOf(carried)).toEqual(namesOf(exact));
  expect(carried.from).toEqual(exact.from);
  expect(carried.from.map(({ version }) => version)).toEqual(['2026.11.1', '2026.11.0']);
  const alone = await encode(three, [release('2026.11.1', two().lock.packages)]);
  expect(namesOf(alone)).toEqual(['edited 3']);
});

test('packs and patches that were published are taken over whole, without their packages', async () => {
  const first = await encode(two(), [one()]);
  const published = (sha256: string) => join(directory, 'set/packs', sha256);
  await emptyStore();
  const before = release('2026.11.1', two().lock.packages, first);
  const three = release('2026.12.0', [debs.added, debs.edited2, debs.swapped2]);
  const options = { directory: join(directory, 'next'), cacheDirectory: join(directory, 'new'), published };
  const set = await encode(three, [before], options);
  expect(set.packages).toEqual(first.packages);
  const kept = await readdir(join(directory, 'next/packs'));
  expect(kept.sort()).toEqual((await readdir(join(directory, 'set/packs'))).sort());
});

test('a package that is not in the store is named', async () => {
  await store.remove(debs.added.sha256);
  await expect(encode(two(), [one()])).rejects.toMatchObject({
    code: 'PATCH_PACKAGE_ABSENT',
    params: { sha256: debs.added.sha256 },
  });
});

test.each([
  ['its head', 20],
  ['a frame', -1],
])('a pack that is changed in %s is refused', async (_, at) => {
  const set = await encode(two(), [one()]);
  const { pack } = set.packages[1] as PatchSet['packages'][number];
  const file = join(directory, 'changed');
  const bytes = await readFile(join(directory, 'set/packs', pack.sha256));
  const place = at < 0 ? bytes.length + at : at;
  bytes[place] = (bytes[place] ?? 0) ^ 1;
  await writeFile(file, bytes);
  await expect(checkPack(file, 'pack', pack)).rejects.toMatchObject({ code: 'PATCH_PACK_DAMAGED' });
  await writeFile(file, bytes.subarray(0, -1));
  await expect(checkPack(file, 'pack', pack)).rejects.toMatchObject({ code: 'PATCH_PACK_DAMAGED' });
  await expect(checkPack(join(directory, 'none'), 'pack', pack)).rejects.toMatchObject({
    code: 'PATCH_PACK_DAMAGED',
  });
});
