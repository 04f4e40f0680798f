import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceContext } from '../../../platform/database/index.ts';
import type { AllocationRow } from '../tables.ts';
import { allocate } from './allocate.ts';
import { reclaim } from './jobs.ts';
import { hardCeilingAt, hardCeilingOf, overageUntil } from './overage.ts';
import { isReclaimed, isSeatReclaimed } from './reclaim.ts';
import { setSeats } from './seats.ts';
import { chainOf } from './store.ts';
import { licensed, type SeatTreeFixture, seatTreeFixture } from './testing/seat-tree-fixture.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

const operator = () => fixture.accessOf(fixture.nation);
const inDays = (days: number) => new Date(fixture.context.clock.now().getTime() + days * 86_400_000);

/** A node on which seats were taken one after another. */
async function seated(seats: number, ceiling: number) {
  const { licensee, entitlementId } = await licensed(fixture, 20);
  const below = await fixture.agency(licensee);
  const bind = (next: number, reclaimAt?: string) =>
    allocate(
      fixture.context,
      operator(),
      {
        entitlementId,
        agencyId: below.id,
        floor: 0,
        ceiling: next,
        ...(reclaimAt === undefined ? {} : { reclaimAt }),
      },
      false,
    );
  await bind(ceiling);
  for (let seat = 0; seat < seats; seat += 1) {
    await fixture.take(entitlementId, below.path);
    fixture.context.clock.advance(60);
  }
  const node = async () => chainOf(await fixture.nodes(entitlementId), below.path)[0];
  return { licensee, entitlementId, below, bind, node };
}

/** Which of the seats, in the order they were taken, are no longer renewed at an instant. */
function refused(entitlementId: string, path: string, now: Date): Promise<boolean[]> {
  return fixture.database.transaction(serviceContext('test'), async (trx) => {
    const chain = chainOf(await fixture.nodes(entitlementId), path);
    const seats = await trx
      .selectFrom('licensing_activation')
      .select(['id', 'activated_at'])
      .where('entitlement_id', '=', entitlementId)
      .where('state', '=', 'active')
      .orderBy('activated_at')
      .execute();
    const answers: boolean[] = [];
    for (const seat of seats) answers.push(await isSeatReclaimed(trx, chain, seat, now));
    return answers;
  });
}

describe('a dated reclaim', () => {
  it('frees unused seats at once, gives notice, and then ends those taken last', async () => {
    const { entitlementId, below, bind, node } = await seated(6, 9);
    await expect(bind(4)).rejects.toMatchObject({ code: 'LICENSING_CEILING_BELOW_TAKEN' });
    const date = inDays(30);
    expect(await bind(4, date.toISOString())).toMatchObject({
      ceiling: 6,
      free: 0,
      reclaim: { ceiling: 4, at: date.toISOString() },
    });
    expect(await fixture.take(entitlementId, below.path)).toBe(false);
    expect(await refused(entitlementId, below.path, inDays(29))).toEqual(Array(6).fill(false));
    expect(await refused(entitlementId, below.path, date)).toEqual([false, false, false, false, true, true]);
    const held = (await node()) as AllocationRow;
    expect([isReclaimed(held, inDays(29)), isReclaimed(held, date)]).toEqual([false, true]);
  });

  it('takes back what is given back, and is over when it has come down', async () => {
    const { entitlementId, below, bind, node } = await seated(6, 9);
    await bind(4, inDays(30).toISOString());
    await fixture.release(entitlementId, below.path);
    await reclaim(fixture.context);
    expect(await node()).toMatchObject({ ceiling: 5, hard_ceiling: 5, taken: 5, reclaim_ceiling: 4 });
    expect(await fixture.take(entitlementId, below.path)).toBe(false);
    await fixture.release(entitlementId, below.path);
    await fixture.release(entitlementId, below.path);
    await reclaim(fixture.context);
    expect(await node()).toMatchObject({ ceiling: 4, taken: 3, reclaim_ceiling: null, reclaim_at: null });
    expect(await fixture.take(entitlementId, below.path)).toBe(true);
  });

  it('is withdrawn by bounds without a date', async () => {
    const { bind, node } = await seated(6, 9);
    await bind(4, inDays(30).toISOString());
    await bind(8);
    expect(await node()).toMatchObject({ ceiling: 8, reclaim_ceiling: null });
  });

  it('of an entitlement lowers its seats with its root', async () => {
    const { entitlementId, below } = await seated(6, 9);
    const wanted = { seats: 2, reclaimAt: inDays(30).toISOString() };
    await setSeats(fixture.context, operator(), entitlementId, wanted, false);
    for (let seat = 0; seat < 3; seat += 1) await fixture.release(entitlementId, below.path);
    await reclaim(fixture.context);
    const again = await setSeats(fixture.context, operator(), entitlementId, { seats: 3 }, true);
    expect(again).toMatchObject({ seats: 3, taken: 3 });
    expect(await fixture.nodes(entitlementId)).toMatchObject([{ ceiling: 3, hard_ceiling: 3 }, {}]);
  });
});

