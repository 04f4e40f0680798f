import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { testClock } from '../../../../test/support/test-server.ts';
import { serviceContext } from '../../../platform/database/index.ts';
import { licensed, type SeatTreeFixture, seatTreeFixture } from '../allocation/testing/seat-tree-fixture.ts';
import type { LicensingContext } from '../context.ts';
import { testPolicy } from '../testing/policy.ts';
import type { Item } from './batch.ts';
import { type LeaseDesk, openLeaseDesk } from './desk.ts';
import { desktopTerms, node, smallWorld } from './testing/small-world.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture();
});
afterAll(() => fixture.close());

const hour = 3600;

/** Two desks, as two servers have them, of an entitlement that gives five new seats an hour. */
async function ground() {
  const { licensee, entitlementId } = await licensed(fixture, 50);
  const clock = testClock(fixture.context.clock.now());
  const context = {
    ...fixture.context,
    clock,
    policy: { ...testPolicy, activationsPerHour: 5 },
    agenciesOfDevices: async () => new Map(),
  } as unknown as LicensingContext;
  const open = () => openLeaseDesk(context, { maxWaiting: 100, perHour: 100 });
  const edition = await fixture.database.transaction(serviceContext('test'), async (trx) => {
    const query = trx.selectFrom('licensing_entitlement').select('edition').where('id', '=', entitlementId);
    return (await query.executeTakeFirstOrThrow()).edition;
  });
  const item = (changes: Partial<Item> = {}): Item => {
    const deviceId = changes.deviceId ?? randomBytes(32).toString('base64url');
    return {
      deviceId,
      nonce: randomBytes(16).toString('base64url'),
      generation: 0,
      issuedAt: clock.now(),
      edition,
      deviceClass: 'desktop',
      facts: { tpm: randomBytes(12).toString('base64url') },
      isRebind: false,
      origin: 'online',
      within: '/',
      agencyPath: licensee.path,
      actor: `device:${deviceId}`,
      sha256: 'a'.repeat(64),
      ...changes,
    };
  };
  return { clock, item, desks: [open(), open()] as const };
}

type Got = { readonly item: Item; readonly code: string; readonly params: object };

async function ask(desk: LeaseDesk, item: Item): Promise<Got> {
  try {
    return { item, code: (await desk.settle(item)).act, params: {} };
  } catch (error) {
    const { code, params } = error as { code: string; params: object };
    return { item, code, params };
  }
}

it('gives five of twenty that ask two servers at once a seat, and an hour later five more', async () => {
  const { clock, item, desks } = await ground();
  const storm = async (items: readonly Item[]) => {
    const got = await Promise.all(items.map((one, index) => ask(desks[index % 2 === 0 ? 0 : 1], one)));
    const refused = got.filter(({ code }) => code === 'LICENSING_TOO_MANY_ACTIVATIONS');
    const seated = got.filter(({ code }) => code === 'activate');
    expect(refused.length + seated.length).toBe(items.length);
    return { refused, seated };
  };
  const first = await storm(Array.from({ length: 20 }, () => item()));
  expect(first.seated).toHaveLength(5);
  expect(first.refused[0]?.params).toEqual({ allowed: 5, retryAfterSeconds: hour / 5 });
  clock.advance(hour / 5);
  expect((await storm(Array.from({ length: 4 }, () => item()))).seated).toHaveLength(1);
  clock.advance(hour);
  const again = first.refused.map(({ item: { deviceId, facts } }) => item({ deviceId, facts }));
  expect((await storm(again)).seated).toHaveLength(5);
});

it('never holds up renewals, repeats and machines that were set up anew', async () => {
  const { clock, item, desks } = await ground();
  const [desk] = desks;
  const items = Array.from({ length: 5 }, () => item());
  for (const one of items) expect((await ask(desk, one)).code).toBe('activate');
  expect((await ask(desk, item())).code).toBe('LICENSING_TOO_MANY_ACTIVATIONS');
  const [holder = item(), other = item()] = items;
  const { deviceId, facts } = holder;
  expect((await ask(desk, holder)).code).toBe('repeat');
  expect((await ask(desk, item({ deviceId, facts, generation: 1 }))).code).toBe('renew');
  clock.advance(1);
  expect((await ask(desk, item({ facts: other.facts }))).code).toBe('re-image');
});

it('takes terms of another entitlement, but no seat beyond those agreed for haste', () => {
  const terms = [desktopTerms({ overage: 'report' }), desktopTerms({ id: 'E2', overage: 'report' })];
  const nodes = terms.map(({ id }, index) =>
    node({ id: `root-${id}`, entitlement_id: id, ceiling: index === 0 ? 1 : 5, hard_ceiling: null }),
  );
  const world = smallWorld(terms, nodes, new Map(), new Map(), 2);
  const outcomes = ['a', 'b', 'c', 'd'].map((device) => world.ask(device));
  expect(outcomes.map((one) => (one.ok ? `${one.row.entitlement_id} ${one.row.seat}` : one.code))).toEqual([
    'E1 regular',
    'E2 regular',
    'E2 regular',
    'LICENSING_TOO_MANY_ACTIVATIONS',
  ]);
});
