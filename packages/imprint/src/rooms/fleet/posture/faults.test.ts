import { createHash } from 'node:crypto';
import { brotliCompressSync } from 'node:zlib';
import { inventoryText, messageTypes, protocolVersion } from '@imprint/protocol';
import { signJws } from '@imprint/trust';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodReport, testDevice } from '../../../../test/support/test-device.ts';
import { type TestServer, testServer } from '../../../../test/support/test-server.ts';
import type { Database, OpenDatabase } from '../../../platform/database/index.ts';
import { withClient } from '../../../platform/database/provision.ts';
import { platformError } from '../../../platform/errors.ts';
import type { Access } from '../../../platform/http/access.ts';
import { randomIds } from '../../../platform/ids.ts';
import { selectAntivirus } from '../antivirus/actions.ts';
import { openCheckInDesk } from '../check-in.ts';
import type { FleetContext, Tables } from '../context.ts';
import { takeInventory } from '../inventory/actions.ts';
import { purgeInventories } from '../inventory/jobs.ts';
import { judgeDue } from './jobs.ts';
import { recount } from './testing/recount.ts';

let server: TestServer;
let database: OpenDatabase<Tables>;
beforeAll(async () => {
  // The tests decide when devices are judged.
  server = await testServer({}, { postureMs: 3_600_000 });
  database = server.database.open();
});
afterAll(async () => {
  await database.close();
  await server.close();
});

type Fault = 'lost' | 'kept';

/** The database whose writing transactions are lost at COMMIT, or kept and reported lost. */
function faulty(fault: Fault): Database<Tables> {
  const failure = () => platformError('DB_UNAVAILABLE');
  return {
    transaction: async (access, work) => {
      let isWriting = false;
      const result = await database.transaction(access, async (trx) => {
        const done = await work(trx);
        const asked = sql<{
          written: boolean;
        }>`select pg_current_xact_id_if_assigned() is not null as written`;
        isWriting = (await asked.execute(trx)).rows[0]?.written === true;
        if (isWriting && fault === 'lost') throw failure();
        return done;
      });
      if (!isWriting) return result;
      throw failure();
    },
  };
}

interface Ground {
  readonly context: FleetContext;
  readonly access: Access;
  readonly agencyPath: string;
  /** A check-in with the device's next counter; the same packages, or others. */
  readonly checkIn: (packages?: readonly string[]) => string;
  readonly inventory: string;
}
const packages = ['bash 5.2.15-2+b2 amd64'];
const sha256Of = (lines: readonly string[]) =>
  createHash('sha256')
    .update(inventoryText({ packages: [...lines] }))
    .digest('hex');

async function ground(): Promise<Ground> {
  const [root] = (await server.get('/v1/agencies')).body.agencies;
  const name = { en: 'An agency', 'zh-CN': '某机构' };
  const { id, path } = (await server.post('/v1/agencies', { parentId: root.id, kind: 'agency', name })).body;
  const { secret } = (await server.post('/v1/enrolment-tokens', { agencyId: id })).body;
  const device = testDevice();
  await server.post('/v1/enrol', { message: device.enrolment(secret, server.clock.now()) }, '');
  const content = brotliCompressSync(inventoryText({ packages })).toString('base64url');
  const brought = { protocol: protocolVersion, deviceId: device.id, sha256: sha256Of(packages), content };
  const clock = server.clock;
  let counter = 0;
  return {
    context: { database, clock, ids: randomIds(clock), checkInSeconds: 900, smallCell: 5 },
    access: { agencyId: id, agencyPath: path, actor: 'token:test', scopes: ['fleet:write'] },
    agencyPath: path,
    checkIn: (lines = packages) => {
      counter += 1;
      const report = { ...goodReport(clock.now()), inventorySha256: sha256Of(lines) };
      return device.checkIn(counter, clock.now(), { report });
    },
    inventory: signJws({ typ: messageTypes.inventory, kid: device.id }, brought, device.signer),
  };
}

