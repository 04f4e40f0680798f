import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DebianLock, type ImprintError, isWindowsLock } from '@imprint/protocol';
import Value from 'typebox/value';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { antivirusProvidersOf } from '../antivirus/index.ts';
import { loadManifest } from '../manifest/index.ts';
import { silentReporter } from '../progress.ts';
import { type ContentStore, openContentStore } from '../store/index.ts';
import { runTool } from '../tools/run-tool.ts';
import { encodeLock, lockSha256, readLock, writeLock } from './lock-file.ts';
import { resolveLock } from './resolve-lock.ts';
import {
  dropKey,
  type Key,
  makeKey,
  miniatureDebian,
  type TestPackage,
  writeArchive,
} from './testing/archive.ts';
import { type FileServer, serveFiles } from './testing/server.ts';

let directory: string;
let key: Key;
let stranger: Key;
let server: FileServer;
let store: ContentStore;

const archive = () => join(directory, 'archive');
const suite = (packages: readonly TestPackage[], name = 'trixie') =>
  writeArchive(archive(), key, { suite: name, packages });

/** What the tests want beyond the profile, with every trap in it. */
const further: TestPackage[] = [
  { name: 'editor', fields: { Depends: 'libedit (>= 1)', Recommends: 'spelling' } },
  { name: 'libedit', fields: { Source: 'edit (3.2)' } },
  { name: 'spelling' },
  { name: 'survey', fields: { Depends: 'popularity-contest' } },
  { name: 'suite-office', fields: { Depends: 'survey' } },
  { name: 'popularity-contest' },
  { name: 'red', fields: { Conflicts: 'blue' } },
  { name: 'blue' },
  { name: 'nodejs', version: '20.1' },
];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-lock-'));
  [key, stranger] = [await makeKey(directory, 'archive-key'), await makeKey(directory, 'stranger')];
  await mkdir(archive());
  server = await serveFiles(archive());
});
afterAll(async () => {
  await server.close();
  for (const made of [key, stranger]) await dropKey(made);
  await rm(directory, { recursive: true, force: true });
});
beforeEach(async () => {
  store = openContentStore(join(directory, 'store'));
  await suite([...miniatureDebian(), ...further]);
  await suite([], 'trixie-updates');
  await suite([], 'trixie-security');
});

const manifestText = (rest: string, packages = '') => `apiVersion: imprint/v1
edition: test
version: 2026.11.0
title: { en: Test, zh-CN: 测试 }
base: { debian: { suite: trixie, profile: server-minimal, mirror: '${server.url}', securityMirror: '${server.url}', packages: [${packages}] } }
locale: { language: zh_CN.UTF-8, timezone: Asia/Shanghai, keyboard: cn }
trust: { profile: dual }
services: { imprint: https://imprint.example }
outputs: [rootfs]
${rest}`;

async function resolveText(text: string, keyring = key.keyring, name = 'edition.yaml'): Promise<DebianLock> {
  const file = join(directory, name);
  await writeFile(file, text);
  const loaded = await loadManifest(file, { workspace: directory });
  const lock = await resolveLock(loaded, {
    store,
    cacheDir: join(directory, 'cache'),
    reporter: silentReporter,
    keyring,
  });
  return isWindowsLock(lock) ? expect.unreachable('a Windows lock') : lock;
}

const refusalOf = (text: string, keyring = key.keyring) =>
  resolveText(text, keyring).then(
    () => expect.unreachable('the lock resolved'),
    (error: ImprintError) => error,
  );

const names = (packages: readonly { name: string }[]) => packages.map(({ name }) => name);

/** Makes a real package file of a local supplier. */
async function makeDeb(control: string): Promise<string> {
  const tree = await mkdtemp(join(directory, 'deb-'));
  await mkdir(join(tree, 'DEBIAN'));
  await writeFile(
    join(tree, 'DEBIAN', 'control'),
    `${control}Maintainer: Local <local@localhost>\nDescription: test\n`,
  );
  await runTool(['dpkg-deb', '--root-owner-group', '--build', tree, join(directory, 'part.deb')]);
  return 'components: [{ role: agent, name: part, supplier: Local, origin: local, file: part.deb }]\n';
}

