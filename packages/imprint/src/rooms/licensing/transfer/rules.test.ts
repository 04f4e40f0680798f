import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { demandOf, type SeatNode } from '../allocation/rules.ts';
import { type Consents, consentOf, moveSeats, sidesOf } from './rules.ts';

const all = ['licensing:allocate', 'licensing:write'];
const paths = { from: '/N/M/A/', to: '/N/M/B/' };

describe('who stands for whom', () => {
  it.each([
    ['/N/M/A/', ['source']],
    ['/N/M/B/', ['target']],
    ['/N/M/', ['operator']],
    ['/N/', ['operator']],
    ['/N/M/C/', []],
    ['/N/M/A/X/', []],
  ])('somebody of %s stands for %j', (agencyPath, expected) => {
    expect(sidesOf({ agencyPath, scopes: all }, paths)).toEqual(expected);
  });

  it('without licensing:write nobody is the operator, without licensing:allocate nobody an administrator', () => {
    expect(sidesOf({ agencyPath: '/N/', scopes: ['licensing:allocate'] }, paths)).toEqual([]);
    expect(sidesOf({ agencyPath: '/N/M/A/', scopes: ['licensing:write'] }, paths)).toEqual([]);
  });
});

describe('consents', () => {
  it('come from three different people, one for each side, in whatever order and however often they are given', () => {
    const people = [
      { actor: 'token:a', agencyPath: '/N/M/A/' },
      { actor: 'token:a2', agencyPath: '/N/M/A/' },
      { actor: 'token:b', agencyPath: '/N/M/B/' },
      { actor: 'token:o', agencyPath: '/N/' },
      { actor: 'token:x', agencyPath: '/N/M/C/' },
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...people), { maxLength: 20 }), (attempts) => {
        let given: Consents = {};
        for (const { actor, agencyPath } of attempts) {
          const consent = consentOf(given, actor, sidesOf({ agencyPath, scopes: all }, paths));
          if (typeof consent === 'object') given = { ...given, [consent.side]: actor };
          if (agencyPath === '/N/M/C/') expect(consent).toBe('no side');
        }
        const actors = Object.values(given);
        expect(new Set(actors).size).toBe(actors.length);
        const asked = new Set(attempts.map(({ agencyPath }) => agencyPath));
        expect(Object.keys(given).sort()).toEqual(
          [
            ...(asked.has('/N/') ? ['operator'] : []),
            ...(asked.has('/N/M/A/') ? ['source'] : []),
            ...(asked.has('/N/M/B/') ? ['target'] : []),
          ].sort(),
        );
      }),
    );
  });

  it('of one person who could give two are refused the second time', () => {
    expect(consentOf({ source: 'token:a' }, 'token:a', ['source', 'operator'])).toBe('same person');
    expect(consentOf({ source: 'token:a' }, 'token:a', ['source'])).toBe('given');
  });
});

interface Seats {
  readonly floor: number;
  readonly spare: number;
  readonly taken: number;
}

/** Two branches of a root, `deep` levels down on the source's side, whose counters agree with each other. */
function tree(
  source: Seats,
  target: Seats,
  rootSpare: number,
): Record<'from' | 'to' | 'middle' | 'root', SeatNode> {
  const leaf = (id: string, { floor, spare, taken }: Seats): SeatNode => {
    const ceiling = Math.max(floor, taken) + spare;
    return { id, floor, ceiling, hardCeiling: ceiling, own: taken, taken };
  };
  const from = leaf('from', source);
  const to = leaf('to', target);
  const middleTaken = demandOf(from);
  const middleCeiling = Math.max(middleTaken, from.ceiling);
  const middle = {
    ...leaf('middle', { floor: 0, spare: 0, taken: 0 }),
    ceiling: middleCeiling,
    taken: middleTaken,
  };
  const taken = demandOf(middle) + demandOf(to);
  const ceiling = taken + rootSpare;
  const root = { id: 'root', floor: 0, ceiling, hardCeiling: ceiling, own: 0, taken };
  return { from, to, middle: { ...middle, own: 0, hardCeiling: middleCeiling }, root };
}

const seats = fc.record({ floor: fc.nat(20), spare: fc.nat(20), taken: fc.nat(20) });

describe('moving seats', () => {
  it('keeps the sum of both ceilings and of both floors, demands no more of anybody, and takes only what is free', () => {
    fc.assert(
      fc.property(
        seats,
        seats,
        fc.nat(60),
        fc.integer({ min: 1, max: 45 }),
        (source, target, spare, count) => {
          const { from, to, middle, root } = tree(source, target, spare);
          const move = moveSeats([from, middle, root], [to, root], count);
          if (!move.ok) {
            if (move.refusal === 'not free') expect(move.free).toBeLessThan(count);
            if (move.refusal === 'above parent') expect(to.ceiling + count).toBeGreaterThan(root.ceiling);
            // What is moved asks for no more than before, so that nobody above can be in the way.
            expect(move.refusal).not.toBe('bounds');
            return;
          }
          const after = new Map(move.changed.map((node) => [node.id, node]));
          const at = (node: SeatNode) => after.get(node.id) ?? node;
          expect(at(from).ceiling).toBe(from.ceiling - count);
          expect(at(to).ceiling).toBe(to.ceiling + count);
          expect(at(from).floor + at(to).floor).toBe(from.floor + to.floor);
          expect(at(from).taken).toBe(from.taken);
          expect(at(to).taken).toBe(to.taken);
          expect(at(middle).taken).toBe(demandOf(at(from)));
          expect(at(root).taken).toBe(demandOf(at(middle)) + demandOf(at(to)));
          expect(at(root).taken).toBeLessThanOrEqual(root.taken);
          for (const node of after.values()) {
            expect(node.floor).toBeLessThanOrEqual(node.ceiling);
            expect(node.taken).toBeLessThanOrEqual(node.ceiling);
          }
        },
      ),
    );
  });
});
