import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '@imprint/trust';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homePaths } from '../../../home.ts';
import { draftRoot, type ReleasePaths, readRoot, releasePaths, signRootDraft } from '../index.ts';
import { holderWithKeys, later, publicHalf, start } from '../testing/ceremony-fixture.ts';
import { putDurably } from '../tuf/writes.ts';
import { type PublishDefinitionsOptions, publishDefinitions } from './publish.ts';
import { listDefinitions, publishedDefinitions } from './published.ts';

const operator = holderWithKeys('operator');
const signing = holderWithKeys('definitions');
let directory: string;
let paths: ReleasePaths;
let source: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-definitions-'));
  paths = releasePaths(homePaths(directory));
  source = join(directory, 'set');
  await mkdir(source);
  await put('gov.hdb', 'signatures\n');
  const party = { name: 'operator', title: { en: 'Operator', 'zh-CN': '运营方' }, threshold: 1 };
  await draftRoot({
    directory: paths.root,
    profile: 'dual',
    parties: [{ ...party, holders: [publicHalf(operator)] }],
    online: publicHalf(holderWithKeys('online')),
    definitions: publicHalf(signing),
    now: start,
  });
  await signRootDraft(paths.root, 'operator', operator.signers);
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const put = (name: string, content: string) => writeFile(join(source, name), content);
const publish = (options: Partial<PublishDefinitionsOptions> = {}) =>
  publishDefinitions({
    paths,
    edition: 'gov-base',
    provider: 'clamav',
    ring: 'canary',
    source: { directory: source },
    ...signing,
    now: start,
    ...options,
  });
const standing = async (ring = 'canary') =>
  publishedDefinitions(paths.repository, (await readRoot(paths.root)).metadata, {
    edition: 'gov-base',
    provider: 'clamav',
    ring,
  });
const inMirror = (name: string) => join(paths.repository, 'antivirus/gov-base/canary/mirror', name);

describe('a set', () => {
  test('is signed, stands by digest and as a mirror, and verifies as a device would', async () => {
    const { manifest, mirror } = await publish();
    expect(manifest).toMatchObject({ sequence: 1, version: '2026.11.23-1', builtAt: '2026-11-23T08:00:00Z' });
    expect(mirror).toBe('antivirus/gov-base/canary/mirror');
    expect(await standing()).toEqual(manifest);
    const sha256 = sha256Hex(Buffer.from('signatures\n'));
    const blob = join(paths.repository, 'blobs/sha256', sha256.slice(0, 2), sha256);
    expect(await readFile(blob, 'utf8')).toBe('signatures\n');
    expect(await readFile(inMirror('gov.hdb'), 'utf8')).toBe('signatures\n');
  });

  test('goes on to the next ring as it is, and a newer one gets a number above every ring', async () => {
    const first = await publish();
    const broad = await publish({ ring: 'broad', source: { ring: 'canary' }, now: later(1) });
    expect(broad.manifest).toEqual({ ...first.manifest, ring: 'broad' });
    await put('gov.hdb', 'more signatures\n');
    expect((await publish({ ring: 'other' })).manifest.sequence).toBe(2);
    expect((await publish()).manifest.sequence).toBe(3);
    const root = await readRoot(paths.root);
    const all = await listDefinitions(paths.repository, root.metadata, 'gov-base');
    expect(all.map(({ ring, sequence }) => `${ring} ${sequence}`)).toEqual([
      'broad 1',
      'canary 3',
      'other 2',
    ]);
  });

  test('takes out of the mirror what it no longer has, and leaves alone what stays', async () => {
    await put('gov.ndb', 'Imprint.Test:0:*:deadbeef00\n');
    await publish();
    const before = await stat(inMirror('gov.hdb'));
    await rm(join(source, 'gov.ndb'));
    await publish({ now: later(1) });
    expect(await readdir(inMirror('.'))).toEqual(['gov.hdb']);
    expect((await stat(inMirror('gov.hdb'))).mtimeMs).toBe(before.mtimeMs);
  });

  test('of another provider has no mirror, and any plain files', async () => {
    await put('rules.bin', 'rules');
    const { manifest, mirror } = await publish({ provider: 'guard' });
    expect([mirror, manifest.files.map(({ name }) => name)]).toEqual([undefined, ['gov.hdb', 'rules.bin']]);
  });
});

describe('what is refused writes nothing', () => {
  test.each<[string, string, () => Promise<Partial<PublishDefinitionsOptions>>]>([
    ['a lower number', 'RELEASE_DEFINITIONS_OLDER', async () => ({ sequence: 1 })],
    [
      'another content under the number its devices hold',
      'RELEASE_DEFINITIONS_OLDER',
      async () => {
        await put('gov.hdb', 'other\n');
        return { sequence: 2 };
      },
    ],
    ['a key that root does not pin', 'RELEASE_DEFINITIONS_UNPINNED', async () => operator],
    [
      'the set of a ring that has none',
      'RELEASE_DEFINITIONS_ABSENT',
      async () => ({ source: { ring: 'x' } }),
    ],
    [
      'an empty file',
      'RELEASE_DEFINITIONS_FILES',
      async () => {
        await put('gov.hdb', '');
        return {};
      },
    ],
    [
      'nothing that ClamAV loads',
      'RELEASE_DEFINITIONS_FILES',
      async () => {
        await rm(join(source, 'gov.hdb'));
        await put('notes.txt', 'x');
        return {};
      },
    ],
  ])('%s: %s', async (_what, code, change) => {
    await publish({ sequence: 2 });
    const before = await standing();
    const options = await change();
    await expect(publish({ now: later(1), ...options })).rejects.toMatchObject({ code });
    expect(await standing()).toEqual(before);
  });
});

test('a write that is lost, or kept and reported lost, leaves the set before or this one, and the next run finishes', async () => {
  await publish();
  await put('gov.hdb', 'more signatures\n');
  for (const fault of ['lost', 'kept but reported lost']) {
    for (let failing = 0; ; failing += 1) {
      let writes = 0;
      const faulty: typeof putDurably = async (repository, write) => {
        const isLost = writes++ === failing;
        if (!isLost || fault === 'kept but reported lost') await putDurably(repository, write);
        if (isLost) throw new Error('lost');
      };
      const before = (await standing())?.sequence ?? 0;
      const done = await publish({ put: faulty, now: later(1) }).catch(() => undefined);
      const after = await standing();
      expect([before, before + 1]).toContain(after?.sequence);
      if (done !== undefined) expect(after).toEqual(done.manifest);
      for (const { sha256 } of after?.files ?? [])
        await stat(join(paths.repository, 'blobs/sha256', sha256.slice(0, 2), sha256));
      if (done !== undefined) break;
    }
  }
});
