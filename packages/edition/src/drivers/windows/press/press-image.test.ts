import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { windowsDevicePaths } from '@imprint/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sha256OfFile } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { hivePaths } from '../data/hives.ts';
import { certificateBlob } from '../formats/certificate-blob.ts';
import { decodeValue } from '../formats/regf/model.ts';
import { readHive } from '../formats/regf/read-hive.ts';
import type { WimEntry } from '../formats/wim/listing.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { readWimXml } from '../formats/wim/read-xml.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import { verifySignature } from '../tools/osslsigncode.ts';
import { extractFiles, listImage, splitWim, verifyWim } from '../tools/wimlib.ts';
import { chain, lockOf, makeTestEdition, openShop, planOf, type TestEdition } from './edition-for-test.ts';
import { keptNames, type PressedImage } from './kept-image.ts';
import { pressImage } from './press-image.ts';
import { refuseDeviceState } from './refuse-device-state.ts';

let place: string;
let edition: TestEdition;
let pressed: PressedImage;
let wim: string;
let before: ReadonlyMap<string, WimEntry>;
let after: ReadonlyMap<string, WimEntry>;

const epoch = 1_700_000_000;
const byPath = async (file: string) =>
  new Map((await listImage(file, 1)).map((entry) => [entry.path, entry] as const));
const wimOf = ({ directory }: PressedImage) => join(directory, keptNames.wim);
const press = async (home: string, over: Partial<Parameters<typeof openShop>[2]> = {}) => {
  const shop = await openShop(edition, home, { lock: edition.lock, plan: edition.plan, ...over });
  return { image: await pressImage(shop), events: shop.events };
};
/** The last two stages, which run at the same time. */
const sideBySide = ['check-image', 'hash'];
const stages = (events: readonly { stage: string; kind: string }[], kind: string) =>
  events.filter((event) => event.kind === kind).map(({ stage }) => stage);

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'imprint-press-'));
  edition = await makeTestEdition(place);
  pressed = (await press('reference')).image;
  wim = wimOf(pressed);
  before = await byPath(edition.fixture.wim);
  after = await byPath(wim);
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

const newDirectories = ['/Program Files/Imprint', '/Program Files/Imprint/payload', '/Windows/Setup/Scripts'];

test('the image has what the plan adds, and nothing else', () => {
  const added = [...after.keys()].filter((path) => !before.has(path)).sort();
  expect(added).toEqual([...newDirectories, ...pressed.record.added.map(({ path }) => path)].sort());
  expect([...before.keys()].filter((path) => !after.has(path))).toEqual([]);
});

test('of what was there, the edited hives differ and they only in content and time', () => {
  const hives = Object.values(hivePaths);
  const changed = [...before].filter(
    ([path, entry]) => JSON.stringify(entry) !== JSON.stringify(after.get(path)),
  );
  expect(changed.map(([path]) => path).sort()).toEqual([...hives].sort());
  for (const [path, entry] of changed) {
    const { sha1, sizeBytes } = after.get(path) ?? entry;
    expect(sha1).not.toBe(entry.sha1);
    expect(after.get(path)).toEqual({ ...entry, sha1, sizeBytes, lastWriteTime: epoch });
  }
});

test('everything added bears the plan’s date', () => {
  for (const path of [...newDirectories, ...pressed.record.added.map((file) => file.path)])
    expect(after.get(path)).toMatchObject({ creationTime: epoch, lastWriteTime: epoch, linkCount: 1 });
});

test('added files read back as written: text in its encoding, blobs as stored', async () => {
  const out = join(place, 'added');
  const paths = pressed.record.added.map(({ path }) => path);
  await extractFiles(wim, 1, paths, out);
  for (const { path, sha256, sizeBytes } of pressed.record.added)
    expect(await sha256OfFile(join(out, path))).toEqual({ sha256, sizeBytes });
  const text = readFileSync(join(out, '/Program Files/Imprint/政务 说明.txt'));
  expect(text).toEqual(Buffer.from('\ufeff政务\r\n', 'utf16le'));
  expect(readFileSync(join(out, '/Program Files/Imprint/agent.json'), 'utf8')).toBe('{}\n');
});

