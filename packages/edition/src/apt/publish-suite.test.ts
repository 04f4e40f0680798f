import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FileServer, serveFiles } from '../lock/testing/server.ts';
import { type ContentStore, openContentStore } from '../store/index.ts';
import { parseRelease } from './index-files.ts';
import { type PublishSuiteOptions, publishSuite } from './publish-suite.ts';
import { judgeServed } from './rules.ts';
import { isSignedBy, makeAptKey } from './signing-key.ts';
import { type AptClient, aptClient } from './testing/apt-client.ts';
import { putDeb } from './testing/debs.ts';

let directory: string;
let store: ContentStore;
let keyring: string;
let server: FileServer;
let tree: string;
let count = 0;
const minute = 60_000;
/** apt looks at this machine's clock. */
const now = new Date(Date.now() - 10 * minute);
const later = (minutes: number) => new Date(now.getTime() + minutes * minute);

const old = { name: 'editor', version: '1.0-1', fields: { Depends: 'libedit (>= 1)' } };
const fixed = {
  ...old,
  version: '1.0-1+deb13u1',
  changelog: [
    ['1.0-1+deb13u1', 'fix CVE-2026-1234'],
    ['1.0-1', 'fix CVE-2025-1000'],
  ] as const,
};
let lib: string;
let before: string[];
let after: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-apt-'));
  store = openContentStore(join(directory, 'store'));
  ({ keyring } = await makeAptKey(join(directory, 'key'), 'Imprint apt'));
  lib = await putDeb(store, { name: 'libedit', version: '1:3.1' });
  before = [lib, await putDeb(store, old)];
  after = [lib, await putDeb(store, fixed)];
});
afterAll(() => rm(directory, { recursive: true, force: true }));
beforeEach(async () => {
  tree = join(directory, `tree-${++count}`);
  await mkdir(tree);
  server = await serveFiles(tree);
  return () => server.close();
});

const publish = (options: Partial<PublishSuiteOptions> & { digests: readonly string[] }) =>
  publishSuite({
    store,
    tree,
    keyDirectory: join(directory, 'key'),
    edition: 'gov-base',
    ring: 'pilot',
    version: '2026.11.0',
    now,
    ...options,
  });

const client = (settings: readonly string[] = []): Promise<AptClient> =>
  aptClient(join(directory, `client-${++count}`), { url: server.url, suite: 'pilot', keyring }, settings);

const inRelease = () => join(tree, 'dists', 'pilot', 'InRelease');

