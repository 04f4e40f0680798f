import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { revocationsPath } from '@imprint/protocol';
import { verifyRevocations } from '@imprint/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { testLicensor } from '../../../../test/support/licensing.ts';
import { type TestClock, testClock } from '../../../../test/support/test-server.ts';
import { type Database, serviceContext } from '../../../platform/database/index.ts';
import { openLog } from '../../../platform/log.ts';
import { type SeatTreeFixture, seatTreeFixture } from '../allocation/testing/seat-tree-fixture.ts';
import type { LicensingContext } from '../context.ts';
import type { Tables } from '../tables.ts';
import { testPolicy } from '../testing/policy.ts';
import { publishRevocations, revocationsJob } from './publish.ts';
import { askRepublishing } from './republish.ts';
import { listLeases } from './store.ts';

let fixture: SeatTreeFixture;
let repository: string;
let clock: TestClock;
const licensor = testLicensor();

beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());
beforeEach(async () => {
  clock = testClock(new Date('2026-03-02T08:00:00.000Z'));
  repository = await mkdtemp(join(tmpdir(), 'imprint-list-'));
  await within((trx) => trx.deleteFrom('licensing_revoked_lease').execute());
  return () => rm(repository, { recursive: true, force: true });
});

const within = <R>(work: Parameters<Database<Tables>['transaction']>[1]): Promise<R> =>
  fixture.database.transaction(serviceContext('test'), work) as Promise<R>;

const context = (changes: Partial<LicensingContext> = {}): LicensingContext => ({
  ...fixture.context,
  database: fixture.database,
  clock,
  log: openLog('silent'),
  policy: testPolicy,
  licenceKey: async () => ({ profile: 'intl', signers: licensor.signers }),
  agencyOfDevice: async () => undefined,
  agenciesOfDevices: async () => new Map(),
  ...changes,
});

const path = () => join(repository, revocationsPath);
const published = async () => verifyRevocations(JSON.parse(await readFile(path(), 'utf8')), licensor.root);

/** Revokes leases of a device of its own; they would have ended after so many days. */
let devices = 0;
async function revokeOne(days = 100): Promise<string> {
  devices += 1;
  const device_id = String(devices).padStart(43, 'A');
  const at = clock.now();
  const until = new Date(at.getTime() + days * 86_400_000);
  const lease = {
    device_id,
    generation: 1,
    agency_path: '/N/',
    reason: 'retired',
    revoked_at: at,
    until,
  } as const;
  await within((trx) => listLeases(trx, [lease], at));
  return device_id;
}

/** A published list of one revocation that the database, restored from before, knows nothing of. */
async function publishedAhead() {
  const before = await within<{ number: number }>((trx) =>
    trx.selectFrom('licensing_list').select('number').executeTakeFirstOrThrow(),
  );
  const device = await revokeOne();
  await publishRevocations(context(), repository);
  const { number } = await published();
  await within((trx) => trx.deleteFrom('licensing_revoked_lease').execute());
  await within((trx) =>
    trx
      .updateTable('licensing_list')
      .set({ number: before.number - 1 })
      .execute(),
  );
  const restore = () =>
    within((trx) =>
      trx
        .updateTable('licensing_list')
        .set({ number: number + 10 })
        .execute(),
    );
  return { number, device, restore };
}

