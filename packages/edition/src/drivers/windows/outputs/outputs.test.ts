import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginStage, silentReporter } from '../../../progress.ts';
import { sha256OfFile } from '../../../store/index.ts';
import { runTool, runToolText } from '../../../tools/run-tool.ts';
import { readWimHeader } from '../formats/wim/read-header.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import {
  chain,
  lockOf,
  makeTestEdition,
  openShop,
  plannedOutput,
  planOf,
  type TestEdition,
} from '../press/edition-for-test.ts';
import { keptNames } from '../press/kept-image.ts';
import { pressImage } from '../press/press-image.ts';
import { bootMarkers } from '../testing/boot-programs.ts';
import { buildWindowsMedium } from '../testing/windows-medium.ts';
import { extractFiles, listImage, verifyWim } from '../tools/wimlib.ts';
import type { KeptFile } from './kept-files.ts';
import { pressEsd } from './press-esd.ts';
import { pressWindowsOutputs } from './press-windows-outputs.ts';

let place: string;
let edition: TestEdition;
let wim: string;
let files: readonly KeptFile[];

const kinds = ['wim', 'swm', 'iso'] as const;

async function press(home: string, over: Partial<Pick<TestEdition, 'lock' | 'plan'>> = {}) {
  const shop = await openShop(edition, home, { ...edition, ...over });
  const image = await pressImage(shop);
  const pressed = await pressWindowsOutputs(shop, image);
  return { wim: join(image.directory, keptNames.wim), pressed, events: shop.events };
}

const recordsOf = (pressed: readonly KeptFile[]) => pressed.map(([record]) => record);
const ofKind = (kind: string) => files.filter(([record]) => record.kind === kind).map(([, path]) => path);

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'imprint-outputs-'));
  const made = await makeTestEdition(place);
  const { iso } = await buildWindowsMedium(place, made.fixture);
  const lock = await lockOf(made.store, [made.fixture.wim], { medium: iso });
  const steps = chain([
    ['files', [{ kind: 'write', path: '/Program Files/Imprint/a.txt', text: 'a', encoding: 'utf-8' }]],
  ]);
  edition = { ...made, lock, plan: planOf(lock, steps, kinds) };
  ({ wim, pressed: files } = await press('reference'));
}, 120_000);

afterAll(() => rmSync(place, { recursive: true, force: true }));

test('each output is there, by its digests', async () => {
  const records = recordsOf(files);
  expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(kinds));
  for (const [{ digests, sizeBytes }, path] of files)
    expect(await sha256OfFile(path)).toEqual({ sha256: digests.sha256, sizeBytes });
});

test('the parts of the split set belong together and make up the image', async () => {
  const parts = ofKind('swm');
  expect(parts.map((path) => basename(path))).toEqual(['gov.swm', 'gov2.swm', 'gov3.swm', 'gov4.swm']);
  const headers = await Promise.all(parts.map((path) => withWim(path, readWimHeader)));
  expect(headers.map(({ part, parts: count }) => `${part}/${count}`)).toEqual(['1/4', '2/4', '3/4', '4/4']);
  expect(new Set(headers.map(({ guid }) => guid)).size).toBe(1);
  const [first = '', ...refs] = parts;
  await verifyWim(first, { refs });
  expect(await listImage(first, 1, { refs })).toEqual(await listImage(wim, 1));
});

test('an ESD holds the same image in one solid resource, the same bytes each time', async () => {
  const tree = join(place, 'tree');
  await mkdir(join(tree, 'Windows'), { recursive: true });
  for (const name of ['a', 'b']) await copyFile(edition.fixture.rootCertificate, join(tree, 'Windows', name));
  const small = join(place, 'small.wim');
  await runTool(['wimlib-imagex', 'capture', tree, small, 'Small', '--compress=LZX']);
  const shop = await openShop(edition, 'solid', edition);
  const stage = beginStage(silentReporter, 'esd');
  const digests: string[] = [];
  for (const name of ['one', 'two']) {
    const directory = join(place, name);
    await mkdir(directory);
    const [esd = ''] = await pressEsd({ shop, wim: small, output: plannedOutput('esd'), directory, stage });
    digests.push((await sha256OfFile(esd)).sha256);
    expect(await withWim(esd, readWimHeader)).toMatchObject({ isSolid: true, compression: 'lzms' });
    await extractFiles(esd, 1, ['/Windows/a'], directory);
    expect(await readFile(join(directory, 'Windows/a'))).toEqual(await readFile(join(tree, 'Windows/a')));
  }
  expect(digests[1]).toBe(digests[0]);
});