describe('what a lock holds', () => {
  test('the profile, what goes beyond it, and the tools, each sorted and exact', async () => {
    const lock = await resolveText(manifestText('', 'editor'));
    expect(Value.Check(DebianLock, lock)).toBe(true);
    expect(names(lock.base)).toEqual(
      expect.arrayContaining(['base-files', 'mawk', 'systemd', 'linux-image-cloud-amd64']),
    );
    expect(names(lock.packages)).toEqual([
      'console-setup',
      'editor',
      'keyboard-configuration',
      'libedit',
      'locales',
    ]);
    expect(names(lock.tools)).toContain('squashfs-tools');
    expect(names(lock.tools)).not.toContain('e2fsprogs');
    expect(names(lock.base)).toEqual(names(lock.base).sort());
    expect(lock.packages.find(({ name }) => name === 'libedit')).toMatchObject({
      version: '1.0',
      source: { name: 'edit', version: '3.2' },
      archive: 'base',
      path: 'pool/trixie/libedit_1.0_amd64.deb',
      sizeBytes: 200,
    });
    expect(lock.sourceDateEpoch).toBe(Date.parse('2026-11-02T10:00:00Z') / 1000);
  });

  test('the newest of all three archives is taken, and an equal one from the first', async () => {
    await suite(
      [
        { name: 'libedit', version: '2.0' },
        { name: 'editor', version: '1.0', fields: { Depends: 'libedit' } },
      ],
      'trixie-updates',
    );
    await suite([{ name: 'systemd', version: '1.0+deb13u1' }], 'trixie-security');
    const lock = await resolveText(manifestText('', 'editor'));
    const archiveOf = (name: string) => [...lock.base, ...lock.packages].find((entry) => entry.name === name);
    expect(archiveOf('libedit')).toMatchObject({ version: '2.0', archive: 'updates' });
    expect(archiveOf('systemd')).toMatchObject({ version: '1.0+deb13u1', archive: 'security' });
    expect(archiveOf('editor')).toMatchObject({ archive: 'base' });
  });

  test('the same input gives the same bytes, and a file holds them', async () => {
    const first = await resolveText(manifestText('', 'editor'));
    const second = await resolveText(manifestText('', 'editor'));
    expect(encodeLock(second)).toBe(encodeLock(first));
    const file = join(directory, 'edition.lock.json');
    await writeLock(file, first);
    const read = await readLock(file);
    expect(read).toEqual(first);
    expect(lockSha256(read)).toBe(lockSha256(first));
    expect(
      encodeLock(first)
        .split('\n')
        .filter((line) => line.includes('"name":"editor"')),
    ).toHaveLength(1);
  });

  test('an antivirus that is not in the image brings its bytes and what it says of itself, and nothing upstream', async () => {
    await makeDeb('Package: guard-antivirus\nVersion: 2.1\nArchitecture: all\nDepends: editor\n');
    const entry = 'role: antivirus, supplier: Local, approvedUntil: "2027-12-31T00:00:00Z"';
    const rest = `components:
  - { ${entry}, name: blue, origin: upstream, package: blue, default: true }
  - { ${entry}, name: Guard, origin: local, file: part.deb }\n`;
    const lock = await resolveText(manifestText(rest));
    expect(Value.Check(DebianLock, lock)).toBe(true);
    expect(names(lock.packages)).toContain('blue');
    expect(names(lock.packages)).not.toContain('editor');
    const [input] = lock.inputs;
    expect(input).toMatchObject({
      ...{ role: 'antivirus-alternative', name: 'Guard' },
      deb: { package: 'guard-antivirus', version: '2.1' },
    });
    const [inImage, alternative] = antivirusProvidersOf(lock);
    expect([inImage?.name, inImage?.installer]).toEqual(['blue', undefined]);
    expect(alternative?.installer).toMatchObject({ package: 'guard-antivirus', sha256: input?.sha256 });
    await makeDeb('Package: guard-antivirus\nVersion: 2.1\nArchitecture: arm64\n');
    expect((await refusalOf(manifestText(rest))).code).toBe('LOCK_COMPONENT_INVALID');
  });

  test('a local component brings its dependencies, its bytes and not itself as upstream', async () => {
    const rest = await makeDeb('Package: part\nVersion: 1\nArchitecture: amd64\nDepends: nodejs (>= 18)\n');
    const lock = await resolveText(manifestText(rest));
    expect(names(lock.packages)).toContain('nodejs');
    expect(names(lock.packages)).not.toContain('part');
    const [input] = lock.inputs;
    expect(input).toMatchObject({ role: 'component', name: 'part' });
    expect(await store.verify(input?.sha256 ?? '')).toBe(true);
  });
});