test('the hives in the image say what the steps ask for', async () => {
  const out = join(place, 'hives');
  await extractFiles(wim, 1, Object.values(hivePaths), out);
  const value = async (path: string, key: string, name: string) => {
    const { hive } = await readHive(join(out, path));
    const found = hive.key(key)?.values.find((one) => one.name === name);
    return found === undefined ? undefined : decodeValue(found.value);
  };
  const policy = 'Policies\\Microsoft\\Windows\\DataCollection';
  expect(await value(hivePaths.software, policy, 'AllowTelemetry')).toBe(0);
  const zone = 'ControlSet001\\Control\\TimeZoneInformation';
  expect(await value(hivePaths.system, zone, 'TimeZoneKeyName')).toBe('China Standard Time');
  const locale = 'Control Panel\\International';
  expect(await value(hivePaths['default-user'], locale, 'LocaleName')).toBe('zh-CN');
  const { hive } = await readHive(join(out, hivePaths.software));
  const { thumbprint, blob } = certificateBlob(await readFile(edition.fixture.rootCertificate));
  const root = hive.key(`Microsoft\\SystemCertificates\\ROOT\\Certificates\\${thumbprint}`);
  expect(root?.values).toEqual([{ name: 'Blob', value: { type: 'binary', data: blob } }]);
});

test('the catalog in the image vouches for the added files under the lock’s certificate', async () => {
  const out = join(place, 'catalog');
  const [catalog, ...files] = [...pressed.record.added].reverse().map(({ path }) => path);
  await extractFiles(wim, 1, [catalog ?? '', ...files], out);
  expect(pressed.record.catalog).toEqual({ signed: true });
  for (const path of files) {
    const roots = edition.fixture.rootCertificate;
    const verdict = await verifySignature({
      file: join(out, path),
      roots,
      catalog: join(out, catalog ?? ''),
    });
    expect([path, verdict.state]).toEqual([path, 'verified']);
  }
});

test('wimlib finds the image whole, and it holds one image with the vendor’s creation time', async () => {
  await verifyWim(wim);
  const [ours, theirs] = await Promise.all(
    [wim, edition.fixture.wim].map((file) =>
      withWim(file, async (open) => readWimXml(open, await readWimHeader(open))),
    ),
  );
  expect(ours).toHaveLength(1);
  expect(ours?.[0]).toMatchObject({
    name: theirs?.[0]?.name,
    creation: theirs?.[0]?.creation,
    lastModified: epoch,
  });
});

test('the vendor’s files in the store keep their bytes', async () => {
  for (const { sha256 } of edition.lock.image.parts) expect(await edition.store.verify(sha256)).toBe(true);
});

test('pressed again elsewhere, whatever that is called, the bytes are the same', async () => {
  const { image, events } = await press('else [w]here*');
  expect(image.record).toEqual(pressed.record);
  expect((await sha256OfFile(wimOf(image))).sha256).toBe(pressed.record.digests.sha256);
  const done = stages(events, 'done');
  expect(done.slice(0, -2)).toEqual(['verify-base', 'list-base', 'registry', 'stage', 'edit', 'image']);
  expect(done.slice(-2).sort()).toEqual(sideBySide);
});

test('what is kept is found again; a changed policy verifies and lists the base no more', async () => {
  const again = await press('reference');
  expect(stages(again.events, 'start')).toEqual([]);
  const steps = chain([
    [
      'policy',
      [
        {
          kind: 'registry',
          hive: 'software',
          edits: [{ key: 'Policies\\X', name: 'Y', type: 'dword', data: 1 }],
        },
      ],
    ],
  ]);
  const { events } = await press('reference', { plan: planOf(edition.lock, steps) });
  expect(stages(events, 'cached')).toEqual(['verify-base']);
  const started = stages(events, 'start');
  expect(started.slice(0, -2)).toEqual(['registry', 'stage', 'edit', 'image']);
  expect(started.slice(-2).sort()).toEqual(sideBySide);
});

test('without FUSE hives are replaced, and the record says so', async () => {
  const { image } = await press('replaced', { method: 'replaced' });
  expect(image.record.method).toBe('replaced');
  const entries = await byPath(wimOf(image));
  for (const path of Object.values(hivePaths)) {
    expect(entries.get(path)?.sha1).toBe(after.get(path)?.sha1);
    expect(entries.get(path)?.securityDescriptor).toBeUndefined();
    expect(entries.get(path)).toMatchObject({ creationTime: epoch, lastWriteTime: epoch });
  }
  const again = await press('replaced-again', { method: 'replaced' });
  expect(again.image.record).toEqual(image.record);
});

test('wishes that are already so leave the vendor’s hive alone', async () => {
  const steps = chain([
    [
      'policy',
      [{ kind: 'registry', hive: 'system', edits: [{ key: 'ControlSet009\\Absent', removeKey: true }] }],
    ],
  ]);
  const { image } = await press('unchanged', { plan: planOf(edition.lock, steps) });
  expect(await byPath(wimOf(image))).toEqual(before);
  expect(image.record).toMatchObject({ hives: [{ name: 'system' }], added: [] });
});

