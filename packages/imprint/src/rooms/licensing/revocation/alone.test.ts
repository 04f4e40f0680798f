import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLog } from '../../../platform/log.ts';
import { licensed, type SeatTreeFixture, seatTreeFixture } from '../allocation/testing/seat-tree-fixture.ts';
import type { LicensingContext } from '../context.ts';
import { testPolicy } from '../testing/policy.ts';
import { confirmRevocation, revoke } from './actions.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

const context = (): LicensingContext => ({
  ...fixture.context,
  log: openLog('silent'),
  policy: { ...testPolicy, revokeAlone: 3 },
  licenceKey: async () => undefined,
  agencyOfDevice: async () => undefined,
  agenciesOfDevices: async () => new Map(),
});

const person = (name: string) => ({ ...fixture.accessOf(fixture.nation), actor: `person:${name}` });

/** Activations of entitlements of their own, so that no seat tree is shared. */
async function activations(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) {
    const { licensee, entitlementId } = await licensed(fixture, 1);
    await fixture.take(entitlementId, licensee.path);
    const { id } = await fixture.database.transaction(person('any'), (trx) =>
      trx
        .selectFrom('licensing_activation')
        .select('id')
        .where('entitlement_id', '=', entitlementId)
        .executeTakeFirstOrThrow(),
    );
    ids.push(id);
  }
  return ids;
}

const one = (name: string, subjectId: string) =>
  revoke(context(), person(name), { scope: 'activation', subjectId, reason: 'misuse' }, false);

it('lets nobody revoke more alone by revoking one at a time, or many at once', async () => {
  const ids = await activations(6);
  const got = await Promise.all(ids.map((id) => one('zhu', id)));
  expect(got.map(({ state }) => state).sort()).toEqual([
    ...Array(3).fill('applied'),
    ...Array(3).fill('pending'),
  ]);
});

it('counts what a second person confirmed for neither, and what is a day old no more', async () => {
  const [a = '', b = '', c = '', d = '', e = '', f = ''] = await activations(6);
  for (const id of [a, b, c]) expect((await one('qian', id)).state).toBe('applied');
  const waiting = await one('qian', d);
  expect(waiting.state).toBe('pending');
  expect((await confirmRevocation(context(), person('sun'), waiting.id, false)).state).toBe('applied');
  expect((await one('sun', e)).state).toBe('applied');
  fixture.context.clock.advance(86_400);
  expect((await one('qian', f)).state).toBe('applied');
});
