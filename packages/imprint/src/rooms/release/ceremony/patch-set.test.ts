import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import { type PatchSet, packPath } from '@imprint/protocol';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadCandidate, patchSources, readRoot, reviewCandidate, verifyAsDevice } from '../index.ts';
import {
  approveByAll,
  beginCeremony,
  type Ceremony,
  propose,
  publish,
  start,
  storeOf,
} from '../testing/ceremony-fixture.ts';
import { encodedBuild, lockedPackages, looseText, proposeEncoded } from '../testing/patched-release.ts';
import { type Put, putDurably } from '../tuf/writes.ts';

const first = { bash: '1', dash: '1' };
const second = { bash: '2', dash: '1', zstd: '1' };
const loose = sha256Hex(Buffer.from(looseText));
const blob = (sha256: string) => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;

const patched = 'gov-base-2026.11.1-2';

let ceremony: Ceremony;
let encoded: { readonly build: string; readonly patchSet: string };
let pristine: string;
let approved: string;

beforeAll(async () => {
  ceremony = await beginCeremony('intl');
  const { id } = await propose(ceremony, { locked: await lockedPackages(ceremony, first) });
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  pristine = join(ceremony.directory, 'pristine');
  await cp(ceremony.paths.repository, pristine, { recursive: true });
  encoded = await encodedBuild(ceremony, '2026.11.1', second);
  const candidate = await proposeEncoded(ceremony, encoded);
  await approveByAll(ceremony, candidate.id);
  approved = join(ceremony.directory, 'approved');
  await rename(candidate.directory, approved);
});
afterAll(() => ceremony.remove());
beforeEach(async () => {
  const { repository, candidates } = ceremony.paths;
  await rm(join(candidates, patched), { recursive: true, force: true });
  await rm(repository, { recursive: true, force: true });
  await cp(pristine, repository, { recursive: true });
});

const documentOf = async (directory: string) =>
  JSON.parse(await readFile(join(directory, 'patch-set.json'), 'utf8')) as PatchSet;

/** A copy of the encoded set in which something is different. */
async function tampered(edit: (set: PatchSet, directory: string) => unknown) {
  const patchSet = join(ceremony.directory, 'tampered');
  await rm(patchSet, { recursive: true, force: true });
  await cp(encoded.patchSet, patchSet, { recursive: true });
  const set = await documentOf(patchSet);
  await edit(set, patchSet);
  await writeFile(join(patchSet, 'patch-set.json'), canonicalJson(set));
  return { build: encoded.build, patchSet };
}

async function failedChecks(directory: string, withStore = true): Promise<string[]> {
  const candidate = await loadCandidate(directory);
  const root = await readRoot(ceremony.paths.root);
  const { checks } = await reviewCandidate(candidate, root, withStore ? storeOf(ceremony) : undefined);
  return checks.filter(({ state }) => state !== 'ok').map(({ id, state }) => `${id} ${state}`);
}

/** The candidate as every party approved it. */
async function approvedCandidate() {
  const directory = join(ceremony.paths.candidates, patched);
  await cp(approved, directory, { recursive: true });
  return loadCandidate(directory);
}

const device = async () =>
  verifyAsDevice({
    directory: ceremony.paths.repository,
    trustedRoot: await readFile(join(ceremony.paths.root, 'root.json')),
    ...{ edition: 'gov-base', channel: 'stable', now: start },
  });

