import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import type { Component, EditionLock } from '@imprint/protocol';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findCandidate, loadCandidate, readRoot, reviewCandidate } from '../index.ts';
import { approveByAll, beginCeremony, type Ceremony, propose, publish } from '../testing/ceremony-fixture.ts';
import { candidateNames } from './paths.ts';

let ceremony: Ceremony;
beforeEach(async () => {
  ceremony = await beginCeremony('intl');
});
afterEach(() => ceremony.remove());

const installer = Buffer.from('a package of a supplier');
const sha256 = sha256Hex(installer);
const components: Component[] = [
  {
    ...{ role: 'antivirus', name: 'clamav', supplier: 'Debian', origin: 'upstream' },
    ...{ package: 'clamav-daemon', default: true, approvedUntil: '2027-12-31T00:00:00Z' },
  },
  {
    ...{ role: 'antivirus', name: 'Guard', supplier: 'Guard', origin: 'local', file: 'guard.deb' },
    ...{ approvedUntil: '2027-06-30T00:00:00Z', sendsOut: [{ en: 'digests', 'zh-CN': '摘要' }] },
  },
];
const alterLock = (lock: EditionLock): EditionLock =>
  ({
    ...lock,
    manifest: { ...lock.manifest, components },
    inputs: [
      ...lock.inputs,
      {
        ...{ role: 'antivirus-alternative', name: 'Guard', sha256, sizeBytes: installer.length },
        deb: { package: 'guard-antivirus', version: '2.1' },
      },
    ],
  }) as EditionLock;

async function candidate() {
  await openContentStore(join(ceremony.directory, 'store')).putBytes(installer);
  const { id, directory } = await propose(ceremony, { alterLock });
  return { id, directory };
}
const failures = async (id: string) => {
  const loaded = await loadCandidate(await findCandidate(ceremony.paths.candidates, id));
  const { checks } = await reviewCandidate(loaded, await readRoot(ceremony.paths.root));
  return checks.filter(({ state }) => state !== 'ok').map((check) => `${check.id} ${check.state}`);
};

test('a release allows the providers its lock decides, and publishes the packages of those not in the image', async () => {
  const { id, directory } = await candidate();
  const { manifest } = await loadCandidate(directory);
  expect(manifest.antivirusProviders).toEqual([
    {
      ...{
        name: 'clamav',
        title: { en: 'clamav', 'zh-CN': 'clamav' },
        supplier: 'Debian',
        adapter: 'clamav',
      },
      ...{ approvedUntil: '2027-12-31T00:00:00Z', sendsOut: [] },
    },
    {
      ...{ name: 'guard', title: { en: 'Guard', 'zh-CN': 'Guard' }, supplier: 'Guard', adapter: 'script' },
      ...{ approvedUntil: '2027-06-30T00:00:00Z', sendsOut: [{ en: 'digests', 'zh-CN': '摘要' }] },
      installer: { package: 'guard-antivirus', version: '2.1', sha256, sizeBytes: installer.length },
    },
  ]);
  expect(await failures(id)).toEqual([]);
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  const blob = join(ceremony.paths.repository, 'blobs/sha256', sha256.slice(0, 2), sha256);
  expect((await readFile(blob)).equals(installer)).toBe(true);
});

test('an approver sees a provider that the lock does not decide, and a package that is another or absent', async () => {
  const { id, directory } = await candidate();
  const file = join(directory, candidateNames.installers, `${sha256}.deb`);
  await rm(file);
  expect(await failures(id)).toEqual([`installers/${sha256}.deb absent`]);
  await mkdir(join(directory, candidateNames.installers), { recursive: true });
  await writeFile(file, 'another package');
  expect(await failures(id)).toEqual([`installers/${sha256}.deb failed`]);
  await writeFile(file, installer);
  const release = join(directory, candidateNames.release);
  const manifest = JSON.parse(await readFile(release, 'utf8'));
  manifest.antivirusProviders[1].approvedUntil = '2037-06-30T00:00:00Z';
  await writeFile(release, canonicalJson(manifest));
  expect(await failures(id)).toContain('antivirus providers failed');
});
