import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ActivationRow } from '../tables.ts';
import type { Settled } from './outcome.ts';
import { isLapsed } from './rules.ts';
import { daysAfter, desktopTerms, machine, ministry, node, smallWorld } from './testing/small-world.ts';

const row = (settled: Settled): ActivationRow => {
  if (!settled.ok) throw new Error(`refused: ${settled.code}`);
  return settled.row;
};
const code = (settled: Settled) => (settled.ok ? settled.act : settled.code);

describe('a first request', () => {
  it('takes a seat at the nearest node, for 180 days', () => {
    const world = smallWorld();
    const taken = row(world.ask('a'));
    expect(taken).toMatchObject({ generation: 1, state: 'active', seat: 'regular', agency_path: ministry });
    expect(taken.lease_ends_at).toEqual(daysAfter(180));
    expect(world.root()).toEqual({ taken: 1, own: 1 });
  });

  it('with the same nonce again is the same activation and the same lease', () => {
    const world = smallWorld();
    const first = row(world.ask('a', { nonce: 'n' }));
    world.now = daysAfter(1);
    const again = world.ask('a', { nonce: 'n' });
    expect(code(again)).toBe('repeat');
    expect(row(again)).toEqual(first);
    expect(world.root().taken).toBe(1);
  });

  it('is refused where no seat is free, and changes nothing', () => {
    const world = smallWorld();
    world.ask('a');
    world.ask('b');
    const refused = world.ask('c');
    expect(refused).toMatchObject({
      code: 'LICENSING_SEATS_EXHAUSTED',
      params: { seats: 2, taken: 2, agency: 'N' },
    });
    expect(world.root()).toEqual({ taken: 2, own: 2 });
    expect(world.active()).toHaveLength(2);
  });

  it.each([
    ['another edition', { edition: 'gov-other' }],
    ['another class', { deviceClass: 'server' as const }],
    ['an agency beside the licensee', { agencyPath: '/X/' }],
  ])('from %s finds no entitlement', (_what, changes) => {
    expect(code(smallWorld().ask('a', changes))).toBe('LICENSING_NOT_ENTITLED');
  });

  it('never gets a lease beyond the end of its terms, and none after it', () => {
    const world = smallWorld([desktopTerms({ endsAt: daysAfter(40) })]);
    const first = row(world.ask('a'));
    expect([first.lease_ends_at, first.renew_at <= first.lease_ends_at]).toEqual([daysAfter(40), true]);
    world.now = daysAfter(40);
    expect(code(world.ask('b'))).toBe('LICENSING_NOT_ENTITLED');
  });

  it('takes the nearest node, then the terms that end first, then what has room', () => {
    const terms = [
      desktopTerms({ id: 'late', endsAt: daysAfter(800) }),
      desktopTerms({ id: 'soon', endsAt: daysAfter(300) }),
      desktopTerms({ id: 'near', endsAt: daysAfter(900) }),
    ];
    const root = (id: string, agency_path: string) =>
      node({ id, entitlement_id: id, agency_path, ceiling: 1, hard_ceiling: 1 });
    const world = smallWorld(terms, [root('late', '/N/'), root('soon', '/N/'), root('near', '/N/M/')]);
    const order = ['a', 'b', 'c'].map((device) => row(world.ask(device)).entitlement_id);
    expect(order).toEqual(['near', 'soon', 'late']);
  });
});