describe('a release with a patch set', () => {
  test('names it by both digests, and publishes it, its packs and the loose files', async () => {
    const { manifest, directory } = await approvedCandidate();
    const bytes = await readFile(join(encoded.patchSet, 'patch-set.json'));
    const record = manifest.patchSet;
    expect(record).toMatchObject({ name: 'patch-set.json', sizeBytes: bytes.length });
    expect(record?.digests).toEqual({
      sha256: sha256Hex(bytes),
      sm3: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(await failedChecks(directory)).toEqual([]);
    const { writes } = await publish(ceremony, patched);
    const set = await documentOf(encoded.patchSet);
    expect(set.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['bash 2', 'zstd 1']);
    const packs = set.packages.map(({ pack }) => packPath(pack.sha256));
    for (const path of [...packs, blob(loose), blob(sha256Hex(bytes))]) {
      expect(writes.indexOf(path)).toBeGreaterThan(-1);
      expect(writes.indexOf(path)).toBeLessThan(writes.indexOf('metadata/timestamp.json'));
    }
    expect(await readFile(join(ceremony.paths.repository, blob(loose)), 'utf8')).toBe(looseText);
    expect(await device()).toMatchObject({ sequence: 2 });
  });

  test('is what the next one starts from, and so is the release before it', async () => {
    await approvedCandidate();
    await publish(ceremony, patched);
    const sources = await patchSources(ceremony.paths.repository, 'gov-base', 'stable');
    expect(sources.map(({ lock }) => lock.version)).toEqual(['2026.11.1', '2026.11.0']);
    const third = await encodedBuild(ceremony, '2026.12.0', { bash: '3', dash: '1', zstd: '1' });
    const set = await documentOf(third.patchSet);
    expect(set.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['bash 3', 'zstd 1']);
    expect(set.from.map(({ version }) => version)).toEqual(['2026.11.1', '2026.11.0']);
  });

  test('starts nowhere before the first release, nor once the lock of the present one is gone', async () => {
    const { repository } = ceremony.paths;
    expect(await patchSources(repository, 'gov-base', 'pilot')).toEqual([]);
    const [source] = await patchSources(repository, 'gov-base', 'stable');
    await rm(join(repository, blob(source?.lockSha256 ?? '')));
    expect(await patchSources(repository, 'gov-base', 'stable')).toEqual([]);
  });
});

describe('a proposal is refused', () => {
  test.each([
    ['of another version', { version: '2026.11.9' }],
    ['to another lock', { lockSha256: 'f'.repeat(64) }],
    ['from another release', { from: [{ version: '1', lockSha256: 'f'.repeat(64) }] }],
  ])('with a set %s', async (_, change) => {
    const other = await tampered((set) => Object.assign(set, change));
    await expect(proposeEncoded(ceremony, other)).rejects.toMatchObject({ code: 'RELEASE_PATCH_SET_OTHER' });
  });

  test.each(['packs', 'files'])('with a set that lacks one of its %s', async (folder) => {
    const other = await tampered(({ packages }, directory) =>
      rm(join(directory, folder, folder === 'files' ? loose : (packages[0]?.pack.sha256 ?? ''))),
    );
    await expect(proposeEncoded(ceremony, other)).rejects.toMatchObject({ code: 'RELEASE_ARTIFACT_ABSENT' });
  });

  test('with a set that is not in canonical form', async () => {
    const other = await tampered(() => undefined);
    const file = join(other.patchSet, 'patch-set.json');
    await writeFile(file, JSON.stringify(await documentOf(other.patchSet), undefined, 1));
    await expect(proposeEncoded(ceremony, other)).rejects.toMatchObject({ code: 'RELEASE_FILE_MALFORMED' });
  });
});

describe('a party does not sign a set', () => {
  test.each<[string, (set: PatchSet) => unknown, string]>([
    [
      'with a package outside the lock',
      ({ packages: [entry] }) => Object.assign(entry ?? {}, { name: 'evil' }),
      'patch set packages outside the lock failed',
    ],
    [
      'without a package that changed',
      (set) => set.packages.splice(0, 1),
      'patch set packages missing failed',
    ],
    [
      'whose package is not what upstream has',
      ({ packages: [one, two] }) => Object.assign(one ?? {}, { deb: two?.deb, pack: two?.pack, patches: [] }),
      'patch-set/packages failed',
    ],
  ])('%s', async (_, edit, check) => {
    const { directory } = await proposeEncoded(ceremony, await tampered(edit));
    expect(await failedChecks(directory)).toContain(check);
  });

  test('that is not the one the release names', async () => {
    const { directory } = await approvedCandidate();
    const file = join(directory, 'patch-set/patch-set.json');
    const set = await documentOf(encoded.patchSet);
    await rm(file);
    await writeFile(file, canonicalJson({ ...set, packages: set.packages.slice(1) }));
    expect(await failedChecks(directory)).toEqual(
      expect.arrayContaining(['patch set failed', 'patch set SM3 failed']),
    );
    await rm(file);
    expect(await failedChecks(directory)).toEqual(['patch set absent']);
  });

  test('whose packages it cannot make again; who publishes need not', async () => {
    const { directory } = await approvedCandidate();
    expect(await failedChecks(directory, false)).toEqual(['patch-set/packages absent']);
    const empty = openContentStore(join(ceremony.directory, 'no packages here'));
    await publish(ceremony, patched, { store: empty });
    expect(await device()).toMatchObject({ sequence: 2 });
  });

  test.each(['packs', 'files'])('whose %s changed or are not here', async (folder) => {
    const { directory } = await approvedCandidate();
    const [entry] = (await documentOf(encoded.patchSet)).packages;
    const file = join(
      directory,
      'patch-set',
      folder,
      folder === 'files' ? loose : (entry?.pack.sha256 ?? ''),
    );
    const bytes = await readFile(file);
    await rm(file);
    expect(await failedChecks(directory)).toEqual([`patch-set/${folder} absent`]);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(file, bytes);
    expect(await failedChecks(directory)).toEqual([`patch-set/${folder} failed`]);
  });
});

describe('publishing, failed at a write of the patch set', () => {
  class Lost extends Error {}
  const failingAt =
    (isIt: (path: string) => boolean, kind: 'lost' | 'persisted'): Put =>
    async (directory, write) => {
      if (kind === 'persisted' || !isIt(write.path)) await putDurably(directory, write);
      if (isIt(write.path)) throw new Lost(write.path);
    };

  test.each(
    ['a pack', 'a loose file', 'the document'].flatMap((what) =>
      (['lost', 'persisted'] as const).map((kind) => [what, kind] as const),
    ),
  )('%s %s: devices stay at the release before, and publishing again finishes', async (what, kind) => {
    const { manifest } = await approvedCandidate();
    const document = blob(manifest.patchSet?.digests.sha256 ?? '');
    const isIt = (path: string) =>
      what === 'a pack'
        ? path.startsWith('packs/')
        : path === (what === 'the document' ? document : blob(loose));
    await expect(publish(ceremony, patched, { put: failingAt(isIt, kind) })).rejects.toBeInstanceOf(Lost);
    expect((await device()).sequence).toBe(1);
    await publish(ceremony, patched);
    expect((await device()).sequence).toBe(2);
  });

  test.each([
    ['packs/', 'PATCH_PACK_DAMAGED'],
    [blob(loose), 'RELEASE_DERIVATION_MISMATCH'],
  ])('never switches to a set whose %s arrived damaged', async (prefix, code) => {
    await approvedCandidate();
    const damaging: Put = async (directory, write) => {
      if (!write.path.startsWith(prefix)) return putDurably(directory, write);
      await putDurably(directory, { path: write.path, bytes: Buffer.from('damaged') });
    };
    await expect(publish(ceremony, patched, { put: damaging })).rejects.toMatchObject({ code });
    expect((await device()).sequence).toBe(1);
  });
});
