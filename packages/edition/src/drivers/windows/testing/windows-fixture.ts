import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { patchWimGuid } from '../formats/wim/patch-guid.ts';
import { captureImage, type FixtureImage, pinImageTimes } from './capture-fixture.ts';
import { type FixtureVendor, fixtureVendor } from './fixture-certificates.ts';
import { applyChanges, type FixtureChange } from './fixture-changes.ts';
import { writeFixtureHives, writeSoftwareHive } from './fixture-hives.ts';
import { type FixtureCatalog, placeContents, writeCatalogs, writeVendorFiles } from './fixture-programs.ts';
import { materialise, pinTimes, type StagedFile, setNtfsMetadata } from './fixture-stage.ts';
import { fixtureTree } from './fixture-tree.ts';
import { inNtfsImage, makeNtfsImage, ntfsMountObstacle } from './ntfs-image.ts';

export interface WindowsFixtureOptions {
  readonly build?: number;
  readonly revision?: number;
  /** Small WinSxS manifests beside those of the programs. */
  readonly manifestCount?: number;
  /** False builds as on a machine without FUSE: no descriptors, short names or streams. */
  readonly acls?: boolean;
  /** What differs from the ordinary fixture, in both images; hives and catalogs can be changed too. */
  readonly changes?: readonly FixtureChange[];
}

/** A made-up medium with real programs, hives, catalogs and signatures. */
export interface WindowsFixture {
  readonly wim: string;
  readonly vendor: FixtureVendor;
  /** PEM files of the vendor, as osslsigncode takes them. */
  readonly rootCertificate: string;
  readonly signerCertificate: string;
  readonly signerKey: string;
  readonly images: readonly FixtureImage[];
  readonly catalogs: readonly FixtureCatalog[];
  readonly epochSeconds: number;
  /** Says why descriptors, short names and streams are missing, when they are. */
  readonly withoutAcls: string | undefined;
}

type Recorded = Pick<WindowsFixture, 'images' | 'catalogs' | 'withoutAcls'>;

/** The one time of the fixture's files and images. */
export const fixtureEpochSeconds = Date.UTC(2019, 11, 7, 9, 14, 52) / 1000;
const ntfsSizeBytes = 192 * 1024 * 1024;
const softwarePath = '/Windows/System32/config/SOFTWARE';

function imagesOf({ build = 19045, revision = 4291 }: WindowsFixtureOptions): [FixtureImage, FixtureImage] {
  const image = (productName: string, editionId: string) => ({
    name: productName,
    productName,
    editionId,
    flags: editionId,
    build,
    revision,
  });
  return [image('Windows 10 Enterprise', 'Enterprise'), image('Windows 10 Pro', 'Professional')];
}

interface Stage {
  readonly work: string;
  readonly wim: string;
  readonly files: readonly StagedFile[];
  readonly images: readonly FixtureImage[];
}

async function captureWithAcls({ work, wim, files, images }: Stage): Promise<void> {
  const source = join(work, 'ntfs.img');
  await makeNtfsImage(source, ntfsSizeBytes);
  for (const [position, image] of images.entries()) {
    await inNtfsImage(source, async (root) => {
      if (position === 0) await materialise(root, files);
      // Writing in place keeps the hive's descriptor, which a new file would not have.
      await writeSoftwareHive(join(work, 'SOFTWARE.next'), image);
      await writeFile(join(root, softwarePath), await readFile(join(work, 'SOFTWARE.next')));
      await setNtfsMetadata(root, files, fixtureEpochSeconds);
    });
    await captureImage({ source, wim, index: position + 1, image, hasAcls: true });
  }
}

async function captureWithoutAcls({ work, wim, files, images }: Stage): Promise<void> {
  const source = join(work, 'tree');
  await materialise(source, files);
  for (const [position, image] of images.entries()) {
    await writeSoftwareHive(join(work, 'SOFTWARE.next'), image);
    await writeFile(join(source, softwarePath), await readFile(join(work, 'SOFTWARE.next')));
    await pinTimes(source, fixtureEpochSeconds);
    await captureImage({ source, wim, index: position + 1, image, hasAcls: false });
  }
}