describe('a renewal', () => {
  it('counts up and prolongs, and takes no seat', () => {
    const world = smallWorld();
    const first = row(world.ask('a'));
    world.now = first.renew_at;
    const next = row(world.ask('a', { generation: 1 }));
    expect(next).toMatchObject({ id: first.id, generation: 2 });
    expect(next.lease_ends_at).toEqual(daysAfter(180, world.now));
    expect(world.root().taken).toBe(1);
  });

  it.each([
    ['a year slow', -365],
    ['a year fast', 365],
  ])('of the holder goes through with a clock %s', (_what, days) => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(7);
    expect(code(world.ask('a', { generation: 1, issuedAt: daysAfter(days) }))).toBe('renew');
  });

  it('after the state was lost is the same seat', () => {
    const world = smallWorld();
    const first = row(world.ask('a'));
    world.now = daysAfter(3);
    const again = world.ask('a');
    expect(code(again)).toBe('recover');
    expect(row(again)).toMatchObject({ id: first.id, generation: 2, duplicate_at: null });
  });

  it('of a device whose server was restored from an older copy goes on from the number it has', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(30);
    expect(row(world.ask('a', { generation: 5 }))).toMatchObject({ generation: 6, duplicate_at: null });
  });

  it('under ended terms moves to the seat of terms that follow', () => {
    const terms = [
      desktopTerms({ endsAt: daysAfter(10) }),
      desktopTerms({ id: 'E2', startsAt: daysAfter(5) }),
    ];
    const world = smallWorld(terms, [node(), node({ id: 'root-E2', entitlement_id: 'E2' })]);
    const first = row(world.ask('a'));
    world.now = daysAfter(11);
    const moved = world.ask('a', { generation: 1 });
    expect(code(moved)).toBe('move');
    expect(row(moved)).toMatchObject({ entitlement_id: 'E2', generation: 2 });
    expect(moved.ok && moved.left).toMatchObject({ id: first.id, state: 'released', ended_reason: 'moved' });
    expect([world.root().taken, world.root('root-E2').taken]).toEqual([0, 1]);
  });

  it('under ended terms without others is refused, and keeps its lease', () => {
    const world = smallWorld([desktopTerms({ endsAt: daysAfter(10) })]);
    world.ask('a');
    world.now = daysAfter(11);
    expect(code(world.ask('a', { generation: 1 }))).toBe('LICENSING_NOT_ENTITLED');
    expect(world.active()).toHaveLength(1);
  });

  it('beyond a due reclaim is refused, and the lease goes on to its end', () => {
    const reclaimed = new Map<string, ReturnType<typeof node>>();
    const world = smallWorld([desktopTerms()], [node()], reclaimed);
    const first = row(world.ask('a'));
    reclaimed.set(first.id, node({ reclaim_ceiling: 0, reclaim_at: daysAfter(5) }));
    world.now = daysAfter(7);
    const refused = world.ask('a', { generation: 1 });
    expect(refused).toMatchObject({ code: 'LICENSING_SEAT_RECLAIMED', params: { ceiling: 0, agency: 'N' } });
    expect(world.active()).toEqual([first]);
    expect(world.root().taken).toBe(1);
  });
});

describe('a copied disk', () => {
  it('on other hardware is refused, and the original renews as if nothing was', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(7);
    world.ask('a', { generation: 1 });
    world.now = daysAfter(8);
    const copy = world.ask('a', { generation: 1, facts: machine('other') });
    expect(copy).toMatchObject({ code: 'LICENSING_DUPLICATE', params: { expected: 2, got: 1 } });
    world.now = daysAfter(14);
    expect(row(world.ask('a', { generation: 2 }))).toMatchObject({ generation: 3, duplicate_at: null });
  });

  it('that renews first is asked for a person; the original then renews', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(7);
    expect(code(world.ask('a', { generation: 1, facts: machine('other') }))).toBe(
      'LICENSING_HARDWARE_CHANGED',
    );
    expect(code(world.ask('a', { generation: 1 }))).toBe('renew');
  });

  it('on the same hardware, as a restored snapshot, keeps the seat and is marked', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(7);
    world.ask('a', { generation: 1 });
    world.now = daysAfter(8);
    const restored = world.ask('a', { generation: 1 });
    expect(code(restored)).toBe('suspect-duplicate');
    expect(row(restored)).toMatchObject({ generation: 3, duplicate_at: world.now });
    expect(world.root().taken).toBe(1);
  });

  it('without its lease, on other hardware, is refused', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(1);
    expect(code(world.ask('a', { facts: machine('other') }))).toBe('LICENSING_DUPLICATE');
  });
});