describe('the published revocation list', () => {
  it('is written when a lease was revoked, and not again until it is a week old', async () => {
    const device = await revokeOne();
    await publishRevocations(context(), repository);
    const first = await readFile(path(), 'utf8');
    expect((await published()).revoked).toMatchObject([{ device, generation: 1, reason: 'retired' }]);
    clock.advance(6.9 * 86_400);
    await publishRevocations(context(), repository);
    expect(await readFile(path(), 'utf8')).toBe(first);
    clock.advance(0.2 * 86_400);
    await publishRevocations(context(), repository);
    expect((await published()).iat).toBe(Math.floor(clock.now().getTime() / 1000));
  });

  it('no longer names a lease that would have ended by now', async () => {
    await revokeOne(3);
    const longer = await revokeOne(30);
    clock.advance(8 * 86_400);
    await publishRevocations(context(), repository);
    expect((await published()).revoked.map(({ device }) => device)).toEqual([longer]);
  });

  it('never goes back to a lower number, also not for a database that was restored', async () => {
    await revokeOne();
    await publishRevocations(context(), repository);
    const kept = await readFile(path(), 'utf8');
    const { number } = await published();
    await within((trx) =>
      trx
        .updateTable('licensing_list')
        .set({ number: number - 1 })
        .execute(),
    );
    clock.advance(30 * 86_400);
    await publishRevocations(context(), repository);
    expect(await readFile(path(), 'utf8')).toBe(kept);
    await within((trx) => trx.updateTable('licensing_list').set({ number }).execute());
  });

  it('says once an hour that it is ahead of the database, and no more often', async () => {
    const { restore } = await publishedAhead();
    const lines: string[] = [];
    const log = openLog('error', { write: (line) => lines.push(line) });
    const { run } = revocationsJob(context({ log }), repository);
    for (const seconds of [0, 3, 3_500, 100, 3_599]) {
      clock.advance(seconds);
      await run();
    }
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      expect.stringContaining('--republish'),
      expect.stringContaining('--republish'),
    ]);
    await restore();
  });

  it('is published above itself when the operator asks, and what only it names stays revoked', async () => {
    const { number, device, restore } = await publishedAhead();
    const { licenceKey } = context();
    await askRepublishing(context(), fixture.accessOf(fixture.nation), false);
    await publishRevocations(context({ licenceKey: async () => undefined }), repository);
    expect((await published()).number).toBe(number);
    const other = await revokeOne();
    await publishRevocations(context({ licenceKey }), repository);
    const list = await published();
    expect(list.number).toBe(number + 1);
    expect(list.revoked.map((one) => one.device)).toEqual([device, other]);
    const kept = await readFile(path(), 'utf8');
    await publishRevocations(context(), repository);
    expect(await readFile(path(), 'utf8')).toBe(kept);
    await restore();
  });

  it('takes nothing over from a list that another key signed', async () => {
    const { number, device, restore } = await publishedAhead();
    const { signers } = testLicensor();
    const licenceKey = async () => ({ profile: 'intl', signers }) as const;
    await askRepublishing(context(), fixture.accessOf(fixture.nation), false);
    await publishRevocations(context({ licenceKey }), repository);
    const text = JSON.parse(await readFile(path(), 'utf8')).token.split('.')[1];
    const list = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    expect(list.number).toBe(number + 1);
    expect(JSON.stringify(list)).not.toContain(device);
    await restore();
  });

  it('is not published anew for one agency, nor by a dry run', async () => {
    const agency = fixture.accessOf(await fixture.agency(fixture.nation));
    await expect(askRepublishing(context(), agency, false)).rejects.toMatchObject({
      code: 'LICENSING_REVOCATION_LIST_SHARED',
    });
    await askRepublishing(context(), fixture.accessOf(fixture.nation), true);
    await publishRevocations(context(), repository);
    const kept = await readFile(path(), 'utf8');
    clock.advance(60);
    await publishRevocations(context(), repository);
    expect(await readFile(path(), 'utf8')).toBe(kept);
  });

  it('of many revocations and two servers at once ends with all of them', async () => {
    const wanted: string[] = [];
    const work = Array.from({ length: 12 }, async (_, index) => {
      wanted.push(await revokeOne());
      await publishRevocations(context(), index % 2 === 0 ? repository : `${repository}/`);
    });
    await Promise.all(work);
    await publishRevocations(context(), repository);
    expect((await published()).revoked.map(({ device }) => device)).toEqual(wanted.sort());
  });

  it('waits where there is no licence key, and replaces a file that nobody could read', async () => {
    await publishRevocations(context(), repository);
    await writeFile(path(), 'torn');
    await publishRevocations(context({ licenceKey: async () => undefined }), repository);
    expect(await readFile(path(), 'utf8')).toBe('torn');
    await publishRevocations(context(), repository);
    expect((await published()).iss).toBe('imprint');
  });
});

describe('a write of the list that is', () => {
  it('lost leaves the one before, and is made up for', async () => {
    const lost = join(repository, 'licensing');
    await writeFile(lost, 'in the way');
    const device = await revokeOne();
    await expect(publishRevocations(context(), repository)).rejects.toThrow();
    await rm(lost);
    await publishRevocations(context(), repository);
    expect((await published()).revoked.map((one) => one.device)).toEqual([device]);
  });

  it('kept but reported lost is found as it is, and not written twice', async () => {
    await revokeOne();
    let transactions = 0;
    const faulty: Database<Tables> = {
      transaction: async (access, work) => {
        transactions += 1;
        const result = await fixture.database.transaction(access, work);
        if (transactions === 2) throw new Error('reported lost');
        return result;
      },
    };
    await expect(publishRevocations(context({ database: faulty }), repository)).rejects.toThrow(
      'reported lost',
    );
    const kept = await readFile(path(), 'utf8');
    clock.advance(60);
    await publishRevocations(context(), repository);
    expect(await readFile(path(), 'utf8')).toBe(kept);
  });
});
