import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { makeAptKey, openContentStore, parseRelease, runTool, sweepPool } from '@imprint/edition';
import type { DebianLock } from '@imprint/protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRoot, withdrawCurrent } from '../index.ts';
import {
  approveByAll,
  beginCeremony,
  type Ceremony,
  later,
  propose,
  publish,
} from '../testing/ceremony-fixture.ts';
import { aptTree, serveRing } from './serve-ring.ts';
import { servedRings } from './served.ts';

let ceremony: Ceremony;
beforeEach(async () => {
  ceremony = await beginCeremony('intl');
  await makeAptKey(join(ceremony.directory, 'apt-key'), 'Imprint apt');
});
afterEach(() => ceremony.remove());

/** A package of no content, in the store, as a lock names it. */
async function lockedPackage(version: string): Promise<DebianLock['base']> {
  const tree = join(ceremony.directory, `deb-${version}`);
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  const fields = `Package: editor\nVersion: ${version}\nArchitecture: all\nMaintainer: T <t@localhost>\n`;
  await writeFile(join(tree, 'DEBIAN', 'control'), `${fields}Description: test\n`);
  await runTool(['dpkg-deb', '--root-owner-group', '--build', tree, `${tree}.deb`]);
  const blob = await openContentStore(join(ceremony.directory, 'store')).putFile(`${tree}.deb`);
  const source = { name: 'editor', version };
  return [
    { name: 'editor', version, architecture: 'all', source, archive: 'base', path: 'pool/x.deb', ...blob },
  ];
}

async function candidate(version: string, packageVersion: string) {
  const locked = await lockedPackage(packageVersion);
  const { id, directory, sha256 } = await propose(ceremony, { version, locked });
  return { id, sha256, lockFile: join(directory, 'edition.lock.json') };
}

const serve = (lockFile: string, options: Partial<Parameters<typeof serveRing>[0]> = {}) =>
  serveRing({
    paths: ceremony.paths,
    store: openContentStore(join(ceremony.directory, 'store')),
    keyDirectory: join(ceremony.directory, 'apt-key'),
    lockFile,
    channel: 'stable',
    ring: 'pilot',
    // apt looks at this machine's clock.
    validDays: 36_500,
    now: later(0.01),
    ...options,
  });

test('a ring is served what every party approved and nothing before that; an earlier ring may stay behind', async () => {
  const first = await candidate('2026.11.0', '1.0');
  await expect(serve(first.lockFile)).rejects.toMatchObject({ code: 'RELEASE_RING_UNPUBLISHED' });
  await approveByAll(ceremony, first.id);
  await expect(serve(first.lockFile)).rejects.toMatchObject({ code: 'RELEASE_RING_UNPUBLISHED' });
  await publish(ceremony, first.id);
  expect(await serve(first.lockFile)).toMatchObject({
    edition: 'gov-base',
    version: '2026.11.0',
    releaseSha256: first.sha256,
    packages: 1,
    signedBy: expect.arrayContaining(['operator', 'regulator', 'vendor']),
  });
  const second = await candidate('2026.11.1', '1.1');
  await expect(serve(second.lockFile, { now: later(0.02) })).rejects.toMatchObject({
    code: 'RELEASE_RING_UNPUBLISHED',
  });
  await approveByAll(ceremony, second.id);
  await publish(ceremony, second.id);
  await serve(second.lockFile, { now: later(0.03) });
  await serve(first.lockFile, { ring: 'broad', now: later(0.03) });
  const at = async (ring: string) =>
    parseRelease(
      await readFile(join(aptTree(ceremony.paths, 'gov-base'), 'dists', ring, 'InRelease'), 'utf8'),
    )?.version;
  expect([await at('pilot'), await at('broad')]).toEqual(['2026.11.1', '2026.11.0']);
  await expect(serve(first.lockFile, { now: later(0.04) })).rejects.toMatchObject({
    code: 'APT_SET_GOES_BACK',
  });
});

test('a lock of which one byte was changed, and a withdrawn release, are not served', async () => {
  const { id, lockFile } = await candidate('2026.11.0', '1.0');
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  const changed = join(ceremony.directory, 'changed.json');
  await writeFile(
    changed,
    (await readFile(lockFile, 'utf8')).replace('"sourceDateEpoch": 1', '"sourceDateEpoch": 2'),
  );
  await expect(serve(changed)).rejects.toMatchObject({ code: 'RELEASE_RING_UNPUBLISHED' });
  await withdrawCurrent({
    paths: ceremony.paths,
    edition: 'gov-base',
    channel: 'stable',
    opened: ceremony.parties.regulator,
    root: await readRoot(ceremony.paths.root),
    reason: 'recalled',
    now: later(0.01),
  });
  await expect(serve(lockFile)).rejects.toMatchObject({ code: expect.stringMatching(/^TRUST_.*WITHDRAWN/) });
  await expect(stat(aptTree(ceremony.paths, 'gov-base'))).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a package leaves the pool once no ring names it and clients had their time', async () => {
  const first = await candidate('2026.11.0', '1.0');
  await approveByAll(ceremony, first.id);
  await publish(ceremony, first.id);
  const brief = (at: number, ring = 'pilot') => ({ ring, now: later(at), keepDays: 0.005 });
  for (const ring of ['pilot', 'broad']) await serve(first.lockFile, brief(0.01, ring));
  const second = await candidate('2026.11.1', '1.1');
  await approveByAll(ceremony, second.id);
  await publish(ceremony, second.id);
  const swept = async (at: number, ring: string) => (await serve(second.lockFile, brief(at, ring))).swept;
  expect(await swept(0.02, 'pilot')).toEqual({ packages: 0, sizeBytes: 0 });
  expect(await swept(0.022, 'broad')).toEqual({ packages: 0, sizeBytes: 0 });
  // Nobody is served it any more, but clients of the other ring may still fetch it.
  expect(await swept(0.03, 'pilot')).toEqual({ packages: 0, sizeBytes: 0 });
  expect(await swept(0.04, 'broad')).toEqual({ packages: 1, sizeBytes: expect.any(Number) });
  const tree = aptTree(ceremony.paths, 'gov-base');
  const left = (await readdir(join(tree, 'pool'), { recursive: true })).filter((name) =>
    name.endsWith('.deb'),
  );
  expect(left.map((name) => basename(name))).toEqual(['editor_1.1_all.deb']);
  const served = (await servedRings(ceremony.paths)).map(({ ring, version }) => [ring, version]);
  expect(served).toEqual([
    ['broad', '2026.11.1'],
    ['pilot', '2026.11.1'],
  ]);
});

test('an index that cannot be read leaves the pool alone', async () => {
  const { id, lockFile } = await candidate('2026.11.0', '1.0');
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  await serve(lockFile);
  const tree = aptTree(ceremony.paths, 'gov-base');
  await writeFile(
    join(tree, 'dists/pilot/main/binary-amd64/by-hash/SHA256', '0'.repeat(64)),
    'Package: x\n\n',
  );
  await expect(sweepPool(tree)).rejects.toMatchObject({ code: 'APT_INDEX_UNREADABLE' });
  expect(await readdir(join(tree, 'pool'))).toHaveLength(1);
});
