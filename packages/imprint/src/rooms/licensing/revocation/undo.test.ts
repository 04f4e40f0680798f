import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLog } from '../../../platform/log.ts';
import { licensed, type SeatTreeFixture, seatTreeFixture } from '../allocation/testing/seat-tree-fixture.ts';
import type { LicensingContext } from '../context.ts';
import { testPolicy } from '../testing/policy.ts';
import { confirmRevocation, revoke } from './actions.ts';
import { undoRevocation } from './undo.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

const context = (revokeAlone: number): LicensingContext => ({
  ...fixture.context,
  log: openLog('silent'),
  policy: { ...testPolicy, revokeAlone },
  licenceKey: async () => undefined,
  agencyOfDevice: async () => undefined,
  agenciesOfDevices: async () => new Map(),
});

const person = (name: string) => ({ ...fixture.accessOf(fixture.nation), actor: `person:${name}` });

async function revokedActivation() {
  const { licensee, entitlementId } = await licensed(fixture, 1);
  await fixture.take(entitlementId, licensee.path);
  const find = () =>
    fixture.database.transaction(person('one'), (trx) =>
      trx
        .selectFrom('licensing_activation')
        .selectAll()
        .where('entitlement_id', '=', entitlementId)
        .executeTakeFirstOrThrow(),
    );
  const wanted = { scope: 'activation', subjectId: (await find()).id, reason: 'misuse' } as const;
  const { id } = await revoke(context(10), person('one'), wanted, false);
  return { id, find };
}

describe('undoing more than one person may alone', () => {
  it('waits for a second person', async () => {
    const { id, find } = await revokedActivation();
    const waiting = await undoRevocation(context(0), person('one'), id, 'cleared', false);
    expect(waiting).toMatchObject({ state: 'pending', undoes: id, undoReason: 'cleared' });
    expect((await find()).state).toBe('revoked');
    const confirm = (name: string) => confirmRevocation(context(0), person(name), waiting.id, false);
    await expect(confirm('one')).rejects.toMatchObject({ code: 'LICENSING_REVOCATION_SAME_PERSON' });
    const again = await undoRevocation(context(0), person('two'), id, 'cleared', false);
    expect(again.id).toBe(waiting.id);
    const confirmed = await Promise.all([confirm('two'), confirm('two')]);
    expect(confirmed.map(({ state }) => state)).toEqual(['applied', 'applied']);
    expect(await find()).toMatchObject({ state: 'released', ended_reason: 'reinstated' });
    expect((await fixture.actions()).slice(-2)).toEqual([
      'licensing.propose-undo',
      'licensing.undo-revocation',
    ]);
  });

  it('leaves alone what was licensed again while it waited', async () => {
    const { id, find } = await revokedActivation();
    const waiting = await undoRevocation(context(0), person('one'), id, 'mistake', false);
    const { id: activation } = await find();
    await fixture.database.transaction(person('one'), (trx) =>
      trx
        .updateTable('licensing_activation')
        .set({ state: 'active', ended_at: null, ended_reason: null })
        .where('id', '=', activation)
        .execute(),
    );
    await expect(confirmRevocation(context(0), person('two'), waiting.id, false)).rejects.toMatchObject({
      code: 'LICENSING_UNDO_NOTHING',
    });
    expect((await find()).state).toBe('active');
  });
});