/** Prepares the files of the fixture and of what else is captured with them. */
export async function stageFiles(work: string, directory: string, options: WindowsFixtureOptions) {
  const images = imagesOf(options);
  const [first] = images;
  const tree = fixtureTree(String(first.build), options.manifestCount ?? 300);
  const vendor = await writeVendorFiles(directory, fixtureVendor());
  const contents = await placeContents(work, tree, vendor, fixtureEpochSeconds);
  const version = `10.0.${first.build}.${first.revision}`;
  const catalogs = await writeCatalogs(work, contents, vendor, {
    epochSeconds: fixtureEpochSeconds,
    version,
  });
  const hives = await writeFixtureHives(work, first);
  const files: StagedFile[] = [
    ...tree.map(({ content, ...file }) => ({ ...file, from: contents.get(file.path) ?? '' })),
    ...catalogs.map(({ path, file }) => ({ path, from: file, descriptor: 'protected' as const })),
    ...Object.entries(hives).map(([path, from]) => ({ path, from, descriptor: 'hive' as const })),
  ];
  const changed = await applyChanges(work, files, options.changes ?? []);
  return { images, files: changed, catalogs: catalogs.map(({ path, members }) => ({ path, members })) };
}

async function buildInto(directory: string, options: WindowsFixtureOptions, key: string): Promise<void> {
  const work = join(directory, 'work');
  await mkdir(work);
  const { images, files, catalogs } = await stageFiles(work, directory, options);
  const wim = join(directory, 'install.wim');
  const withoutAcls = options.acls === false ? 'asked for without' : ntfsMountObstacle();
  const capture = withoutAcls === undefined ? captureWithAcls : captureWithoutAcls;
  const captured = join(work, 'captured.wim');
  await capture({ work, wim: captured, files, images });
  for (const index of images.keys()) await pinImageTimes(captured, index + 1, fixtureEpochSeconds);
  // Appending leaves an old XML with the clock's times in a gap; an export has no gaps.
  await runTool(['wimlib-imagex', 'export', captured, 'all', wim]);
  await patchWimGuid(wim, key);
  const recorded: Recorded = { images, catalogs, withoutAcls };
  await writeFile(join(directory, 'fixture.json'), JSON.stringify(recorded));
  await rm(work, { recursive: true });
}

/** A key over the options and the fixture's own code, so that a change of either builds anew. */
async function cacheKey(options: WindowsFixtureOptions): Promise<string> {
  const here = import.meta.dirname;
  const formats = [
    'catalog/catalog.ts',
    'catalog/der-values.ts',
    'pe/authenticode-digest.ts',
    'regf/minimal-hive.ts',
    'wim/patch-guid.ts',
  ];
  const own = (await readdir(here))
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify({ ...options, obstacle: ntfsMountObstacle() }));
  for (const name of [...own, ...formats.map((path) => `../formats/${path}`)])
    hash.update(await readFile(join(here, name)));
  return hash.digest('hex');
}

async function cached(options: WindowsFixtureOptions, cacheDirectory: string): Promise<string> {
  const key = await cacheKey(options);
  const ready = join(cacheDirectory, `imprint-windows-fixture-${key.slice(0, 16)}`);
  if ((await stat(ready).catch(() => undefined)) !== undefined) return ready;
  const building = await mkdtemp(join(cacheDirectory, 'imprint-windows-fixture-new-'));
  try {
    await buildInto(building, options, key);
    await rename(building, ready).catch(async (cause: NodeJS.ErrnoException) => {
      // Another test process was first; its bytes are the same.
      if (cause.code !== 'ENOTEMPTY' && cause.code !== 'EEXIST') throw cause;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return ready;
}

/**
 * Builds an `install.wim` of two images in a directory, from real components only. The first build of a machine
 * takes a few seconds and is kept in the temporary directory; later ones copy it.
 */
export async function buildWindowsFixture(
  directory: string,
  options: WindowsFixtureOptions = {},
  cacheDirectory: string = tmpdir(),
): Promise<WindowsFixture> {
  await mkdir(dirname(directory), { recursive: true });
  await cp(await cached(options, cacheDirectory), directory, { recursive: true });
  const recorded = JSON.parse(await readFile(join(directory, 'fixture.json'), 'utf8')) as Recorded;
  return {
    ...recorded,
    withoutAcls: recorded.withoutAcls,
    wim: join(directory, 'install.wim'),
    vendor: fixtureVendor(),
    rootCertificate: join(directory, 'vendor-root.pem'),
    signerCertificate: join(directory, 'vendor-signer.pem'),
    signerKey: join(directory, 'vendor-signer.key'),
    epochSeconds: fixtureEpochSeconds,
  };
}