describe('a recorded message', () => {
  it('sent again later changes nothing, whichever it was', () => {
    const world = smallWorld();
    const recorded: { generation: number; issuedAt: Date; nonce: string }[] = [];
    for (const generation of [0, 1, 2]) {
      world.now = daysAfter(7 * generation);
      recorded.push({ generation, issuedAt: world.now, nonce: `recorded-${generation}` });
      world.ask('a', recorded.at(-1));
    }
    const before = world.active();
    world.now = daysAfter(20);
    for (const message of recorded.slice(0, 2)) {
      expect(code(world.ask('a', message))).toBe('LICENSING_REQUEST_REPLAYED');
    }
    expect(code(world.ask('a', recorded[2]))).toBe('repeat');
    expect(world.active()).toEqual(before);
  });

  it('of a key that the hardware no longer has pushes nobody out', () => {
    const world = smallWorld();
    const message = { issuedAt: world.now, nonce: 'old', facts: machine('box') };
    world.ask('old-key', message);
    world.now = daysAfter(5);
    const reimaged = row(world.ask('new-key', { facts: machine('box') }));
    world.now = daysAfter(6);
    expect(code(world.ask('old-key', message))).toBe('LICENSING_REQUEST_REPLAYED');
    expect(world.active()).toEqual([reimaged]);
  });

  it('takes no seat for a device that gave its own back', () => {
    const world = smallWorld();
    const message = { issuedAt: world.now, nonce: 'old' };
    const first = row(world.ask('a', message));
    world.ledger.book.release(first.allocation_id);
    world.ledger.activations.put({
      ...first,
      state: 'released',
      ended_at: daysAfter(1),
      ended_reason: 'lapsed',
    });
    world.now = daysAfter(220);
    expect(code(world.ask('a', message))).toBe('LICENSING_REQUEST_REPLAYED');
    expect(world.root().taken).toBe(0);
  });

  it('is told from a device with a slow clock that lost its state: with the time it is told, that one goes through', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(3);
    const refused = world.ask('a', { issuedAt: daysAfter(-4000) });
    expect(refused).toMatchObject({
      code: 'LICENSING_REQUEST_REPLAYED',
      params: { serverTime: world.now.toISOString() },
    });
    expect(code(world.ask('a', { issuedAt: world.now }))).toBe('recover');
  });
});

describe('changed hardware', () => {
  const changed = machine('a', { tpm: 'other', board: 'other' });

  it('of little weight is the same device, silently', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(7);
    const facts = machine('a', { disk: 'new', cpu: 'new', memory: 'new' });
    expect(row(world.ask('a', { generation: 1, facts })).facts).toEqual(facts);
  });

  it('needs a person, three times in 365 days, and then the officer', () => {
    const world = smallWorld();
    world.ask('a');
    expect(code(world.ask('a', { generation: 1, facts: changed }))).toBe('LICENSING_HARDWARE_CHANGED');
    for (const time of [1, 2, 3]) {
      const facts = machine(`board-${time}`);
      world.now = daysAfter(time);
      expect(code(world.ask('a', { generation: time, facts, isRebind: true }))).toBe('rebind');
    }
    const fourth = { generation: 4, facts: machine('board-4'), isRebind: true };
    world.now = daysAfter(300);
    expect(world.ask('a', fourth)).toMatchObject({ code: 'LICENSING_REBIND_LIMIT', params: { allowed: 3 } });
    world.now = daysAfter(1 + 365);
    expect(code(world.ask('a', fourth))).toBe('rebind');
    expect(world.root().taken).toBe(1);
  });
});

