import { isImprintError } from '@imprint/protocol';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, serviceContext } from '../../../platform/database/index.ts';
import { platformError } from '../../../platform/errors.ts';
import type { Access } from '../../../platform/http/access.ts';
import { pauseRollout, resumeRollout, skipRing, stopRollout } from './actions.ts';
import { beginRollout } from './begin.ts';
import type { RolloutContext } from './context.ts';
import { advanceRollouts } from './jobs.ts';
import type { RingPlan } from './model.ts';
import type { Tables } from './tables.ts';
import { type RolloutFixture, rolloutFixture, type Scene } from './testing/rollout-fixture.ts';

let fixture: RolloutFixture;
beforeAll(async () => {
  fixture = await rolloutFixture();
});
afterAll(() => fixture.close());

type Fault = 'lost' | 'kept';

/** The database whose writing transactions are lost at COMMIT, or kept and reported lost. */
function faulty(database: Database<Tables>, fault: Fault): Database<Tables> {
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

const plan: RingPlan = {
  rings: [
    {
      name: 'all',
      select: { percentOfRest: 100 },
      offsetDays: 0,
      thresholds: { successPercent: 90, errorPercent: 20, minimumSample: 1 },
      soakHours: 1,
    },
  ],
  silenceHours: 48,
  deferralCapDays: 14,
};

interface Ground {
  readonly scene: Scene;
  readonly access: Access;
  readonly planId: string;
  readonly releaseSha256: string;
  readonly id: string;
}

/** What an act does, and on a rollout that was prepared how. */
interface Case {
  readonly name: string;
  readonly prepare: (ground: Ground) => Promise<unknown>;
  readonly act: (context: RolloutContext, ground: Ground) => Promise<unknown>;
}
const begin = (context: RolloutContext, { access, planId, releaseSha256, id }: Ground) =>
  beginRollout(context, access, { id, planId, releaseSha256 }, false);
const begun = async (ground: Ground) => {
  await begin(ground.scene.context, ground);
  await advanceRollouts(ground.scene.context);
};
const cases: readonly Case[] = [
  { name: 'begin', prepare: async () => undefined, act: begin },
  {
    name: 'advance',
    prepare: (ground) => begin(ground.scene.context, ground),
    act: (context) => advanceRollouts(context),
  },
  {
    name: 'pause',
    prepare: begun,
    act: (context, { access, id }) => pauseRollout(context, access, id, 'why'),
  },
  {
    name: 'resume',
    prepare: async (ground) => {
      await begun(ground);
      await pauseRollout(ground.scene.context, ground.access, ground.id, 'why');
    },
    act: (context, { access, id }) => resumeRollout(context, access, id, 'why'),
  },
  {
    name: 'skip',
    prepare: begun,
    act: (context, { access, id }) => skipRing(context, access, id, { ring: 'all', reason: 'why' }),
  },
  { name: 'stop', prepare: begun, act: (context, { access, id }) => stopRollout(context, access, id, 'why') },
];

async function ground(): Promise<Ground> {
  const scene = await fixture.scene();
  await scene.devices(1);
  const { id: agencyId, path: agencyPath } = scene.owner;
  const access: Access = { agencyId, agencyPath, actor: 'token:test', scopes: ['fleet:write'] };
  const releaseSha256 = await scene.publish('2026.12.0');
  return { scene, access, planId: await scene.plan(plan), releaseSha256, id: scene.context.ids.id() };
}

/** All that is kept of a rollout, and what the log says of it. */
function kept({ scene: { context }, id }: Ground) {
  return context.database.transaction(serviceContext('test'), async (trx) => ({
    rollout: await trx
      .selectFrom('fleet_rollout')
      .select(['state', 'revision'])
      .where('id', '=', id)
      .execute(),
    groups: await trx
      .selectFrom('fleet_rollout_group')
      .select(['ring', 'step', 'phase', 'planned', 'pending'])
      .where('rollout_id', '=', id)
      .execute(),
    decisions: await trx
      .selectFrom('fleet_rollout_decision')
      .select(['code', 'actor'])
      .where('rollout_id', '=', id)
      .orderBy('number')
      .execute(),
    entries: await trx
      .selectFrom('assurance_entry')
      .select(['action', 'actor'])
      .where('subject', 'like', `rollout:${id}%`)
      .orderBy('seq')
      .execute(),
  }));
}

describe.each(cases)('$name', ({ prepare, act }) => {
  it.each(['lost', 'kept'] as const)(
    'that is %s is whole or absent, and leads to the same when repeated',
    async (fault) => {
      const clean = await ground();
      await prepare(clean);
      const cleanBefore = await kept(clean);
      await act(clean.scene.context, clean);
      const expected = await kept(clean);
      expect(expected).not.toEqual(cleanBefore);

      const struck = await ground();
      await prepare(struck);
      const before = await kept(struck);
      const context = { ...struck.scene.context, database: faulty(struck.scene.context.database, fault) };
      await expect(act(context, struck)).rejects.toMatchObject({ code: 'DB_UNAVAILABLE' });
      expect(await kept(struck)).toEqual(fault === 'lost' ? before : expected);
      // What was kept is repeated without effect, or refused because it is done.
      await act(struck.scene.context, struck).catch((error: unknown) => {
        if (fault === 'lost' || !isRefusal(error)) throw error;
      });
      expect(await kept(struck)).toEqual(expected);
    },
  );
});

const isRefusal = (error: unknown): boolean =>
  isImprintError(error, 'FLEET_ROLLOUT_STATE') || isImprintError(error, 'FLEET_ROLLOUT_NOTHING_TO_SKIP');
