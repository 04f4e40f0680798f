import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishCandidate, refreshOnline, verifyAsDevice } from '../index.ts';
import {
  approveByAll,
  beginCeremony,
  type Ceremony,
  later,
  propose,
  publish,
  start,
  storeOf,
} from '../testing/ceremony-fixture.ts';
import { type Put, putDurably } from '../tuf/writes.ts';
import { findCandidate, loadCandidate } from './candidate.ts';

class Lost extends Error {}

/** Fails at the n-th write: before it reached the disk, or after, when only the report of it is lost. */
function failingPut(at: number, kind: 'lost' | 'persisted'): Put {
  let count = 0;
  return async (directory, write) => {
    count += 1;
    if (count === at && kind === 'lost') throw new Lost(write.path);
    await putDurably(directory, write);
    if (count === at) throw new Lost(write.path);
  };
}

let ceremony: Ceremony;
let second: string;
let before: string;
let writes: readonly string[];

beforeAll(async () => {
  ceremony = await beginCeremony('intl');
  const first = await propose(ceremony);
  await approveByAll(ceremony, first.id);
  await publish(ceremony, first.id);
  ({ id: second } = await propose(ceremony, { version: '2026.11.1' }));
  await approveByAll(ceremony, second);
  writes = (await publish(ceremony, second, { dryRun: true })).writes;
  before = join(ceremony.directory, 'before');
  await cp(ceremony.paths.repository, before, { recursive: true });
});
afterAll(() => ceremony.remove());

const device = async (now = start) =>
  verifyAsDevice({
    directory: ceremony.paths.repository,
    trustedRoot: await readFile(join(ceremony.paths.root, 'root.json')),
    edition: 'gov-base',
    channel: 'stable',
    now,
  });

async function publishWith(put?: Put) {
  const candidate = await loadCandidate(await findCandidate(ceremony.paths.candidates, second));
  const { paths, online } = ceremony;
  const store = storeOf(ceremony);
  return publishCandidate({
    paths,
    candidate,
    store,
    online,
    now: start,
    ...(put === undefined ? {} : { put }),
  });
}

async function restore(): Promise<void> {
  await rm(ceremony.paths.repository, { recursive: true, force: true });
  await cp(before, ceremony.paths.repository, { recursive: true });
}

describe('publishing, failed at each write', () => {
  test('makes the switch with its last write only', () => {
    expect(writes).toHaveLength(13);
    expect(writes.indexOf('metadata/timestamp.json')).toBe(writes.length - 1);
    expect(new Set(writes).size).toBe(writes.length);
  });

  const table = Array.from({ length: 13 }, (_, index) => index + 1).flatMap((at) =>
    (['lost', 'persisted'] as const).map((kind) => [at, kind] as const),
  );
  test.each(table)(
    'write %i %s: a device sees the old or the new release, and publishing again finishes',
    async (at, kind) => {
      await restore();
      await expect(publishWith(failingPut(at, kind))).rejects.toBeInstanceOf(Lost);
      const isSwitched = at === 13 && kind === 'persisted';
      expect((await device()).sequence).toBe(isSwitched ? 2 : 1);
      if (isSwitched) {
        await expect(publishWith()).rejects.toMatchObject({ code: 'RELEASE_PUBLISH_REFUSED' });
      } else {
        await publishWith();
      }
      expect((await device()).sequence).toBe(2);
    },
  );

  test('never switches to what a device would refuse', async () => {
    await restore();
    const corrupting: Put = async (directory, write) => {
      await putDurably(directory, write);
      if (write.path.endsWith('.release.json') && write.path.startsWith('metadata/')) {
        await writeFile(join(directory, write.path), '{}');
      }
    };
    await expect(publishWith(corrupting)).rejects.toMatchObject({ code: 'TRUST_TUF_DIGEST' });
    expect((await device()).sequence).toBe(1);
  });

  test('is alone: another publisher waits', async () => {
    await restore();
    await writeFile(ceremony.paths.publishLock, `${process.ppid}\n`);
    await expect(publishWith()).rejects.toMatchObject({ code: 'RELEASE_BUSY' });
    await writeFile(ceremony.paths.publishLock, '999999999\n');
    await publishWith();
    expect((await device()).sequence).toBe(2);
  });
});

describe('renewing the online metadata, failed at each write', () => {
  test.each([
    [1, 'lost'],
    [1, 'persisted'],
    [2, 'lost'],
    [2, 'persisted'],
  ] as const)('write %i %s: the next renewal finishes', async (at, kind) => {
    await restore();
    const { repository, publishLock } = ceremony.paths;
    const now = later(30);
    const refresh = (put?: Put) =>
      refreshOnline({
        repository,
        publishLock,
        online: ceremony.online,
        now,
        ...(put === undefined ? {} : { put }),
      });
    await expect(refresh(failingPut(at, kind))).rejects.toBeInstanceOf(Lost);
    await refresh();
    expect((await device(now)).sequence).toBe(1);
  });
});
