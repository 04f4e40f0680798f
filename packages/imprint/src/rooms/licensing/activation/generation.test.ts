import type { RevocationClaims } from '@imprint/protocol';
import { isRevoked } from '@imprint/trust';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivationRow } from '../tables.ts';
import type { Settled } from './outcome.ts';
import { daysAfter, desktopTerms, machine, node, smallWorld } from './testing/small-world.ts';

const row = (settled: Settled): ActivationRow => {
  if (!settled.ok) throw new Error(`refused: ${settled.code}`);
  return settled.row;
};

const listed = (device: string, generation: number): RevocationClaims => ({
  iss: 'imprint',
  number: 1,
  iat: 0,
  revoked: [{ device, generation, reason: 'agreement-ended', at: 0 }],
});

const twoTerms = [desktopTerms({ endsAt: daysAfter(10) }), desktopTerms({ id: 'E2' })];
const twoTrees = [node(), node({ id: 'root-E2', entitlement_id: 'E2' })];

describe('the lease of a seat taken anew', () => {
  it('counts on a device that holds the revocation list, whatever the list and the device say', () => {
    const generation = fc.integer({ min: 0, max: 1000 });
    fc.assert(
      fc.property(generation, generation, (revoked, shown) => {
        const world = smallWorld(undefined, undefined, undefined, new Map([['a', revoked]]));
        const taken = row(world.ask('a', { generation: shown }));
        expect(isRevoked(listed('a', revoked), 'a', taken.generation)).toBe(false);
      }),
    );
  });

  it('by a machine with another key counts on that key, which may have been revoked before', () => {
    const world = smallWorld(undefined, undefined, undefined, new Map([['b', 7]]));
    world.ask('a');
    world.now = daysAfter(1);
    const again = world.ask('b', { facts: machine('a') });
    expect(again).toMatchObject({ act: 're-image', row: { device_id: 'b', generation: 8 } });
  });

  it('begins above the leases the device has under other terms, which may be revoked later', () => {
    const world = smallWorld(twoTerms, twoTrees);
    for (const generation of [0, 1, 2]) {
      world.now = daysAfter(generation);
      world.ask('a', { generation });
    }
    world.now = daysAfter(10);
    const moved = world.ask('a', { generation: 0 });
    expect(moved).toMatchObject({ act: 'move', row: { entitlement_id: 'E2', generation: 4 } });
  });
});
