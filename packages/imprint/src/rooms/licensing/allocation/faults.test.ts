import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, serviceContext } from '../../../platform/database/index.ts';
import { platformError } from '../../../platform/errors.ts';
import type { Tables } from '../tables.ts';
import { type AllocationContext, addAgreement, addEntitlement, endAgreement } from './actions.ts';
import { allocate } from './allocate.ts';
import { reclaim } from './jobs.ts';
import { setSeats } from './seats.ts';
import {
  agreementWith,
  licensed,
  type SeatTreeFixture,
  seatTreeFixture,
  type TestAgency,
} from './testing/seat-tree-fixture.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

/** Ten seats agreed, six of them taken below a node of eight. */
interface Ground {
  readonly licensee: TestAgency;
  readonly below: TestAgency;
  readonly beside: TestAgency;
  readonly entitlementId: string;
  readonly agreementId: string;
}

async function ground(of: SeatTreeFixture): Promise<Ground> {
  const { licensee, entitlementId, agreementId } = await licensed(of, 10);
  const [below, beside] = [await of.agency(licensee), await of.agency(licensee)];
  const wanted = { entitlementId, agencyId: below.id, floor: 2, ceiling: 8 };
  await allocate(of.context, of.accessOf(of.nation), wanted, false);
  for (let seat = 0; seat < 6; seat += 1) await of.take(entitlementId, below.path);
  return { licensee, below, beside, entitlementId, agreementId };
}

type Fault = 'lost' | 'kept';

/** The database whose n-th transaction is lost at COMMIT, or kept and reported lost. */
function faulty(database: Database<Tables>, fault: Fault, nth: number): Database<Tables> {
  let count = 0;
  const failure = () => platformError('DB_UNAVAILABLE');
  return {
    transaction: async (access, work) => {
      count += 1;
      if (count !== nth) return database.transaction(access, work);
      if (fault === 'lost') {
        return database.transaction(access, async (trx) => {
          await work(trx);
          throw failure();
        });
      }
      await database.transaction(access, work);
      throw failure();
    },
  };
}

/** All that is kept of a licensee, and what the log says of it, without what differs between two licensees. */
function kept({ database }: SeatTreeFixture, { path }: TestAgency) {
  const like = `${path}%`;
  return database.transaction(serviceContext('test'), async (trx) => ({
    agreements: await trx
      .selectFrom('licensing_agreement')
      .select(['sector', 'ends_at', 'ended_at'])
      .where('agency_path', 'like', like)
      .orderBy('id')
      .execute(),
    entitlements: await trx
      .selectFrom('licensing_entitlement')
      .select(['device_class', 'seats', 'overage_since'])
      .where('agency_path', 'like', like)
      .orderBy('seats')
      .execute(),
    nodes: await trx
      .selectFrom('licensing_allocation')
      .select([
        'floor',
        'ceiling',
        'hard_ceiling',
        'own',
        'taken',
        'reclaim_ceiling',
        'reclaim_at',
        'alerted',
      ])
      .where('agency_path', 'like', like)
      .orderBy('ceiling')
      .orderBy('floor')
      .execute(),
    log: await trx
      .selectFrom('assurance_entry')
      .select('action')
      .where('agency_path', 'like', like)
      .orderBy('seq')
      .execute(),
  }));
}

type Act = (context: AllocationContext, on: Ground) => Promise<unknown>;
const operator = () => fixture.accessOf(fixture.nation);
const later = () => new Date(fixture.context.clock.now().getTime() + 86_400_000).toISOString();

const acts: readonly (readonly [string, Act])[] = [
  [
    'an agreement',
    (context, { beside }) => addAgreement(context, operator(), agreementWith(beside, beside.id), false),
  ],
  ["an agreement's end", (context, { agreementId }) => endAgreement(context, operator(), agreementId, false)],
  [
    'an entitlement with an id of its own',
    (context, { agreementId, beside }) => {
      const wanted = { id: beside.id, agreementId, deviceClass: 'server', seats: 3 };
      return addEntitlement(context, operator(), wanted, false);
    },
  ],
  ['more seats', (context, { entitlementId: id }) => setSeats(context, operator(), id, { seats: 12 }, false)],
  [
    'fewer seats from a date on',
    (context, { entitlementId: id }) =>
      setSeats(context, operator(), id, { seats: 3, reclaimAt: later() }, false),
  ],
  [
    'a new node',
    (context, { entitlementId, beside }) =>
      allocate(context, operator(), { entitlementId, agencyId: beside.id, floor: 4, ceiling: 4 }, false),
  ],
  [
    'other bounds of a node',
    (context, { entitlementId, below }) =>
      allocate(context, operator(), { entitlementId, agencyId: below.id, floor: 7, ceiling: 7 }, false),
  ],
  [
    'a lower ceiling from a date on',
    (context, { entitlementId, below }) => {
      const wanted = { entitlementId, agencyId: below.id, floor: 0, ceiling: 4, reclaimAt: later() };
      return allocate(context, operator(), wanted, false);
    },
  ],
];

/** Acts with a fault and again on one ground, and once without on another: both must be kept alike, each step of the way. */
async function expectWhole(of: SeatTreeFixture, act: Act, fault: Fault, [smooth, rough]: [Ground, Ground]) {
  const { context } = of;
  const before = await kept(of, smooth.licensee);
  await act(context, smooth);
  const after = await kept(of, smooth.licensee);
  expect(after).not.toEqual(before);
  const failing = { ...context, database: faulty(of.database, fault, 1) };
  await expect(act(failing, rough)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
  expect(await kept(of, rough.licensee)).toEqual(fault === 'lost' ? before : after);
  await act(context, rough);
  expect(await kept(of, rough.licensee)).toEqual(after);
}

describe.each<Fault>(['lost', 'kept'])('a change whose COMMIT is %s when the database goes away', (fault) => {
  it.each(acts)('keeps %s whole or not at all, and once when asked again', async (_name, act) => {
    await expectWhole(fixture, act, fault, [await ground(fixture), await ground(fixture)]);
  });
});

describe.each<Fault>(['lost', 'kept'])('a reclaim whose COMMIT is %s', (fault) => {
  it('is done at the next turn, once', async () => {
    const own = await seatTreeFixture();
    try {
      const reclaimable = async () => {
        const made = await ground(own);
        const { entitlementId, below } = made;
        const wanted = { entitlementId, agencyId: below.id, floor: 0, ceiling: 5, reclaimAt: later() };
        await allocate(own.context, own.accessOf(own.nation), wanted, false);
        await own.release(entitlementId, below.path);
        return made;
      };
      const smooth = await reclaimable();
      const before = await kept(own, smooth.licensee);
      await reclaim(own.context);
      const after = await kept(own, smooth.licensee);
      expect(after.nodes).toMatchObject([{ ceiling: 5, taken: 5, reclaim_ceiling: null }, { taken: 5 }]);
      const rough = await reclaimable();
      const failing = { ...own.context, database: faulty(own.database, fault, 2) };
      await expect(reclaim(failing)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
      expect(await kept(own, rough.licensee)).toEqual(fault === 'lost' ? before : after);
      await reclaim(own.context);
      expect(await kept(own, rough.licensee)).toEqual(after);
    } finally {
      await own.close();
    }
  });
});
