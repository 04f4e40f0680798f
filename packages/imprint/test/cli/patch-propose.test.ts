import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { lockSha256, openContentStore, writeLock } from '@imprint/edition';
import { type DebianLock, type PatchSet, packPath } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { putDeb } from '../../../edition/src/apt/testing/debs.ts';
import { makeTinyDebian } from '../../../edition/src/engine/tiny-debian.ts';
import { imprint } from '../../src/cli/testing/fake-terminal.ts';
import {
  approveByAll,
  beginCeremony,
  type Ceremony,
  publish,
  start,
} from '../../src/rooms/release/testing/ceremony-fixture.ts';

let ceremony: Ceremony;
let before: DebianLock;
let after: DebianLock;

const blob = (sha256: string) => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;

const run = (line: string) =>
  imprint(`${line} --home ${ceremony.directory}`, { cwd: ceremony.directory, now: start });

async function answered<T>(line: string): Promise<T> {
  const { code, stdout, stderr } = await run(`${line} --json`);
  expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as T;
}

/** The same edition with one package in a newer version, as a run that was ended would have left it. */
async function beginDraft(): Promise<void> {
  const store = openContentStore(join(ceremony.directory, 'store'));
  const sha256 = await putDeb(store, {
    ...{ name: 'needing', version: '1.1' },
    fields: { Architecture: 'amd64', 'Pre-Depends': 'needed' },
  });
  const { size: sizeBytes } = await stat(store.path(sha256));
  const version = '2026.11.1';
  const base = before.base.map((one) =>
    one.name === 'needing'
      ? { ...one, version: '1.1', source: { name: 'needing', version: '1.1' }, sha256, sizeBytes }
      : one,
  );
  after = { ...before, version, manifest: { ...before.manifest, version }, base };
  const place = join(ceremony.directory, 'patch/sets/tiny', version);
  await mkdir(place, { recursive: true });
  await writeLock(join(place, 'edition.lock.json'), after);
  const draft = { fromLockSha256: lockSha256(before), channel: 'stable', proposedAt: start.toISOString() };
  await writeFile(join(place, 'draft.json'), JSON.stringify({ schema: 'imprint/patch-draft/v1', ...draft }));
}

beforeAll(async () => {
  ceremony = await beginCeremony('intl');
  const tiny = await makeTinyDebian(ceremony.directory);
  await rename(join(tiny.directory, 'store'), join(ceremony.directory, 'store'));
  before = { ...tiny.lock, manifest: { ...tiny.lock.manifest, outputs: ['rootfs'] } };
  await writeLock(join(ceremony.directory, 'edition.lock.json'), before);
  // YAML is a superset of JSON.
  await writeFile(join(ceremony.directory, 'edition.yaml'), JSON.stringify(before.manifest));
  const { directory } = await answered<{ directory: string }>('edition build .');
  const { id } = await answered<{ id: string }>(`release propose ${directory}`);
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  await beginDraft();
});
afterAll(() => ceremony.remove());

test('a patch set is built, encoded and proposed to its end, again without doing anything twice, and published', async () => {
  interface Proposed {
    readonly candidate: { readonly id: string; readonly directory: string };
  }
  const { candidate } = await answered<Proposed>('patch propose .');
  const document = await readFile(join(candidate.directory, 'patch-set/patch-set.json'));
  const set = JSON.parse(document.toString('utf8')) as PatchSet;
  expect(set).toMatchObject({ edition: 'tiny', version: '2026.11.1', lockSha256: lockSha256(after) });
  expect(set.from).toEqual([{ version: '2026.11.0', lockSha256: lockSha256(before) }]);
  expect(set.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['needing 1.1']);
  expect((await run('patch propose .')).stdout).toContain('as proposed before');
  await approveByAll(ceremony, candidate.id);
  const { writes } = await publish(ceremony, candidate.id);
  expect(writes).toContain(packPath(set.packages[0]?.pack.sha256 ?? ''));
  expect(writes).toContain(blob(sha256Hex(document)));
  const loose = await readdir(join(candidate.directory, 'patch-set/files'));
  expect(writes).toEqual(expect.arrayContaining(loose.map(blob)));
  const texts = await Promise.all(
    loose.map((sha256) => readFile(join(ceremony.paths.repository, blob(sha256)), 'latin1')),
  );
  expect(
    texts.find((text) => text.includes('"version":"2026.11.1"') || text.includes('"version": "2026.11.1"')),
  ).toBeDefined();
});

test('a proposal leaves the set out where that is asked for', async () => {
  const { directory } = await answered<{ directory: string }>('edition build .');
  const { stdout } = await run(`release propose ${directory} --no-patch-set --channel pilot --sequence 5`);
  expect(stdout).toMatch(/patch set +none asked for/);
  const first = await run(`release propose ${directory} --channel other --sequence 7`);
  expect(first.stdout).toMatch(/patch set +none: nothing stands on this channel yet/);
});
