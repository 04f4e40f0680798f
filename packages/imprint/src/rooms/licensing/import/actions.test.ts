import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, serviceContext } from '../../../platform/database/index.ts';
import { platformError } from '../../../platform/errors.ts';
import { record } from '../../assurance/index.ts';
import { allocate } from '../allocation/allocate.ts';
import {
  licensed,
  type SeatTreeFixture,
  seatTreeFixture,
  type TestAgency,
} from '../allocation/testing/seat-tree-fixture.ts';
import type { Tables } from '../tables.ts';
import { importSheet } from './actions.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

const header = 'code,parent,kind,sector,name_en,name_zh,agreement,class,floor,ceiling';

/** Agencies A, B below a licensee and A1, B1 below those; codes are the licensee's own. */
function rowsFor({ id }: TestAgency, bounds: Readonly<Record<string, readonly [number, number]>>): string {
  const code = (name: string) => `${id}-${name}`;
  const rows = ['A', 'B', 'A1', 'B1'].map((name) => {
    const parent = name.length === 1 ? id : code(name.slice(0, 1));
    const of = bounds[name];
    const seats = of === undefined ? ',,,' : `${id},desktop,${of[0]},${of[1]}`;
    return `${code(name)},${parent},agency,other,${name},${name},${seats}`;
  });
  return [header, ...rows].join('\n');
}

function importing(text: string, database: Database<Tables> = fixture.database) {
  const { context, nation, accessOf } = fixture;
  return importSheet({ ...context, database }, accessOf(nation), { bytes: Buffer.from(text) }, false);
}