describe('the same hardware with another key', () => {
  it('goes on with its seat, and the old key is out', () => {
    const world = smallWorld();
    const first = row(world.ask('old', { facts: machine('box') }));
    world.now = daysAfter(2);
    const again = world.ask('new', { facts: machine('box') });
    expect(code(again)).toBe('re-image');
    expect(row(again)).toMatchObject({ id: first.id, device_id: 'new', generation: 2 });
    expect(world.root().taken).toBe(1);
  });

  it('is of the agency it is in now, where one node serves both', () => {
    const world = smallWorld();
    const first = row(world.ask('old', { facts: machine('box'), agencyPath: '/N/A/' }));
    world.now = daysAfter(2);
    const again = row(world.ask('new', { facts: machine('box'), agencyPath: '/N/B/' }));
    expect(again).toMatchObject({ id: first.id, agency_path: '/N/B/' });
    expect(world.root().taken).toBe(1);
  });

  it('is stopped after three in 30 days and marked once, for two machines that look alike', () => {
    const world = smallWorld();
    const facts = machine('box');
    for (const time of [0, 1, 2, 3]) {
      world.now = daysAfter(time);
      expect(world.ask(`key-${time}`, { facts }).ok).toBe(true);
    }
    world.now = daysAfter(4);
    const fourth = world.ask('key-4', { facts });
    expect(fourth).toMatchObject({ code: 'LICENSING_DUPLICATE_SUSPECT', act: 'suspect-duplicate' });
    expect(world.active()).toMatchObject([{ device_id: 'key-3', duplicate_at: world.now }]);
    expect(world.ask('key-5', { facts })).not.toHaveProperty('act');
    world.now = daysAfter(34);
    expect(code(world.ask('key-6', { facts }))).toBe('re-image');
    expect(world.root().taken).toBe(1);
  });

  it('that comes back with a key it had before gets its own activation back, and still one seat', () => {
    const world = smallWorld();
    const facts = machine('box');
    const first = row(world.ask('key-1', { facts }));
    world.ledger.book.release(first.allocation_id);
    world.ledger.activations.put({
      ...first,
      state: 'released',
      ended_at: daysAfter(1),
      ended_reason: 'lapsed',
    });
    world.now = daysAfter(2);
    world.ask('key-2', { facts, agencyPath: '/N/' });
    expect(world.active()).toMatchObject([{ device_id: 'key-2' }]);
    world.now = daysAfter(3);
    expect(row(world.ask('key-1', { facts })).id).toBe(first.id);
    expect(world.active()).toMatchObject([{ device_id: 'key-1', generation: 2 }]);
    expect(world.root()).toEqual({ taken: 1, own: 1 });
  });

  it('takes no seat back that was revoked as stolen', () => {
    const world = smallWorld();
    const first = row(world.ask('old', { facts: machine('box') }));
    world.ledger.book.release(first.allocation_id);
    world.ledger.activations.put({
      ...first,
      state: 'revoked',
      ended_at: daysAfter(1),
      ended_reason: 'lost-or-stolen',
    });
    world.now = daysAfter(2);
    expect(world.ask('new', { facts: machine('box') })).toMatchObject({
      code: 'LICENSING_REVOKED',
      params: { reason: 'lost-or-stolen' },
    });
    expect(code(world.ask('old', { facts: machine('box'), generation: 1 }))).toBe('LICENSING_REVOKED');
    expect(world.root().taken).toBe(0);
  });
});

describe('a device that was not heard of for too long', () => {
  const lapsed = () => {
    const world = smallWorld();
    const first = row(world.ask('a'));
    world.ledger.book.release(first.allocation_id);
    world.ledger.activations.put({
      ...first,
      state: 'released',
      ended_at: daysAfter(210),
      ended_reason: 'lapsed',
    });
    world.now = daysAfter(220);
    return { world, first };
  };

  it('gets its seat back while one is free', () => {
    const { world, first } = lapsed();
    const back = world.ask('a', { generation: 1 });
    expect(code(back)).toBe('revive');
    expect(row(back)).toMatchObject({ id: first.id, generation: 2, state: 'active', ended_at: null });
    expect(world.root().taken).toBe(1);
  });

  it('gets none when all are taken', () => {
    const { world } = lapsed();
    world.ask('b');
    world.ask('c');
    expect(code(world.ask('a', { generation: 1 }))).toBe('LICENSING_SEATS_EXHAUSTED');
  });

  it('gets it back by its hardware too', () => {
    const { world, first } = lapsed();
    expect(row(world.ask('new-key', { facts: machine('a') }))).toMatchObject({ id: first.id, generation: 2 });
  });
});

