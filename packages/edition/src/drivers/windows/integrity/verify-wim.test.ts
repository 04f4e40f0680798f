import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError, type WimIntegrityManifest } from '@imprint/protocol';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAgreement } from '../../../evidence/integrity/agreement.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { type EvidenceFixture, makeEvidenceFixture } from '../evidence/fixture.ts';
import {
  flipByte,
  flipStoredByte,
  ntfsAttribute,
  setNtfsAttribute,
  tamperMounted,
  tamperOnNtfs,
} from '../evidence/tamper.ts';
import { splitWim, updateImage } from '../tools/wimlib.ts';
import { checkImage } from './check-image.ts';
import { verifyWimBuild } from './verify-wim.ts';

const explorer = '/Windows/explorer.exe';
const policy = '/Program Files/Imprint/policy.json';
const hosts = '/Windows/System32/drivers/etc/hosts';

let fixture: EvidenceFixture;
let pressed = '';
let manifest: WimIntegrityManifest;

const at = (name: string) => join(fixture.directory, `${name}.wim`);

async function findings(file: string, parts: readonly string[] = []): Promise<string[]> {
  const found = await verifyWimBuild({ image: { file, index: 1, parts }, manifest });
  return found.map(({ path, facets }) => `${path}: ${facets.join(', ')}`);
}

/** Where a path's data lies in the file, by wimlib's own listing. */
async function offsetOf(file: string, path: string): Promise<number> {
  const { stdout } = await runTool(['wimlib-imagex', 'dir', file, '1', '--detailed', `--path=${path}`]);
  return Number(/Offset in WIM\s+= (\d+) bytes/.exec(stdout.toString('utf8'))?.[1]);
}

beforeAll(async () => {
  fixture = await makeEvidenceFixture();
  pressed = await fixture.press('pressed');
  const { lock, plan, base, hives, added, store, directory } = fixture;
  const locked = lock.inputs.find(({ role }) => role === 'mutable-core')?.sha256 ?? '';
  const { classification } = await checkImage({
    ...{ lock, plan, base, hives, added, store, method: 'in-place' },
    agreement: parseAgreement((await store.read(locked)).toString('utf8'), locked),
    pressed: { file: pressed, index: 1, parts: [] },
    cacheDir: join(directory, 'cache'),
  });
  manifest = {
    ...{ schema: 'imprint/integrity-wim/v1', edition: lock.edition, version: lock.version },
    ...{ lockSha256: plan.lockSha256, merkleRoot: plan.lockSha256, counts: classification.counts },
    entries: [...classification.entries],
  };
});
afterAll(() => fixture.close());

test('a build that is as it was finds nothing, whole or split', async () => {
  expect(await findings(pressed)).toEqual([]);
  const parts = await splitWim(pressed, join(fixture.directory, 'install.swm'), 2);
  expect(parts.length).toBeGreaterThan(1);
  expect(await findings(parts[0] ?? '', parts)).toEqual([]);
});

test('an extra file, a missing one and changed content are each named', async () => {
  const file = await tamperMounted(pressed, at('three'), async (root) => {
    await writeFile(join(root, 'Windows/System32/extra.dll'), 'MZ');
    await rm(join(root, hosts));
    await flipByte(join(root, policy));
  });
  expect(await findings(file)).toEqual([
    `${policy}: content`,
    `${hosts}: missing`,
    '/Windows/System32/extra.dll: extra',
  ]);
});

test('a changed access list is named', async () => {
  const file = await tamperOnNtfs(pressed, at('acl'), async (root) => {
    const other = await ntfsAttribute(join(root, 'Windows'), 'system.ntfs_acl');
    await setNtfsAttribute(join(root, explorer), 'system.ntfs_acl', other);
  });
  // A volume gives an access list to what has none, which is what the edition added.
  const own = manifest.entries.filter((entry) => entry.class === 'overlay').map(({ path }) => path);
  const expected = [...own, explorer].sort().map((path) => `${path}: security-descriptor`);
  expect(await findings(file)).toEqual(expected);
});

test('a bit that flipped in the stored data is named by the path it belongs to', async () => {
  const file = await flipStoredByte(pressed, at('bit'), (await offsetOf(pressed, explorer)) + 20);
  expect(await findings(file)).toEqual([`${explorer}: content`]);
});

test('a bit that flipped in the metadata is refused', async () => {
  const blobs = await runTool(['wimlib-imagex', 'info', pressed, '--blobs']);
  const metadata = blobs.stdout
    .toString('utf8')
    .split('\n\n')
    .find((blob) => blob.includes('RESHDR_FLAG_METADATA'));
  const offset = Number(/Offset in WIM\s+= (\d+) bytes/.exec(metadata ?? '')?.[1]);
  const file = await flipStoredByte(pressed, at('metadata'), offset + 100);
  await expect(findings(file)).rejects.toSatisfy((error) => isImprintError(error, 'WINDOWS_WIM_CORRUPT'));
});

test('content whose SHA-1 was kept and whose SHA-256 was not is named', async () => {
  const [first] = manifest.entries.filter(({ path }) => path === policy);
  const forged = {
    ...manifest,
    entries: manifest.entries.map((entry) =>
      entry === first ? { ...entry, sha256: '0'.repeat(64) } : entry,
    ),
  };
  const found = await verifyWimBuild({ image: { file: pressed, index: 1, parts: [] }, manifest: forged });
  expect(found).toEqual([{ path: policy, facets: ['content'] }]);
});

test('a core file written anew with its own bytes is named by what that dropped', async () => {
  const file = at('anew');
  await tamperMounted(pressed, file, async () => {});
  const from = join(fixture.directory, 'hosts');
  await writeFile(from, '# localhost name resolution is handled within DNS itself.\r\n');
  await updateImage(file, 1, [{ kind: 'add', from, to: hosts }]);
  expect(await findings(file)).toEqual([`${hosts}: security-descriptor, attributes`]);
});
