import { createHash } from 'node:crypto';
import { testDatabase } from '../../../../../test/support/test-database.ts';
import { type TestClock, testClock } from '../../../../../test/support/test-server.ts';
import { type OpenDatabase, openPool } from '../../../../platform/database/database.ts';
import { serviceContext } from '../../../../platform/database/index.ts';
import { type Access, scopes } from '../../../../platform/http/access.ts';
import { randomIds } from '../../../../platform/ids.ts';
import { openLog } from '../../../../platform/log.ts';
import type { AllocationRow, Tables } from '../../tables.ts';
import { type AllocationContext, addAgreement, addEntitlement } from '../actions.ts';
import type { NewAgreement, NewEntitlement } from '../model.ts';
import { releaseSeats, takeSeats } from '../rules.ts';
import { chainOf, lockTree, nodeOf, saveCounters } from '../store.ts';

export interface TestAgency {
  readonly id: string;
  readonly path: string;
}

/** The room on a database of its own, with a nation and a way to add agencies, and seats that are really taken. */
export interface SeatTreeFixture {
  readonly context: AllocationContext & { readonly clock: TestClock };
  readonly database: OpenDatabase<Tables>;
  readonly nation: TestAgency;
  agency(parent: TestAgency): Promise<TestAgency>;
  accessOf(agency: TestAgency): Access;
  /** Takes a seat for a new device of an agency; false where there is none. */
  take(entitlementId: string, agencyPath: string): Promise<boolean>;
  /** Gives back a seat of an agency's devices; false where they have none. */
  release(entitlementId: string, agencyPath: string): Promise<boolean>;
  nodes(entitlementId: string): Promise<AllocationRow[]>;
  /** Active devices by the node they count at. */
  activeSeats(entitlementId: string): Promise<Map<string, number>>;
  actions(): Promise<string[]>;
  close(): Promise<void>;
}

const service = serviceContext('test');

export async function seatTreeFixture(connections = 5): Promise<SeatTreeFixture> {
  const home = await testDatabase();
  const log = openLog('silent');
  const database = openPool<Tables>(home.app, { connections, log });
  const clock = testClock(new Date('2026-03-02T08:00:00.000Z'));
  const ids = randomIds(clock);
  const context = { database, clock, ids };
  const agency = async (parent: TestAgency | undefined): Promise<TestAgency> => {
    const id = ids.id();
    const path = `${parent?.path ?? '/'}${id}/`;
    await database.transaction(service, (trx) =>
      trx
        .insertInto('organisation_agency')
        .values({
          id,
          parent_id: parent?.id ?? null,
          path,
          kind: parent === undefined ? 'nation' : 'agency',
          sector: null,
          name_en: id,
          name_zh: id,
          created_at: clock.now(),
        })
        .execute(),
    );
    return { id, path };
  };
  return {
    context,
    database,
    nation: await agency(undefined),
    agency,
    accessOf: ({ id, path }) => ({ agencyId: id, agencyPath: path, actor: `token:${id}`, scopes }),
    take: (entitlementId, agencyPath) => take(context, entitlementId, agencyPath),
    release: (entitlementId, agencyPath) => release(database, entitlementId, agencyPath),
    nodes: (entitlementId) => database.transaction(service, (trx) => lockTree(trx, entitlementId)),
    activeSeats: (entitlementId) => activeSeats(database, entitlementId),
    actions: async () => {
      const rows = await database.transaction(service, (trx) =>
        trx.selectFrom('assurance_entry').select('action').orderBy('seq').execute(),
      );
      return rows.map(({ action }) => action);
    },
    close: async () => {
      await database.close();
      await home.drop();
    },
  };
}

export const agreementWith = ({ id }: TestAgency, number = 'A-1'): NewAgreement => ({
  agencyId: id,
  number,
  licensor: 'the operator',
  sector: 'government',
  edition: 'gov-desktop',
  startsAt: '2026-01-01T00:00:00.000Z',
  endsAt: '2029-01-01T00:00:00.000Z',
  documentSha256: createHash('sha256').update(number).digest('hex'),
});

/** Agrees on seats with a new agency below the nation. */
export async function licensed(
  fixture: SeatTreeFixture,
  seats: number,
  extra: Partial<NewEntitlement> = {},
): Promise<{ licensee: TestAgency; entitlementId: string; agreementId: string }> {
  const { context, nation, accessOf } = fixture;
  const licensee = await fixture.agency(nation);
  const operator = accessOf(nation);
  const agreement = await addAgreement(context, operator, agreementWith(licensee, licensee.id), false);
  const wanted = { agreementId: agreement.id, deviceClass: 'desktop', seats, ...extra };
  const entitlement = await addEntitlement(context, operator, wanted, false);
  return { licensee, entitlementId: entitlement.id, agreementId: agreement.id };
}

function take(context: AllocationContext, entitlementId: string, agencyPath: string): Promise<boolean> {
  return context.database.transaction(service, async (trx) => {
    const [node, ...above] = chainOf(await lockTree(trx, entitlementId), agencyPath);
    if (node === undefined) return false;
    const taken = takeSeats([node, ...above].map(nodeOf), 1);
    if (!taken.ok) return false;
    await saveCounters(trx, taken.chain);
    const now = context.clock.now();
    await trx
      .insertInto('licensing_activation')
      .values({
        id: context.ids.id(),
        entitlement_id: entitlementId,
        allocation_id: node.id,
        agency_path: agencyPath,
        device_id: context.ids.secret(),
        state: 'active',
        seat: 'regular',
        origin: 'online',
        generation: 1,
        nonce: 'n',
        requested_at: now,
        facts: '{}',
        fact_tpm: null,
        fact_board: null,
        activated_at: now,
        renewed_at: now,
        renew_at: now,
        lease_ends_at: now,
        overage_until: null,
        rebound_at: [],
        reimaged_at: [],
        duplicate_at: null,
        ended_at: null,
        ended_reason: null,
      })
      .execute();
    return true;
  });
}

function release(
  database: OpenDatabase<Tables>,
  entitlementId: string,
  agencyPath: string,
): Promise<boolean> {
  return database.transaction(service, async (trx) => {
    const tree = await lockTree(trx, entitlementId);
    const seat = await trx
      .selectFrom('licensing_activation')
      .selectAll()
      .where('entitlement_id', '=', entitlementId)
      .where('agency_path', '=', agencyPath)
      .where('state', '=', 'active')
      .limit(1)
      .executeTakeFirst();
    const node = tree.find(({ id }) => id === seat?.allocation_id);
    if (seat === undefined || node === undefined) return false;
    await saveCounters(trx, releaseSeats(chainOf(tree, node.agency_path).map(nodeOf), 1));
    await trx
      .updateTable('licensing_activation')
      .set({ state: 'released', ended_at: seat.activated_at, ended_reason: 'lapsed' })
      .where('id', '=', seat.id)
      .execute();
    return true;
  });
}

async function activeSeats(
  database: OpenDatabase<Tables>,
  entitlementId: string,
): Promise<Map<string, number>> {
  const rows = await database.transaction(service, (trx) =>
    trx
      .selectFrom('licensing_activation')
      .select(['allocation_id', ({ fn }) => fn.countAll<number>().as('seats')])
      .where('entitlement_id', '=', entitlementId)
      .where('state', '=', 'active')
      .groupBy('allocation_id')
      .execute(),
  );
  return new Map(rows.map(({ allocation_id, seats }) => [allocation_id, seats]));
}