describe('a node put between', () => {
  it("takes over the seats of its agency's devices and leaves the others", async () => {
    const { licensee, entitlementId } = await licensed(fixture, 20);
    const [province, other] = [await fixture.agency(licensee), await fixture.agency(licensee)];
    const site = await fixture.agency(province);
    for (const { path } of [site, site, province, other]) await fixture.take(entitlementId, path);
    await fixture.release(entitlementId, site.path);
    const wanted = { entitlementId, agencyId: province.id, floor: 3, ceiling: 5 };
    expect(await allocate(fixture.context, operator(), wanted, false)).toMatchObject({
      own: 2,
      taken: 2,
      free: 3,
    });
    const nodes = await fixture.nodes(entitlementId);
    expect(nodes).toMatchObject([
      { own: 1, taken: 4 },
      { own: 2, taken: 2 },
    ]);
    const active = await fixture.activeSeats(entitlementId);
    expect(nodes.map(({ id }) => active.get(id))).toEqual([1, 2]);
  });
});

describe('an allocation that fills up', () => {
  it('raises an alert with the change of its bounds', async () => {
    const { bind, node } = await seated(4, 10);
    await bind(5);
    expect(await node()).toMatchObject({ alerted: 80 });
    const messages = await fixture.database.transaction(serviceContext('test'), (trx) =>
      trx.selectFrom('platform_outbox').select('topic').execute(),
    );
    expect(messages).toContainEqual({ topic: 'licensing.alert' });
    await bind(10);
    expect(await node()).toMatchObject({ alerted: 0 });
  });
});

describe('an entitlement that has ended', () => {
  it('is divided no more', async () => {
    const endsAt = inDays(1).toISOString();
    const { licensee, entitlementId } = await licensed(fixture, 5, { endsAt });
    const below = await fixture.agency(licensee);
    fixture.context.clock.advance(86_400);
    const wanted = { entitlementId, agencyId: below.id, floor: 0, ceiling: 1 };
    const asked = allocate(fixture.context, operator(), wanted, false);
    await expect(asked).rejects.toMatchObject({
      code: 'LICENSING_ENTITLEMENT_ENDED',
      params: { endedAt: endsAt },
    });
  });
});

describe('overage', () => {
  const since = new Date('2026-03-01T00:00:00.000Z');
  const terms = {
    seats: 33,
    overage: 'percent',
    overage_percent: 10,
    overage_days: 30,
    overage_since: null,
  } as const;

  it('in percent is rounded down, tolerated for its days, and then no further seat is', () => {
    expect(hardCeilingOf(terms)).toBe(36);
    expect(overageUntil(terms)).toBeUndefined();
    const running = { ...terms, overage_since: since };
    expect(overageUntil(running)?.toISOString()).toBe('2026-03-31T00:00:00.000Z');
    expect(hardCeilingAt(running, new Date('2026-03-30T23:59:59.999Z'))).toBe(36);
    expect(hardCeilingAt(running, new Date('2026-03-31T00:00:00.000Z'))).toBe(33);
  });

  it('is nothing where it is denied and anything where it is only reported', () => {
    const plain = { ...terms, overage_percent: null, overage_days: null };
    expect(hardCeilingOf({ ...plain, overage: 'deny' })).toBe(33);
    expect(hardCeilingOf({ ...plain, overage: 'report' })).toBeNull();
    expect(hardCeilingAt({ ...plain, overage: 'report' }, since)).toBeUndefined();
  });
});
