import { execFileSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openContentStore, writeLock } from '@imprint/edition';
import type { WindowsLock } from '@imprint/protocol';
import { imageCache } from '../packages/edition/src/drivers/windows/press/base-index.ts';
import { keptNames, type PressedImage } from '../packages/edition/src/drivers/windows/press/kept-image.ts';
import { buildLargeFixture } from '../packages/edition/src/drivers/windows/testing/large-fixture.ts';
import { extractFiles, listImage } from '../packages/edition/src/drivers/windows/tools/wimlib.ts';
import { type Contender, compare, measureCommand } from './measure.ts';
import type { Section } from './table.ts';
import { lockEdition, pressEdition, writeOtherPolicy } from './windows-edition.ts';

/** Presses take minutes, checks seconds. */
const rounds = { press: 2, check: 3 } as const;
const [pressProgram, diffProgram] = ['windows-press.ts', 'windows-diff.ts'].map((name) =>
  join(import.meta.dirname, name),
) as [string, string];

/** A Windows edition that was pressed once, so that all that a vendor's image is looked at only once for is kept. */
interface WindowsWorkshop {
  readonly directory: string;
  readonly home: string;
  readonly lock: WindowsLock;
  readonly lockFile: string;
  /** The vendor's WIM in the content store. */
  readonly base: string;
  /** What it is, in a sentence. */
  readonly description: string;
  readonly first: PressedImage;
}

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;

/** Says what the WIM is, from what is in it. */
async function describe(wim: string): Promise<string> {
  const files = (await listImage(wim, 1)).filter(({ isDirectory }) => !isDirectory);
  const blobs = new Map(files.map(({ sha1, sizeBytes }) => [sha1, sizeBytes]));
  const unpacked = [...blobs.values()].reduce((sum, size) => sum + size, 0);
  const size = `The vendor's WIM is ${gibibytes((await stat(wim)).size)} of LZX for ${gibibytes(unpacked)}, ${files.length} names of files.`;
  const isMadeUp = files.some(({ path }) => path === '/Windows/System32/payload0000.dll');
  if (!isMadeUp) return size;
  return `${size} It is made up: programs of Wine, hives, very many small manifests, and for the most part random bytes of 32 symbols, which any compressor brings to five eighths.`;
}

/** `IMPRINT_BENCH_WIM` names a WIM to take in place of a made-up one; `IMPRINT_BENCH_MIB` makes another size of that. */
async function vendorWim(directory: string): Promise<string> {
  const { IMPRINT_BENCH_WIM: given, IMPRINT_BENCH_MIB: size } = process.env;
  if (given !== undefined) return given;
  const options = size === undefined ? {} : { payloadMebibytes: Number(size) };
  return (await buildLargeFixture(join(directory, 'media'), options)).wim;
}