/** The licensee's seat tree by the names of its agencies, and its seats by node. */
async function treeOf(entitlementId: string) {
  const nodes = await fixture.nodes(entitlementId);
  const agencies = await fixture.database.transaction(serviceContext('test'), (trx) =>
    trx.selectFrom('organisation_agency').select(['id', 'name_en', 'parent_id']).execute(),
  );
  const seats = await fixture.activeSeats(entitlementId);
  const nameOf = (id: string) => agencies.find((agency) => agency.id === id)?.name_en ?? '';
  const label = ({ agency_id, parent_id }: { agency_id: string; parent_id: string | null }) =>
    parent_id === null ? 'licensee' : nameOf(agency_id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return nodes
    .map((node) => {
      const parent = byId.get(node.parent_id ?? '');
      const { floor, ceiling, own, taken } = node;
      const above = parent === undefined ? '' : label(parent);
      return { name: label(node), above, floor, ceiling, own, taken, seats: seats.get(node.id) ?? 0 };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function idsOf(licensee: TestAgency): Promise<ReadonlyMap<string, TestAgency>> {
  const rows = await fixture.database.transaction(serviceContext('test'), (trx) =>
    trx
      .selectFrom('organisation_agency')
      .select(['id', 'path', 'name_en'])
      .where('path', 'like', `${licensee.path}%`)
      .execute(),
  );
  return new Map(rows.map(({ id, path, name_en }) => [name_en, { id, path }]));
}

describe('a file of seats', () => {
  it('leaves what its rows would leave one by one, seats of devices included, or is refused', async () => {
    const bound = fc.tuple(fc.nat({ max: 4 }), fc.integer({ min: 1, max: 10 }));
    const bounds = fc.record({ A: bound, B: bound, A1: bound, B1: bound }, { requiredKeys: [] });
    const devices = fc.array(fc.constantFrom('A', 'B', 'A1', 'B1'), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(bounds, devices, async (wanted, seated) => {
        const worlds = [await licensed(fixture, 10), await licensed(fixture, 10)] as const;
        for (const { licensee, entitlementId } of worlds) {
          await importing(rowsFor(licensee, {}));
          const agencies = await idsOf(licensee);
          for (const name of seated) await fixture.take(entitlementId, agencies.get(name)?.path ?? '');
        }
        const [whole, single] = worlds;
        const imported = await importing(rowsFor(whole.licensee, wanted)).then(
          () => true,
          () => false,
        );
        const agencies = await idsOf(single.licensee);
        let allTaken = true;
        for (const name of ['A', 'B', 'A1', 'B1'] as const) {
          const of = wanted[name];
          const agencyId = agencies.get(name)?.id ?? '';
          if (of === undefined) continue;
          const [floor, ceiling] = of;
          const one = { entitlementId: single.entitlementId, agencyId, floor, ceiling };
          await allocate(fixture.context, fixture.accessOf(fixture.nation), one, false).catch(() => {
            allTaken = false;
          });
        }
        expect(imported).toBe(allTaken);
        if (imported) expect(await treeOf(whole.entitlementId)).toEqual(await treeOf(single.entitlementId));
      }),
      { numRuns: 25 },
    );
  });
});

it('waits for a device that renews, which never waits for it', async () => {
  const { licensee, entitlementId } = await licensed(fixture, 10);
  await importing(rowsFor(licensee, {}));
  const path = (await idsOf(licensee)).get('A')?.path ?? '';
  await fixture.take(entitlementId, path);
  const added = `${licensee.id}-C,${licensee.id},agency,other,C,C,,,,`;
  const file = `${rowsFor(licensee, { A: [0, 5] })}\n${added}`;
  const { context, database } = fixture;
  const event = {
    at: context.clock.now(),
    action: 'test.renew',
    actor: 'test',
    agencyPath: path,
    subject: 'x',
  };
  let imported: Promise<unknown> | undefined;
  await database.transaction(serviceContext('test'), async (trx) => {
    const held = trx
      .selectFrom('licensing_activation')
      .select('id')
      .where('entitlement_id', '=', entitlementId);
    await held.forNoKeyUpdate().execute();
    imported = importing(file);
    imported.catch(() => {});
    await expect.poll(() => waiting(), { timeout: 10_000, interval: 20 }).toBe(1);
    await record(trx, event);
  });
  expect(await imported).toMatchObject({ agencies: { new: 1 }, seats: { new: 1 } });
  expect(await treeOf(entitlementId)).toContainEqual({
    name: 'A',
    above: 'licensee',
    floor: 0,
    ceiling: 5,
    own: 1,
    taken: 1,
    seats: 1,
  });
});

/** How many transactions wait for another one's lock. */
async function waiting(): Promise<number> {
  const { rows } = await fixture.database.transaction(serviceContext('test'), (trx) =>
    sql<{ waiting: number }>`select count(*)::int as waiting from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`.execute(trx),
  );
  return rows[0]?.waiting ?? 0;
}

describe.each(['lost', 'kept and reported lost'])('when its transaction is %s', (fault) => {
  it('everything or nothing of it is there, and the same file again completes it', async () => {
    const { licensee, entitlementId } = await licensed(fixture, 10);
    const file = rowsFor(licensee, { A: [2, 5], A1: [1, 3] });
    const failing: Database<Tables> = {
      transaction: async (access, work) => {
        const isLost = fault === 'lost';
        await fixture.database.transaction(access, async (trx) => {
          await work(trx);
          if (isLost) throw platformError('DB_UNAVAILABLE');
        });
        throw platformError('DB_UNAVAILABLE');
      },
    };
    await expect(importing(file, failing)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
    const isThere = fault !== 'lost';
    expect(await treeOf(entitlementId)).toHaveLength(isThere ? 3 : 1);
    expect((await idsOf(licensee)).size).toBe(isThere ? 5 : 1);
    const again = await importing(file);
    expect(again.agencies).toEqual(isThere ? { new: 0, unchanged: 4 } : { new: 4, unchanged: 0 });
    expect(await treeOf(entitlementId)).toEqual([
      { name: 'A', above: 'licensee', floor: 2, ceiling: 5, own: 0, taken: 1, seats: 0 },
      { name: 'A1', above: 'A', floor: 1, ceiling: 3, own: 0, taken: 0, seats: 0 },
      { name: 'licensee', above: '', floor: 0, ceiling: 10, own: 0, taken: 2, seats: 0 },
    ]);
  });
});