test('the ISO is the vendor’s medium with the edition’s image in it', async () => {
  const [iso = ''] = ofKind('iso');
  const medium = edition.store.path(edition.lock.image.medium?.sha256 ?? '');
  const unpack = async (from: string, name: string) => {
    const to = join(place, name);
    await runTool(['7z', 'x', '-y', '-bd', `-o${to}`, '-x![BOOT]', from]);
    const text = await runToolText(['find', '.', '-type', 'f', '-exec', 'sha256sum', '{}', ';'], { cwd: to });
    return new Map(
      text
        .trim()
        .split('\n')
        .map((line) => [line.slice(66).toLowerCase(), line.slice(0, 64)]),
    );
  };
  const [theirs, ours] = [await unpack(medium, 'theirs'), await unpack(iso, 'ours')];
  expect(ours.get('./sources/install.wim')).toBe((await sha256OfFile(wim)).sha256);
  for (const both of [theirs, ours])
    for (const name of ['./sources/install.wim', './boot.catalog', './boot/boot.cat']) both.delete(name);
  expect(ours).toEqual(theirs);
  expect(await runToolText(['xorriso', '-indev', iso, '-pvd_info'])).toContain('GOV_WINDOWS_2026_11_0');
});

test('an image too large for one file goes onto the ISO in parts', async () => {
  const plan = { ...edition.plan, outputs: [plannedOutput('iso', 4)] };
  const { pressed } = await press('parts', { plan });
  const out = join(place, 'parts-out');
  await runTool(['7z', 'x', '-y', '-bd', `-o${out}`, pressed[0]?.[1] ?? '', 'sources']);
  const parts = (await readdir(join(out, 'sources'))).filter((name) => name.startsWith('install')).sort();
  expect(parts).toEqual(['install.swm', 'install2.swm', 'install3.swm', 'install4.swm']);
  const [first = '', ...refs] = parts.map((name) => join(out, 'sources', name));
  await verifyWim(first, { refs });
});

test('pressed again elsewhere, every output has the same bytes', async () => {
  const { pressed } = await press('elsewhere');
  expect(recordsOf(pressed)).toEqual(recordsOf(files));
});

test('what is kept is not pressed again', async () => {
  const { pressed, events } = await press('reference');
  expect(recordsOf(pressed)).toEqual(recordsOf(files));
  expect(events.map(({ kind, stage }) => `${kind} ${stage}`)).toEqual(
    ['image', 'swm', 'iso'].map((stage) => `cached ${stage}`),
  );
});

test.each([
  ['BIOS', bootMarkers.bios, []],
  ['UEFI', bootMarkers.uefi, ['-bios', '/usr/share/qemu/OVMF.fd']],
])('%s starts the ISO', { timeout: 110_000 }, async (_firmware, marker, firmware) => {
  const [iso = ''] = ofKind('iso');
  const machine = ['-m', '256', '-display', 'none', '-net', 'none', '-serial', 'stdio'];
  const qemu = spawn('qemu-system-x86_64', [...machine, ...firmware, '-cdrom', iso, '-boot', 'd']);
  try {
    let said = '';
    for await (const chunk of qemu.stdout) {
      said += String(chunk);
      if (said.includes(marker)) break;
    }
    expect(said).toContain(marker);
  } finally {
    qemu.kill('SIGKILL');
  }
});

test('an edition of a bare image makes no ISO, and one of a medium that cannot start neither', async () => {
  const bare = await lockOf(edition.store, [edition.fixture.wim]);
  await expect(
    press('bare', { lock: bare, plan: planOf(bare, edition.plan.steps, ['iso']) }),
  ).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_MEDIUM',
    params: { expected: 'an ISO' },
  });
  const tree = join(place, 'lame');
  await mkdir(join(tree, 'sources'), { recursive: true });
  await link(edition.fixture.wim, join(tree, 'sources/install.wim'));
  const medium = join(place, 'lame.iso');
  await runTool(['genisoimage', '-quiet', '-udf', '-o', medium, tree]);
  const lame = await lockOf(edition.store, [edition.fixture.wim], { medium });
  await expect(
    press('lame', { lock: lame, plan: planOf(lame, edition.plan.steps, ['iso']) }),
  ).rejects.toMatchObject({
    code: 'WINDOWS_PRESS_MEDIUM',
    params: { expected: 'boot/etfsboot.com', got: 'none' },
  });
});
