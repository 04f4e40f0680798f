import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import {
  candidateStatus,
  publishedStatus,
  readCurrentRelease,
  readRoot,
  refreshOnline,
  verifyAsDevice,
  withdrawCurrent,
} from '../index.ts';
import {
  approve,
  approveByAll,
  beginCeremony,
  type Ceremony,
  later,
  propose,
  publish,
  start,
} from '../testing/ceremony-fixture.ts';

const open: Ceremony[] = [];
async function begin(profile?: Parameters<typeof beginCeremony>[0]) {
  const ceremony = await beginCeremony(profile);
  open.push(ceremony);
  return ceremony;
}
afterEach(async () => {
  for (const ceremony of open.splice(0)) await ceremony.remove();
});

const device = async (ceremony: Ceremony, now = start) =>
  verifyAsDevice({
    directory: ceremony.paths.repository,
    trustedRoot: await readFile(join(ceremony.paths.root, 'root.json')),
    edition: 'gov-base',
    channel: 'stable',
    now,
  });

describe.each(['intl', 'national', 'dual'] as const)('in profile %s', (profile) => {
  test('a build becomes a release that a device accepts', async () => {
    const ceremony = await begin(profile);
    const { id, sha256 } = await propose(ceremony);
    await approveByAll(ceremony, id);
    const publication = await publish(ceremony, id);
    expect(publication.signedBy).toEqual(['vendor', 'operator', 'regulator']);
    expect(publication.writes.at(-1)).toBe('metadata/timestamp.json');
    expect(await device(ceremony)).toMatchObject({
      sha256,
      sequence: 1,
      signedBy: ['vendor', 'operator', 'regulator'],
    });
    expect(await publishedStatus(ceremony.paths.repository, start)).toMatchObject([
      { sha256, withdrawn: false },
    ]);
  });
});

test('a second release follows the first, and the first stays by digest', async () => {
  const ceremony = await begin();
  const first = await propose(ceremony);
  await approveByAll(ceremony, first.id);
  await publish(ceremony, first.id);
  const second = await propose(ceremony, {
    version: '2026.11.1',
    packages: { bash: '5.2.37-3', zstd: '1.5.7' },
  });
  expect(second.manifest.previous).toEqual({ version: '2026.11.0', sequence: 1, sha256: first.sha256 });
  await approveByAll(ceremony, second.id);
  await publish(ceremony, second.id);
  expect(await device(ceremony)).toMatchObject({ sequence: 2, version: '2026.11.1' });
  const old = join(ceremony.paths.repository, 'targets/gov-base/stable', `${first.sha256}.release.json`);
  expect(JSON.parse(await readFile(old, 'utf8'))).toMatchObject({ version: '2026.11.0' });
});

test('status tells who is missing and who has signed', async () => {
  const ceremony = await begin();
  const { id } = await propose(ceremony);
  await approve(ceremony, id, ceremony.parties.operator);
  const [status] = await candidateStatus(ceremony.paths, await readRoot(ceremony.paths.root));
  expect(status?.standing.approvedBy).toEqual([{ party: 'operator', holders: ['operator'] }]);
  expect(status?.standing.missing.map(({ party, suite }) => `${party} ${suite}`)).toEqual([
    'vendor standard',
    'vendor national',
    'regulator standard',
    'regulator national',
  ]);
});

test('one party withdraws a release, and a device refuses it from then on', async () => {
  const ceremony = await begin();
  const { id, sha256 } = await propose(ceremony);
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  const root = await readRoot(ceremony.paths.root);
  const withdraw = (dryRun: boolean) =>
    withdrawCurrent({
      paths: ceremony.paths,
      root,
      edition: 'gov-base',
      channel: 'stable',
      opened: ceremony.parties.regulator,
      reason: 'defect in the screen lock',
      now: start,
      dryRun,
    });
  expect(await withdraw(true)).toMatchObject({ published: false, wanting: 0 });
  expect(await device(ceremony)).toMatchObject({ sha256 });
  expect(await withdraw(false)).toMatchObject({ party: 'regulator', sha256, published: true });
  await expect(device(ceremony)).rejects.toMatchObject({ code: 'TRUST_RELEASE_WITHDRAWN' });
  expect(await publishedStatus(ceremony.paths.repository, start)).toMatchObject([
    { sha256, withdrawn: true },
  ]);
  await expect(withdraw(false)).rejects.toMatchObject({ code: 'RELEASE_ALREADY_WITHDRAWN' });
  const next = await propose(ceremony, { version: '2026.11.1' });
  await approveByAll(ceremony, next.id);
  await publish(ceremony, next.id);
  expect(await device(ceremony)).toMatchObject({ sequence: 2 });
});

test('the online key keeps a repository fresh without any party', async () => {
  const ceremony = await begin();
  const { id } = await propose(ceremony);
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  const { repository, publishLock } = ceremony.paths;
  const refresh = (now: Date) => refreshOnline({ repository, publishLock, online: ceremony.online, now });
  expect(await refresh(later(0.5))).toMatchObject({ timestamp: false, snapshot: false });
  await expect(device(ceremony, later(3))).rejects.toMatchObject({ code: 'TRUST_TUF_EXPIRED' });
  expect(await refresh(later(3))).toMatchObject({ timestamp: true, snapshot: false });
  expect(await device(ceremony, later(3))).toMatchObject({ sequence: 1 });
  expect(await refresh(later(30))).toMatchObject({ timestamp: true, snapshot: true });
  expect(await device(ceremony, later(30))).toMatchObject({ sequence: 1 });
});

test('targets are renewed with the release that would outlive them', async () => {
  const ceremony = await begin();
  const { id, directory } = await propose(ceremony, {}, { expiresAt: later(800) });
  expect(JSON.parse(await readFile(join(directory, 'metadata/targets.json'), 'utf8'))).toMatchObject({
    signed: { version: 2 },
  });
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  expect(await device(ceremony)).toMatchObject({ sequence: 1 });
  expect((await readCurrentRelease(ceremony.paths.repository, 'gov-base', 'stable'))?.manifest.sequence).toBe(
    1,
  );
});
