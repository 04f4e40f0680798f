import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile } from '@imprint/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../tools/run-tool.ts';
import { verifySignature } from '../tools/osslsigncode.ts';
import { extractFiles, listImage } from '../tools/wimlib.ts';
import { oldHive } from './bad-media.ts';
import { signatureKinds } from './fixture-tree.ts';
import { buildWindowsFixture, type WindowsFixture } from './windows-fixture.ts';

let directory: string;
let fixture: WindowsFixture;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'windows-fixture-'));
  fixture = await buildWindowsFixture(join(directory, 'fixture'));
});

afterAll(() => rm(directory, { recursive: true }));

const at = (name: string) => join(directory, name);

/** The paths whose entries differ between the first images of two fixtures, or that only one has. */
async function differingPaths(other: WindowsFixture): Promise<string[]> {
  const [before, after] = await Promise.all([listImage(fixture.wim, 1), listImage(other.wim, 1)]);
  const keyed = (list: typeof before) => new Map(list.map((entry) => [entry.path, JSON.stringify(entry)]));
  const [one, two] = [keyed(before), keyed(after)];
  return [...new Set([...one.keys(), ...two.keys()])]
    .filter((path) => one.get(path) !== two.get(path))
    .sort();
}

test('two builds from nothing have the same bytes', async () => {
  const fresh = async (name: string) => {
    const cacheDirectory = await mkdtemp(at('cache-'));
    return hashFile((await buildWindowsFixture(at(name), { manifestCount: 3 }, cacheDirectory)).wim);
  };
  expect(await fresh('first')).toEqual(await fresh('second'));
});

test('programs are vouched for as the fixture says', async () => {
  const { embedded, catalog: inCatalog, none: without } = signatureKinds;
  const [[signed = ''], [listed = ''], [none = '']] = [embedded, inCatalog, without];
  const [programs] = fixture.catalogs;
  const manifest = fixture.catalogs[1]?.members[0] ?? '';
  const catalogs = fixture.catalogs.map(({ path }) => path);
  await extractFiles(fixture.wim, 1, [signed, listed, none, manifest, ...catalogs], at('out'));
  const of = (path: string, catalog?: string) =>
    verifySignature({
      file: at(`out${path}`),
      roots: fixture.rootCertificate,
      catalog: catalog === undefined ? undefined : at(`out${catalog}`),
    });
  expect(programs?.members).toContain(listed);
  expect((await of(signed)).state).toBe('verified');
  expect((await of(listed)).state).toBe('unsigned');
  expect((await of(listed, catalogs[0])).state).toBe('verified');
  expect((await of(none, catalogs[0])).state).toBe('mismatch');
  expect((await of(manifest, catalogs[1])).state).toBe('verified');
});

test.each([
  [1, 'Enterprise', 'Windows 10 Enterprise'],
  [2, 'Professional', 'Windows 10 Pro'],
])('the hives of image %i say %s', async (index, editionId, productName) => {
  const software = '/Windows/System32/config/SOFTWARE';
  await extractFiles(fixture.wim, index, [software], at(`hives-${index}`));
  const text = await runToolText([
    'reglookup',
    '-p',
    '/Microsoft/Windows NT',
    at(`hives-${index}${software}`),
  ]);
  expect(text).toContain(`/EditionID,SZ,${editionId},`);
  expect(text).toContain(`/ProductName,SZ,${productName},`);
  expect(text).toContain('/CurrentBuild,SZ,19045,');
  expect(text).toContain(`/UBR,DWORD,0x${(4291).toString(16).padStart(8, '0').toUpperCase()},`);
});

test('a change asked for is the only one', async () => {
  const path = '/Windows/System32/cmd.exe';
  const twin = (await listImage(fixture.wim, 1)).find(
    (entry) => entry.linkGroup === path && entry.path !== path,
  )?.path;
  const changed = await buildWindowsFixture(at('changed'), {
    changes: [
      { kind: 'flip-byte', path: '/Windows/explorer.exe' },
      { kind: 'extra-file', path: '/Windows/Temp/extra.txt', text: 'extra' },
      { kind: 'descriptor', path: '/Windows/System32/config/SAM', descriptor: 'directory' },
      { kind: 'break-link', path },
    ],
  });
  expect(await differingPaths(changed)).toEqual(
    [path, twin, '/Windows/System32/config/SAM', '/Windows/Temp/extra.txt', '/Windows/explorer.exe'].sort(),
  );
});

test('a change of what is not there is refused', async () => {
  const changes = [{ kind: 'flip-byte', path: '/Windows/none' }] as const;
  await expect(buildWindowsFixture(at('refused'), { changes })).rejects.toThrow(
    'the fixture has no /Windows/none',
  );
});

test('a copy belongs to its taker', async () => {
  const mine = await buildWindowsFixture(at('mine'));
  await copyFile(mine.rootCertificate, mine.wim);
  const next = await buildWindowsFixture(at('next'));
  expect((await readFile(next.wim)).toString('latin1', 0, 5)).toBe('MSWIM');
});

test('an old hive says its age', () => {
  expect(oldHive().readUInt32LE(20)).toBe(1);
  expect(oldHive().readUInt32LE(24)).toBe(1);
});