describe('seats beyond those agreed', () => {
  const percent = () =>
    smallWorld(
      [desktopTerms({ overage: 'percent', overageDays: 30 })],
      [node({ ceiling: 2, hard_ceiling: 3 })],
    );

  it('are tolerated up to the percentage, and their leases end with the tolerance', () => {
    const world = percent();
    world.ask('a');
    world.ask('b');
    world.now = daysAfter(1);
    const third = row(world.ask('c'));
    expect(third).toMatchObject({
      seat: 'overage',
      overage_until: daysAfter(31),
      lease_ends_at: daysAfter(31),
    });
    expect(code(world.ask('d'))).toBe('LICENSING_SEATS_EXHAUSTED');
    expect(world.ledger.changedTerms()).toMatchObject([{ id: 'E1', overageSince: daysAfter(1) }]);
  });

  it('are neither taken nor renewed once the tolerance has ended', () => {
    const world = percent();
    for (const device of ['a', 'b', 'c']) world.ask(device);
    world.now = daysAfter(31);
    expect(world.ask('c', { generation: 1 })).toMatchObject({
      code: 'LICENSING_OVERAGE_ENDED',
      params: { until: daysAfter(30).toISOString() },
    });
    expect(code(world.ask('d'))).toBe('LICENSING_SEATS_EXHAUSTED');
    expect(code(world.ask('a', { generation: 1 }))).toBe('renew');
  });

  it('become regular when seats were given back', () => {
    const world = percent();
    const first = row(world.ask('a'));
    world.ask('b');
    world.ask('c');
    world.ledger.book.release(first.allocation_id);
    world.ledger.activations.put({
      ...first,
      state: 'released',
      ended_at: daysAfter(2),
      ended_reason: 'lapsed',
    });
    world.now = daysAfter(40);
    expect(row(world.ask('c', { generation: 1 }))).toMatchObject({
      seat: 'regular',
      overage_until: null,
      lease_ends_at: daysAfter(220),
    });
    expect(world.ledger.changedTerms()).toMatchObject([{ overageSince: undefined }]);
  });

  it('are all granted where they are only reported', () => {
    const world = smallWorld(
      [desktopTerms({ overage: 'report' })],
      [node({ ceiling: 1, hard_ceiling: null })],
    );
    world.ask('a');
    const second = row(world.ask('b'));
    expect(second).toMatchObject({ seat: 'overage', overage_until: null, lease_ends_at: daysAfter(180) });
    world.now = daysAfter(7);
    expect(row(world.ask('b', { generation: 1 })).seat).toBe('overage');
  });

  it('come after regular seats anywhere', () => {
    const terms = [
      desktopTerms({ overage: 'report', endsAt: daysAfter(100) }),
      desktopTerms({ id: 'E2', endsAt: daysAfter(800) }),
    ];
    const world = smallWorld(terms, [
      node({ ceiling: 1, hard_ceiling: null }),
      node({ id: 'root-E2', entitlement_id: 'E2', ceiling: 1, hard_ceiling: 1 }),
    ]);
    const seats = ['a', 'b', 'c'].map((device) => row(world.ask(device)));
    expect(seats.map(({ entitlement_id, seat }) => [entitlement_id, seat])).toEqual([
      ['E1', 'regular'],
      ['E2', 'regular'],
      ['E1', 'overage'],
    ]);
  });
});