describe('an unmodified apt', () => {
  test('updates by digest, installs, and upgrades when the suite moves on', async () => {
    await publish({ digests: before });
    const device = await client();
    expect(await device.run('apt-get', 'update')).toMatchObject({ exitCode: 0 });
    expect(server.requests.some((line) => line.includes('/by-hash/SHA256/'))).toBe(true);
    expect(await device.run('apt-get', 'install', 'editor')).toMatchObject({ exitCode: 0 });
    expect(await device.status()).toContain('Version: 1.0-1\n');
    await publish({ digests: after, now: later(1) });
    await device.run('apt-get', 'update');
    expect(await device.run('apt-get', 'upgrade')).toMatchObject({ exitCode: 0 });
    expect(await device.status()).toContain('Version: 1.0-1+deb13u1\n');
    expect(await readFile(join(device.root, 'usr/share/editor/version'), 'utf8')).toBe('1.0-1+deb13u1\n');
  });

  test('refuses an index that was changed, and one whose time is over', async () => {
    await publish({ digests: before });
    const device = await client();
    server.mischief = (request, response, content) => {
      if (!request.url?.includes('/by-hash/')) return false;
      response.end(Buffer.from(content).fill(0x41, 0, 1));
      return true;
    };
    const tampered = await device.run('apt-get', 'update');
    expect(tampered.exitCode).toBe(100);
    expect(tampered.text).toContain('Hash Sum mismatch');
    server.mischief = (request, response, content) => {
      if (!request.url?.endsWith('InRelease')) return false;
      response.end(content.toString().replace('Suite: pilot', 'Suite: broad'));
      return true;
    };
    expect(await (await client()).run('apt-get', 'update')).toMatchObject({ exitCode: 100 });
    server.mischief = undefined;
    await rm(inRelease());
    const past = new Date(now.getTime() - 20 * 86_400_000);
    // Made with a time that was good then: the writer's own apt refuses to let it out now.
    await expect(publish({ digests: before, now: past })).rejects.toMatchObject({
      code: 'LOCK_ARCHIVE_EXPIRED',
    });
    await publish({ digests: before, validDays: 15 / 1440 });
    const soon = await client(['Acquire::Max-ValidTime "60";']);
    expect((await soon.run('apt-get', 'update')).text).toMatch(/is expired/);
  });

  test('keeps the newer index in silence when an older one is served again; we notice', async () => {
    await publish({ digests: before });
    await copyFile(inRelease(), join(directory, 'older'));
    await publish({ digests: after, now: later(1) });
    const device = await client();
    await device.run('apt-get', 'update');
    const served = await readFile(join(directory, 'older'), 'utf8');
    server.mischief = (request, response) => {
      if (!request.url?.endsWith('InRelease')) return false;
      response.end(served);
      return true;
    };
    expect(await device.run('apt-get', 'update')).toMatchObject({ exitCode: 0 });
    expect((await device.run('apt-cache', 'policy', 'editor')).text).toContain('1.0-1+deb13u1');
    const published = parseRelease(await readFile(inRelease(), 'utf8'));
    if (published === undefined) return expect.unreachable('no suite');
    const judge = async (text: string | undefined) =>
      judgeServed({
        published,
        served: text === undefined ? undefined : parseRelease(text),
        isSigned: text !== undefined && (await isSignedBy(keyring, text)),
        isSame: text === (await readFile(inRelease(), 'utf8')),
        now: later(2),
      });
    expect(await judge(served)).toBe('replayed');
    expect(await judge(await readFile(inRelease(), 'utf8'))).toBe('current');
    expect(await judge(served.replace('pilot', 'pilox'))).toBe('unsigned');
    expect(await judge(undefined)).toBe('unknown');
  });
});

/** It works on `/` only, so the client's directories are mounted there, for it alone. */
function unattendedUpgrade(root: string): string[] {
  const mounts =
    'for d in etc/apt var/lib/apt var/lib/dpkg var/cache/apt; do mount --bind "$0/$d" "/$d"; done';
  const script = `${mounts}; exec unattended-upgrade --dry-run --debug`;
  return ['unshare', '--mount', 'sh', '-ec', script, root];
}

test('unattended-upgrades takes what our origin and ring offer, and nothing when its pattern names another ring', async () => {
  await publish({ digests: before });
  const pattern = (ring: string) => [
    `Unattended-Upgrade::Origins-Pattern { "origin=Imprint,label=gov-base,codename=${ring}"; };`,
    `APT::UnattendedUpgrades::LogDir "${directory}";`,
  ];
  const [ours, others] = [await client(pattern('pilot')), await client(pattern('broad'))];
  for (const device of [ours, others]) {
    await device.run('apt-get', 'update');
    expect(await device.run('apt-get', 'install', 'editor')).toMatchObject({ exitCode: 0 });
  }
  await publish({ digests: after, now: later(1) });
  const dryRun = async (device: AptClient) => {
    await device.run('apt-get', 'update');
    return (await device.run(...unattendedUpgrade(device.root))).text;
  };
  expect(await dryRun(ours)).toMatch(/Packages that will be upgraded: editor/);
  expect(await dryRun(others)).not.toMatch(/Packages that will be upgraded: editor/);
});