async function openWindowsWorkshop(): Promise<WindowsWorkshop & { close(): Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-bench-windows-'));
  const close = () => rm(directory, { recursive: true, force: true });
  try {
    const home = join(directory, 'home');
    const lockFile = join(directory, 'edition.lock.json');
    const lock = await lockEdition(await vendorWim(directory), home);
    await rm(join(directory, 'media'), { recursive: true, force: true });
    await writeLock(lockFile, lock);
    const base = openContentStore(join(home, 'store')).path(lock.image.parts[0]?.sha256 ?? '');
    const description = await describe(base);
    const first = await pressEdition(lockFile, home);
    return { directory, home, lock, lockFile, base, description, first, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Nobody waits for what another one wrote. */
const settle = () => execFileSync('sync');

/** The edition's files and edited hives as a command list of wimupdate, taken out of the pressed image. */
async function updateCommands({ directory, first }: WindowsWorkshop): Promise<string> {
  const out = join(directory, 'same-files');
  const paths = [...first.record.added, ...first.record.hives].map(({ path }) => path);
  await extractFiles(join(first.directory, keptNames.wim), 1, paths, out);
  const file = join(directory, 'same-files.txt');
  await writeFile(file, paths.map((path) => `add "${join(out, path)}" "${path}"\n`).join(''));
  return file;
}

function peers({ directory, base }: WindowsWorkshop, commands: string): Contender[] {
  const target = join(directory, 'peer.wim');
  const prepare = async (work: () => Promise<void>) => {
    await rm(target, { force: true });
    await work();
    settle();
  };
  return [
    {
      name: 'wimlib-imagex export of the image, nothing changed',
      run: async () => {
        await prepare(async () => {});
        return measureCommand('wimlib-imagex', ['export', base, '1', target]);
      },
    },
    {
      name: 'wimlib-imagex update --rebuild, the same files and hives that are edited already',
      run: async () => {
        await prepare(() => copyFile(base, target));
        const script = 'wimlib-imagex update "$1" 1 --rebuild < "$2"';
        return measureCommand('sh', ['-c', script, 'sh', target, commands]);
      },
    },
  ];
}

/** Forgets what was pressed and the vendor's hives; that the image was checked, and its paths, stay known. */
async function forget({ home, lock }: WindowsWorkshop): Promise<void> {
  const kept = [join(home, 'outputs'), join(home, 'builds'), join(imageCache({ home, lock }), 'hives')];
  for (const path of kept) await rm(path, { recursive: true, force: true });
  settle();
}

function presses(workshop: WindowsWorkshop): Contender[] {
  const { directory, home, lock, lockFile } = workshop;
  const press = (file: string) => measureCommand(process.execPath, [pressProgram, file, home]);
  let minutes = 10;
  return [
    {
      name: 'imprint, the first press',
      run: async () => {
        await forget(workshop);
        return press(lockFile);
      },
    },
    {
      name: 'imprint, one policy changed',
      run: async () => {
        minutes += 1;
        const file = join(directory, `policy-${minutes}.lock.json`);
        await writeOtherPolicy(lock, minutes, file);
        settle();
        return press(file);
      },
    },
    { name: 'imprint, nothing changed', run: () => press(lockFile) },
  ];
}

/** What comes around the press: evidence with every build, and the first look at a vendor's image. */
function around(workshop: WindowsWorkshop): Contender[] {
  const { home, lockFile, base } = workshop;
  const main = join(import.meta.dirname, '../packages/imprint/src/main.ts');
  return [
    {
      name: 'imprint edition build: the first press, the output and all evidence of a release',
      run: async () => {
        await forget(workshop);
        return measureCommand(process.execPath, [main, 'edition', 'build', lockFile, '--home', home]);
      },
    },
    {
      name: 'imprint, once for each vendor image: all of it unpacked and checked',
      run: () => measureCommand('wimlib-imagex', ['verify', base]),
    },
  ];
}

async function customization(workshop: WindowsWorkshop): Promise<Section> {
  const contenders = [...peers(workshop, await updateCommands(workshop)), ...presses(workshop)];
  const rows = [...(await compare(contenders, rounds.press)), ...(await compare(around(workshop), 1))];
  const { added, hives } = workshop.first.record;
  return {
    title: 'Windows image, customization',
    note: `${workshop.description} The edition is gov-desktop-windows: ${hives.length} hives edited, ${added.length} files added, among them an agent of 72 MiB of program code and an installer of 60 MiB that does not compress. The peer gets a copy of the WIM and the finished hives for nothing. imprint edits the hives, checks every byte of the image it wrote against the vendor's, reads its own files back, hashes it with SHA-256 and SM3 and waits for the disk; the vendor's image was checked and listed before.`,
    base: rows[0]?.name ?? '',
    rows,
  };
}

async function integrity({ home, lockFile, base, first }: WindowsWorkshop): Promise<Section> {
  const pressed = join(first.directory, keptNames.wim);
  const check = (what: string) => () =>
    measureCommand(process.execPath, [diffProgram, what, lockFile, home, first.directory]);
  const both = 'for wim do wimlib-imagex dir "$wim" 1 --detailed > /dev/null || exit; done';
  const rows = await compare(
    [
      {
        name: 'wimlib-imagex dir --detailed of both images, read by nobody',
        run: () => measureCommand('sh', ['-c', both, 'sh', base, pressed]),
      },
      { name: 'imprint started, nothing compared', run: check('start') },
      { name: 'imprint, both blob tables compared', run: check('blobs') },
      { name: 'imprint, both images listed and every path classified', run: check('paths') },
      {
        name: 'imprint, that and every registry value, and added files read back',
        run: check('all'),
      },
      {
        name: 'wimlib-imagex verify of the pressed image',
        run: () => measureCommand('wimlib-imagex', ['verify', pressed]),
      },
    ],
    rounds.check,
  );
  return {
    title: 'Windows image, integrity',
    note: "The vendor's image and the pressed one of the table above, warm cache. Metadata alone says that paths, digests, access lists, links and times are the vendor's; that the data is what the digests say, only unpacking it shows. Every row of imprint includes its start.",
    base: rows[0]?.name ?? '',
    rows,
  };
}

/** Customization and integrity of a Windows image as large as a vendor's. */
export async function windowsSections(): Promise<readonly Section[]> {
  const workshop = await openWindowsWorkshop();
  try {
    return [await customization(workshop), await integrity(workshop)];
  } finally {
    await workshop.close();
  }
}