describe('a request that a person brings', () => {
  it('is refused for a seat outside of their agency', () => {
    const world = smallWorld();
    world.ask('a', { agencyPath: '/N/M/' });
    expect(code(world.ask('a', { generation: 1, agencyPath: '/N/X/', within: '/N/X/' }))).toBe(
      'LICENSING_ACTIVE_ELSEWHERE',
    );
  });

  it('as a typed code with two facts is recognised, and the other facts are kept', () => {
    const world = smallWorld();
    world.ask('a');
    world.now = daysAfter(7);
    const { tpm, board } = machine('a');
    const facts = { ...(tpm === undefined ? {} : { tpm }), ...(board === undefined ? {} : { board }) };
    const typed = row(world.ask('a', { generation: 1, facts, carried: ['tpm', 'board'], origin: 'typed' }));
    expect(typed.facts).toEqual(machine('a'));
  });
});

describe('a seat that was given to another device', () => {
  it('is taken up by its first request', () => {
    const world = smallWorld();
    const first = row(world.ask('old'));
    world.ledger.activations.put({
      ...first,
      device_id: 'new',
      generation: 0,
      facts: {},
      fact_tpm: null,
      fact_board: null,
      origin: 'transfer',
    });
    world.now = daysAfter(1);
    const taken = world.ask('new');
    expect(code(taken)).toBe('transfer');
    expect(row(taken)).toMatchObject({ id: first.id, generation: 1, facts: machine('new') });
    expect(world.root().taken).toBe(1);
  });
});

describe('whatever is asked, in whatever order', () => {
  const ask = fc.record({
    device: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    machine: fc.constantFrom('a', 'b', 'c', 'd'),
    generation: fc.nat(4),
    nonce: fc.constantFrom('n1', 'n2', 'n3', undefined),
    isRebind: fc.boolean(),
    days: fc.nat(80),
    late: fc.boolean(),
    lapses: fc.boolean(),
    agencyPath: fc.constantFrom('/N/', '/N/M/'),
  });
  const nodes = () => [
    node({ ceiling: 3, hard_ceiling: 4, taken: 1 }),
    node({ id: 'M', parent_id: 'root-E1', agency_id: 'M', agency_path: '/N/M/', floor: 1, hard_ceiling: 2 }),
  ];

  it('seats taken are activations, each device and each lease has one, and no limit is passed', () => {
    fc.assert(
      fc.property(fc.array(ask, { maxLength: 40 }), (asks) => {
        const world = smallWorld([desktopTerms({ overage: 'percent', overageDays: 60 })], nodes());
        const leases = new Set<string>();
        for (const one of asks) {
          world.now = daysAfter(one.days, world.now);
          if (one.lapses) lapseAll(world);
          const { nonce, generation, isRebind, agencyPath } = one;
          const issuedAt = one.late ? daysAfter(-50, world.now) : world.now;
          const facts = machine(one.machine);
          const asked = { generation, isRebind, agencyPath, issuedAt, facts, ...(nonce && { nonce }) };
          const settled = world.ask(one.device, asked);
          if (settled.ok && settled.act !== 'repeat') {
            const lease = `${settled.row.id}.${settled.row.generation}`;
            expect(leases.has(lease)).toBe(false);
            leases.add(lease);
          }
          holds(world);
        }
      }),
    );
  });

  function lapseAll(world: ReturnType<typeof smallWorld>): void {
    for (const one of world.active().filter((active) => isLapsed(active, world.now))) {
      world.ledger.book.release(one.allocation_id);
      world.ledger.activations.put({
        ...one,
        state: 'released',
        ended_at: world.now,
        ended_reason: 'lapsed',
      });
    }
  }

  function holds(world: ReturnType<typeof smallWorld>): void {
    const active = world.active();
    expect(new Set(active.map(({ device_id }) => device_id)).size).toBe(active.length);
    const at = (id: string) => active.filter(({ allocation_id }) => allocation_id === id).length;
    const [below, root] = [world.root('M'), world.root()];
    expect([below.own, root.own]).toEqual([at('M'), at('root-E1')]);
    expect(root.taken).toBe(root.own + Math.max(1, below.taken));
    expect(below.taken).toBeLessThanOrEqual(2);
    expect(root.taken).toBeLessThanOrEqual(4);
  }
});
