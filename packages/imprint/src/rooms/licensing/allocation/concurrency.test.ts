import { isImprintError } from '@imprint/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verifyEntries } from '../../assurance/index.ts';
import type { AllocationRow } from '../tables.ts';
import { allocate } from './allocate.ts';
import { reclaim } from './jobs.ts';
import { demandOf } from './rules.ts';
import { setSeats } from './seats.ts';
import {
  licensed,
  type SeatTreeFixture,
  seatTreeFixture,
  type TestAgency,
} from './testing/seat-tree-fixture.ts';

let fixture: SeatTreeFixture;
beforeAll(async () => {
  fixture = await seatTreeFixture(20);
});
afterAll(() => fixture.close());

/** Numbers that are the same in each run, drawn from a linear congruential generator. */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

function expectExact(nodes: readonly AllocationRow[], active: ReadonlyMap<string, number>): void {
  for (const node of nodes) {
    const children = nodes.filter(({ parent_id }) => parent_id === node.id);
    const demanded = children.reduce((sum, child) => sum + demandOf(child), 0);
    expect(node.own).toBe(active.get(node.id) ?? 0);
    expect(node.taken).toBe(node.own + demanded);
    expect(node.taken).toBeLessThanOrEqual(node.ceiling);
    const above = nodes.filter(
      (other) => other.id !== node.id && node.agency_path.startsWith(other.agency_path),
    );
    const nearest = above.sort((a, b) => b.agency_path.length - a.agency_path.length)[0];
    expect(node.parent_id).toBe(nearest?.id ?? null);
  }
}

it('keeps every sum exact while forty people and devices change one tree at once', async () => {
  const { context, accessOf, nation } = fixture;
  const { licensee, entitlementId } = await licensed(fixture, 40);
  const agencies: TestAgency[] = [licensee];
  for (let turn = 0; turn < 14; turn += 1) {
    const parent = agencies[turn < 4 ? 0 : 1 + (turn % 4) + (turn > 9 ? 4 : 0)] as TestAgency;
    agencies.push(await fixture.agency(parent));
  }
  const counts = new Map<string, number>();
  const count = (what: string) => counts.set(what, (counts.get(what) ?? 0) + 1);
  const later = new Date(context.clock.now().getTime() + 86_400_000).toISOString();
  const actor = async (seed: number) => {
    const draw = numbers(seed);
    for (let turn = 0; turn < 10; turn += 1) {
      const { id: agencyId, path } = agencies[draw(agencies.length)] as TestAgency;
      const kind = draw(10);
      try {
        if (kind < 4) count((await fixture.take(entitlementId, path)) ? 'taken' : 'full');
        else if (kind < 6) count((await fixture.release(entitlementId, path)) ? 'released' : 'empty');
        else if (kind < 9) {
          const ceiling = draw(14);
          const floor = draw(Math.min(6, ceiling + 1));
          const reclaimAt = draw(3) === 0 ? { reclaimAt: later } : {};
          const wanted = { entitlementId, agencyId, floor, ceiling, ...reclaimAt };
          await allocate(context, accessOf(nation), wanted, draw(5) === 0);
          count('bound');
        } else if (seed % 2 === 0) {
          await setSeats(context, accessOf(nation), entitlementId, { seats: 30 + draw(20) }, false);
          count('seats');
        } else await reclaim(context);
      } catch (error) {
        if (!isImprintError(error) || !/^LICENSING_/.test(error.code)) throw error;
        count(error.code);
      }
    }
  };
  await Promise.all(Array.from({ length: 40 }, (_, index) => actor(index + 1)));
  const nodes = await fixture.nodes(entitlementId);
  expectExact(nodes, await fixture.activeSeats(entitlementId));
  expect(nodes.length).toBeGreaterThan(8);
  for (const what of ['taken', 'full', 'released', 'bound', 'LICENSING_CEILING_BELOW_TAKEN']) {
    expect(counts.get(what) ?? 0, what).toBeGreaterThan(0);
  }
  expect(await verifyEntries(context.database)).toMatchObject({ intact: true });
});

it('reserves for one of many who ask for the last seats at once', async () => {
  const { context, accessOf, nation } = fixture;
  const { licensee, entitlementId } = await licensed(fixture, 10);
  const agencies = await Promise.all(Array.from({ length: 12 }, () => fixture.agency(licensee)));
  const asked = agencies.map(({ id: agencyId }) =>
    allocate(context, accessOf(nation), { entitlementId, agencyId, floor: 3, ceiling: 5 }, false),
  );
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    expect(outcome.reason).toMatchObject({
      code: 'LICENSING_FLOOR_EXCEEDS_PARENT',
      params: { floor: 3, most: 1, agency: licensee.id },
    });
  }
  expect(await fixture.nodes(entitlementId)).toMatchObject([{ taken: 9 }, {}, {}, {}]);
});