test('a split set is a base like any other, and gives the same image', async () => {
  const parts = await splitWim(edition.fixture.wim, join(place, 'base.swm'), 4);
  expect(parts.length).toBeGreaterThan(2);
  const lock = await lockOf(edition.store, parts, { inputs: edition.lock.inputs });
  const { image } = await press('split', { lock, plan: planOf(lock, edition.plan.steps) });
  expect(await byPath(wimOf(image))).toEqual(after);
  await verifyWim(wimOf(image));
});

const write = (path: string) => ({ kind: 'write', path, text: '', encoding: 'utf-8' }) as const;

test.each([
  [
    'over a hard link',
    write('/Windows/System32/NOTEPAD.EXE'),
    'WINDOWS_PRESS_HARD_LINK',
    '/Windows/System32/notepad.exe',
  ],
  [
    'over a file',
    write('/Windows/Panther/SETUPINFO'),
    'WINDOWS_PRESS_PATH_TAKEN',
    '/Windows/Panther/setupinfo',
  ],
  ['over a hive', write(hivePaths.software), 'WINDOWS_PRESS_PATH_TAKEN', hivePaths.software],
  [
    'below a file',
    write('/Windows/explorer.exe/x'),
    'WINDOWS_PRESS_NOT_A_DIRECTORY',
    '/Windows/explorer.exe/x',
  ],
  ['with a quote', write('/Windows/a"b'), 'WINDOWS_WIM_PATH', '/Windows/a"b'],
])('a file %s is refused, naming it', async (_what, action, code, path) => {
  const plan = planOf(edition.lock, chain([['files', [action]]]));
  await expect(press('reference', { plan })).rejects.toMatchObject({ code, params: { path } });
});

test('the key, the lease or the enrolment of one device is refused, wherever it comes from', async () => {
  const path = `${windowsDevicePaths.state}/licence/lease.json`;
  const plan = planOf(edition.lock, chain([['files', [write(path)]]]));
  await expect(press('reference', { plan })).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_DEVICE_STATE',
    params: { paths: path },
  });
  const captured = windowsDevicePaths.state.toLowerCase();
  expect(() => refuseDeviceState([captured, `${captured}/device-key`])).toThrow(
    expect.objectContaining({ params: { paths: `${captured}/device-key` } }),
  );
  expect(() => refuseDeviceState(before.keys())).not.toThrow();
});

test('one path from two steps is refused, whatever its case', async () => {
  const plan = planOf(
    edition.lock,
    chain([
      ['one', [write('/A/b')]],
      ['two', [write('/a/B')]],
    ]),
  );
  await expect(press('reference', { plan })).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_TWICE',
    params: { first: 'one', second: 'two' },
  });
});

test('a catalog needs the key of the lock’s signer', async () => {
  const shop = await openShop(edition, 'no-key', edition);
  await expect(pressImage({ ...shop, catalogKey: undefined })).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_CATALOG_KEY',
    params: { got: 'none' },
  });
});

const systemEdit = chain([
  ['policy', [{ kind: 'registry', hive: 'system', edits: [{ key: 'ControlSet001\\X', addKey: true }] }]],
]);

test('an image without the hive, or with another than the lock’s, is refused', async () => {
  const tree = join(place, 'bare');
  await mkdir(join(tree, 'Windows'), { recursive: true });
  const bare = join(place, 'bare.wim');
  await runTool(['wimlib-imagex', 'capture', tree, bare, 'Bare']);
  const empty = await lockOf(edition.store, [bare]);
  await expect(press('bare', { lock: empty, plan: planOf(empty, systemEdit) })).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_HIVE_MISSING',
    params: { path: hivePaths.system, step: 'policy' },
  });
  const hives = [{ path: hivePaths.system, sha1: '0'.repeat(40), version: '1.5' }];
  const lock = { ...edition.lock, image: { ...edition.lock.image, hives } };
  await expect(press('other', { lock, plan: planOf(lock, systemEdit) })).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_HIVE_CHANGED',
    params: { expected: '0'.repeat(40) },
  });
});

test('a damaged base is refused before anything is made of it', async () => {
  const bytes = await readFile(edition.fixture.wim);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  const { sha256 } = await edition.store.putBytes(bytes);
  const damaged = { name: 'install.wim', sha256, sizeBytes: bytes.length };
  const lock = { ...edition.lock, image: { ...edition.lock.image, parts: [damaged] } };
  await expect(press('damaged', { lock, plan: planOf(lock, edition.plan.steps) })).rejects.toMatchObject({
    code: 'WINDOWS_WIM_CORRUPT',
  });
});