/** Everything the acts below write, of one agency; sets are shared, so they are told as there or not. */
function kept({ agencyPath }: Ground) {
  return withClient(server.database.superuser, async (client) => {
    const rows = async (text: string) => (await client.query(text, [agencyPath])).rows;
    return {
      postures: await rows(`SELECT verdicts -> 'patch' ->> 'state' AS patch, heard_on IS NOT NULL AS heard
        FROM fleet_posture WHERE agency_path = $1`),
      counts: await rows(`SELECT figure, state, devices FROM fleet_compliance
        WHERE agency_path = $1 AND devices > 0 ORDER BY 1, 2`),
      holdings: await rows('SELECT sha256 FROM fleet_device_inventory WHERE agency_path = $1'),
      sets: await rows(
        'SELECT sha256, devices FROM fleet_inventory_count WHERE agency_path = $1 AND devices > 0',
      ),
      stored: (await client.query('SELECT sha256 FROM fleet_inventory ORDER BY 1')).rows,
      chosen: await rows(`SELECT definitions_ring FROM fleet_antivirus_selection WHERE agency_path = $1`),
      entries: await rows(`SELECT action FROM assurance_entry
        WHERE agency_path = $1 AND action = 'fleet.select-antivirus'`),
    };
  });
}

interface Case {
  readonly name: string;
  readonly prepare?: (ground: Ground) => Promise<unknown>;
  readonly act: (context: FleetContext, ground: Ground) => Promise<unknown>;
}
const take = (context: FleetContext, message: string) => openCheckInDesk(context, 100).take(message);
/** Sets that earlier cases left would hide what a case stores. */
const forget = () =>
  withClient(server.database.superuser, (client) => client.query('DELETE FROM fleet_inventory'));
const cases: readonly Case[] = [
  { name: 'a check-in', act: (context, { checkIn }) => take(context, checkIn()) },
  {
    name: 'a turn of the job',
    prepare: async ({ context, checkIn }) => {
      await take(context, checkIn());
      server.clock.advance(4000);
    },
    act: (context) => judgeDue(context),
  },
  {
    name: 'an inventory',
    prepare: async ({ context, checkIn }) => {
      await forget();
      await take(context, checkIn());
    },
    act: (context, { inventory }) => takeInventory(context, inventory),
  },
  {
    name: 'a purge of sets',
    prepare: async (ground) => {
      await forget();
      await withClient(server.database.superuser, (client) =>
        client.query('UPDATE fleet_inventory_count SET devices = 0'),
      );
      await withClient(server.database.superuser, (client) =>
        client.query('DELETE FROM fleet_device_inventory'),
      );
      await take(ground.context, ground.checkIn());
      await takeInventory(ground.context, ground.inventory);
      await take(ground.context, ground.checkIn(['zsh 5.9-4 amd64']));
    },
    act: (context) => purgeInventories(context),
  },
  {
    name: 'a choice',
    act: (context, { access }) => selectAntivirus(context, access, { definitionsRing: 'canary' }),
  },
];

describe.each(cases)('$name', ({ prepare, act }) => {
  it.each(['lost', 'kept'] as const)(
    'that is %s is whole or absent, and leads to the same again',
    async (fault) => {
      const clean = await ground();
      await prepare?.(clean);
      const cleanBefore = await kept(clean);
      await act(clean.context, clean);
      const expected = await kept(clean);
      expect(expected).not.toEqual(cleanBefore);

      const struck = await ground();
      await prepare?.(struck);
      const before = await kept(struck);
      await expect(act({ ...struck.context, database: faulty(fault) }, struck)).rejects.toMatchObject({
        code: 'DB_UNAVAILABLE',
      });
      if (fault === 'lost') expect(await kept(struck)).toEqual(before);
      else expect(await kept(struck)).toEqual(expected);
      await act(struck.context, struck);
      const { entries, ...again } = await kept(struck);
      expect({ ...again, entries: entries.slice(0, 1) }).toEqual({
        ...expected,
        entries: expected.entries.slice(0, 1),
      });
      const counts = await withClient(server.database.superuser, recount);
      expect(counts.kept).toEqual(counts.counted);
    },
  );
});