test('debsecan finds on a device what the changelogs of the served packages say is fixed', async () => {
  await publish({ digests: before });
  const device = await client();
  await device.run('apt-get', 'update');
  await device.run('apt-get', 'install', 'editor');
  const made = await publish({ digests: after, now: later(1) });
  expect(made).toMatchObject({ fixedCves: 2, unknownSources: ['libedit'] });
  const look = () =>
    device.run(
      'debsecan',
      '--source',
      `${server.url}/debsecan/`,
      '--suite',
      'pilot',
      '--status',
      join(device.root, 'var/lib/dpkg/status'),
      '--only-fixed',
    );
  expect((await look()).text).toContain('CVE-2026-1234 editor');
  expect((await look()).text).not.toContain('CVE-2025-1000');
  await device.run('apt-get', 'update');
  await device.run('apt-get', 'upgrade');
  expect((await look()).text).not.toContain('CVE-');
});

describe('what is never served', () => {
  test('a set that apt cannot install from the suite alone', async () => {
    const [, editor = ''] = before;
    await expect(publish({ digests: [editor] })).rejects.toMatchObject({
      code: 'APT_SET_NOT_CLOSED',
      params: { reason: expect.stringContaining('libedit') },
    });
    expect(await readdir(tree)).toEqual([]);
  });

  test('an older set, or one with a date that is not newer', async () => {
    await publish({ digests: after });
    const bytes = await readFile(inRelease());
    await expect(publish({ digests: after })).rejects.toMatchObject({ code: 'APT_DATE_NOT_NEWER' });
    await expect(publish({ digests: before, now: later(1) })).rejects.toMatchObject({
      code: 'APT_SET_GOES_BACK',
      params: { count: 1, package: 'editor', from: '1.0-1+deb13u1', to: '1.0-1' },
    });
    expect(await readFile(inRelease())).toEqual(bytes);
    await publish({ digests: before, now: later(2), allowOlder: true });
    expect(parseRelease(await readFile(inRelease(), 'utf8'))?.date).toEqual(
      new Date(Math.floor(later(2).getTime() / 1000) * 1000),
    );
  });

  test('a file that is no package, a ring without a plain name, a suite without a key', async () => {
    const { sha256 } = await store.putBytes(Buffer.from('no package'));
    await expect(publish({ digests: [sha256] })).rejects.toMatchObject({ code: 'APT_PACKAGE_MALFORMED' });
    const hostile = await putDeb(store, { name: 'evil', version: '1', fields: { Filename: '../../x' } });
    await expect(publish({ digests: [hostile] })).rejects.toMatchObject({ code: 'APT_PACKAGE_MALFORMED' });
    await expect(publish({ digests: before, ring: '../x' })).rejects.toMatchObject({
      code: 'APT_NAME_INVALID',
    });
    await expect(publish({ digests: before, keyDirectory: directory })).rejects.toMatchObject({
      code: 'APT_KEY_MISSING',
    });
    await expect(makeAptKey(join(directory, 'key'), 'x')).rejects.toMatchObject({ code: 'APT_KEY_EXISTS' });
  });
});

test('a client in the middle of an update finds the index it was told of, until its time is over', async () => {
  const day = 1440;
  const listed = async () => {
    const names = await readdir(join(tree, 'dists/pilot/main/binary-amd64/by-hash/SHA256'));
    return names.length;
  };
  await publish({ digests: before, now: later(-9 * day) });
  await publish({ digests: after, now: later(-8 * day) });
  expect(await listed()).toBe(4);
  await publish({ digests: [lib], now: later(0), keepDays: 7 });
  // The first pair was replaced eight days ago, the second one just now.
  expect(await listed()).toBe(4);
  const pool = (await readdir(join(tree, 'pool'), { recursive: true })).filter((name) =>
    name.endsWith('.deb'),
  );
  expect(pool).toHaveLength(3);
  for (const name of pool) expect((await stat(join(tree, 'pool', name))).size).toBeGreaterThan(100);
});
