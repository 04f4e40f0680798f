import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, serviceContext } from '../../../platform/database/index.ts';
import { platformError } from '../../../platform/errors.ts';
import {
  licensed,
  type SeatTreeFixture,
  seatTreeFixture,
  type TestAgency,
} from '../allocation/testing/seat-tree-fixture.ts';
import type { LicensingContext } from '../context.ts';
import type { Tables } from '../tables.ts';
import { testPolicy } from '../testing/policy.ts';
import type { Item } from './batch.ts';
import { openLeaseDesk } from './desk.ts';
import { lapse } from './jobs.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

type Fault = 'lost' | 'kept';

/** The database whose next transaction is lost at COMMIT, or kept and reported lost. */
function faulty(database: Database<Tables>, fault: Fault): Database<Tables> {
  let isDone = false;
  return {
    transaction: async (access, work) => {
      if (isDone) return database.transaction(access, work);
      isDone = true;
      const failure = platformError('DB_UNAVAILABLE');
      if (fault === 'kept') {
        await database.transaction(access, work);
        throw failure;
      }
      return database.transaction(access, async (trx) => {
        await work(trx);
        throw failure;
      });
    },
  };
}

const roomOn = (database: Database<Tables>) =>
  ({
    ...fixture.context,
    database,
    policy: testPolicy,
    agenciesOfDevices: async () => new Map(),
  }) as unknown as LicensingContext;
const deskOn = (database: Database<Tables>) =>
  openLeaseDesk(roomOn(database), { maxWaiting: 100, perHour: 100 });

function item(agency: TestAgency, edition: string, changes: Partial<Item> = {}): Item {
  const deviceId = changes.deviceId ?? randomBytes(32).toString('base64url');
  return {
    deviceId,
    nonce: randomBytes(16).toString('base64url'),
    generation: 0,
    issuedAt: fixture.context.clock.now(),
    edition,
    deviceClass: 'desktop',
    facts: { tpm: randomBytes(12).toString('base64url') },
    isRebind: false,
    origin: 'online',
    within: '/',
    agencyPath: agency.path,
    actor: `device:${deviceId}`,
    sha256: 'a'.repeat(64),
    ...changes,
  };
}

/** All that is kept of an entitlement's seats, and what the log says of their agency. */
function kept({ path }: TestAgency, entitlementId: string) {
  return fixture.database.transaction(serviceContext('test'), async (trx) => ({
    activations: await trx
      .selectFrom('licensing_activation')
      .selectAll()
      .where('entitlement_id', '=', entitlementId)
      .orderBy('id')
      .execute(),
    nodes: await trx
      .selectFrom('licensing_allocation')
      .select(['own', 'taken'])
      .where('entitlement_id', '=', entitlementId)
      .execute(),
    entries: await trx
      .selectFrom('assurance_entry')
      .select(['action', 'subject'])
      .where('agency_path', 'like', `${path}%`)
      .orderBy('seq')
      .execute(),
  }));
}

async function ground() {
  const { licensee, entitlementId } = await licensed(fixture, 3);
  const edition = await fixture.database.transaction(serviceContext('test'), async (trx) => {
    const query = trx.selectFrom('licensing_entitlement').select('edition').where('id', '=', entitlementId);
    return (await query.executeTakeFirstOrThrow()).edition;
  });
  const holder = item(licensee, edition);
  await deskOn(fixture.database).settle(holder);
  return { licensee, entitlementId, edition, holder };
}
type Ground = Awaited<ReturnType<typeof ground>>;

const requests: [string, (on: Ground) => Item][] = [
  ['taking a seat', ({ licensee, edition }) => item(licensee, edition)],
  [
    'renewing',
    ({ licensee, edition, holder }) =>
      item(licensee, edition, { deviceId: holder.deviceId, facts: holder.facts, generation: 1 }),
  ],
  [
    'going on with another key',
    ({ licensee, edition, holder }) => {
      fixture.context.clock.advance(1);
      return item(licensee, edition, { facts: holder.facts });
    },
  ],
];

describe.each<Fault>(['lost', 'kept'])('a COMMIT that is %s and reported lost', (fault) => {
  it.each(requests)(
    'leaves %s whole or undone, and asking again gives the one lease',
    async (_what, make) => {
      const on = await ground();
      const asked = make(on);
      const before = await kept(on.licensee, on.entitlementId);
      await expect(deskOn(faulty(fixture.database, fault)).settle(asked)).rejects.toMatchObject({
        code: 'DB_UNAVAILABLE',
      });
      const between = await kept(on.licensee, on.entitlementId);
      if (fault === 'lost') expect(between).toEqual(before);
      const again = await deskOn(fixture.database).settle(asked);
      const after = await kept(on.licensee, on.entitlementId);
      if (fault === 'kept') {
        expect(after).toEqual(between);
        expect(again.act).toBe('repeat');
      }
      const row = after.activations.find(({ device_id }) => device_id === asked.deviceId);
      expect(row).toMatchObject({ nonce: asked.nonce, generation: again.row.generation });
      const active = after.activations.length;
      expect(after.nodes).toEqual([{ own: active, taken: active }]);
      const third = await deskOn(fixture.database).settle(asked);
      expect([third.act, third.row]).toEqual(['repeat', row]);
    },
  );

  it('leaves the giving back of lapsed seats whole or undone, and the next turn ends it', async () => {
    const on = await ground();
    const before = await kept(on.licensee, on.entitlementId);
    fixture.context.clock.advance(211 * 86_400);
    await expect(lapse(roomOn(faulty(fixture.database, fault)))).rejects.toMatchObject({
      code: 'DB_UNAVAILABLE',
    });
    const between = await kept(on.licensee, on.entitlementId);
    if (fault === 'lost') expect(between).toEqual(before);
    await lapse(roomOn(fixture.database));
    const after = await kept(on.licensee, on.entitlementId);
    expect(after.activations).toMatchObject([{ state: 'released', ended_reason: 'lapsed' }]);
    expect(after.nodes).toEqual([{ own: 0, taken: 0 }]);
    expect(after.entries.filter(({ action }) => action === 'licensing.lapse')).toHaveLength(1);
  });
});