describe('what is refused, with the line that asks for it', () => {
  test('packages that upstream does not have, all at once', async () => {
    const error = await refusalOf(manifestText('', 'editer, nothing-like-it, editor'));
    expect(error.code).toBe('LOCK_UNRESOLVED');
    expect(error.details).toMatchObject([
      {
        code: 'LOCK_PACKAGE_MISSING',
        params: { package: 'editer', suggestion: 'editor' },
        place: { line: 5 },
      },
      { code: 'LOCK_PACKAGE_MISSING', params: { package: 'nothing-like-it' }, place: { line: 5 } },
    ]);
  });

  test('a removed package that something needs, with who needs it', async () => {
    const error = await refusalOf(manifestText('remove: [popularity-contest]\n', 'editor, suite-office'));
    expect(error.details).toMatchObject([
      {
        code: 'LOCK_REMOVED_NEEDED',
        params: { package: 'popularity-contest', neededBy: 'survey', askedBy: '/base/debian/packages/1' },
        place: { line: 10, pointer: '/remove/0' },
      },
    ]);
  });

  test('a package both asked for and removed', async () => {
    const error = await refusalOf(manifestText('remove: [editor]\n', 'editor'));
    expect(error.details).toMatchObject([{ code: 'LOCK_PACKAGE_REMOVED', place: { line: 10 } }]);
  });

  test('packages that exclude each other', async () => {
    const error = await refusalOf(manifestText('', 'editor, blue, red, nodejs'));
    expect(error.details).toMatchObject([
      {
        code: 'LOCK_CONFLICT',
        params: { package: 'red', reason: expect.stringContaining('Conflicts: blue') },
        place: { line: 5, pointer: '/base/debian/packages/2' },
      },
    ]);
  });

  test('a component whose dependency upstream cannot meet', async () => {
    const rest = await makeDeb('Package: part\nVersion: 1\nArchitecture: all\nDepends: nodejs (>= 99)\n');
    expect((await refusalOf(manifestText(rest))).details).toMatchObject([
      {
        code: 'LOCK_CONFLICT',
        params: { package: 'part' },
        place: { line: 10, pointer: '/components/0/file' },
      },
    ]);
  });

  test('a component that is no package, or one for another machine', async () => {
    const rest = await makeDeb('Package: part\nVersion: 1\nArchitecture: arm64\n');
    expect(await refusalOf(manifestText(rest))).toMatchObject({
      code: 'LOCK_COMPONENT_INVALID',
      params: { got: 'arm64' },
    });
    await writeFile(join(directory, 'part.deb'), 'not a package');
    expect(await refusalOf(manifestText(rest))).toMatchObject({
      code: 'LOCK_COMPONENT_INVALID',
      place: { line: 10 },
    });
  });

  test('a component of another digest than the manifest states', async () => {
    const rest = await makeDeb('Package: part\nVersion: 1\nArchitecture: all\n');
    const stated = rest.replace('file: part.deb', `file: part.deb, sha256: ${'a'.repeat(64)}`);
    expect(await refusalOf(manifestText(stated))).toMatchObject({
      code: 'LOCK_DIGEST_MISMATCH',
      params: { expected: 'a'.repeat(64) },
      place: { line: 10 },
    });
  });
});

test('runs at the same time do not see each other, and leave nothing behind', async () => {
  const texts = ['remove: [spelling]\n', 'remove: [nodejs]\n'].map((rest) => manifestText(rest, 'editor'));
  const locks = await Promise.all(
    texts.map((text, index) => resolveText(text, key.keyring, `edition-${index}.yaml`)),
  );
  expect(locks.map(({ manifest }) => manifest.remove)).toEqual([['spelling'], ['nodejs']]);
  expect(names(locks[0]?.packages ?? [])).toEqual(names(locks[1]?.packages ?? []));
  const left = await readdir(join(directory, 'cache', 'apt'), { recursive: true });
  expect(left.filter((name) => name.includes('run-') || name.includes('/.'))).toEqual([]);
});

describe('archives that cannot be trusted or reached', () => {
  test('a keyring that is not there', async () => {
    expect(await refusalOf(manifestText(''), join(directory, 'none.gpg'))).toMatchObject({
      code: 'LOCK_KEYRING_MISSING',
    });
  });

  test('an index signed by a key that the keyring lacks', async () => {
    expect(await refusalOf(manifestText(''), stranger.keyring)).toMatchObject({
      code: 'LOCK_ARCHIVE_KEY_MISSING',
    });
  });

  test('an index changed after it was signed', async () => {
    server.mischief = (request, response, content) => {
      if (!request.url?.endsWith('/trixie/InRelease')) return false;
      response.end(content.toString().replace('Codename: trixie', 'Codename: trixiE'));
      return true;
    };
    const error = await refusalOf(manifestText(''));
    server.mischief = undefined;
    expect(error).toMatchObject({ code: 'LOCK_ARCHIVE_SIGNATURE', params: { archive: 'trixie' } });
  });

  test.each([
    ['long past', { validUntil: 'Mon, 02 Nov 2020 10:00:00 UTC' }],
    ['not yet begun', { date: 'Mon, 02 Nov 2099 10:00:00 UTC' }],
  ])('an index whose time is %s', async (_when, dates) => {
    await writeArchive(archive(), key, { suite: 'trixie', packages: miniatureDebian(), ...dates });
    expect(await refusalOf(manifestText(''))).toMatchObject({
      code: 'LOCK_ARCHIVE_EXPIRED',
      params: { archive: 'trixie' },
    });
  });

  test('a mirror that lacks the index, though an older index is at hand', async () => {
    await resolveText(manifestText(''));
    server.mischief = (_request, response) => {
      response.writeHead(404).end();
      return true;
    };
    const error = await refusalOf(manifestText(''));
    server.mischief = undefined;
    expect(error).toMatchObject({ code: 'LOCK_ARCHIVE_UNREACHABLE' });
  });
});

test.each([
  ['nothing', undefined],
  ['text', 'not json'],
  ['another document', '{"lockVersion": 2}'],
])('a lock file that holds %s is refused', async (_what, text) => {
  const file = join(directory, 'broken.lock.json');
  await rm(file, { force: true });
  if (text !== undefined) await writeFile(file, text);
  await expect(readLock(file)).rejects.toMatchObject({ code: 'LOCK_FILE_INVALID', place: { file } });
});
