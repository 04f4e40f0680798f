import type { AntivirusProvider } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { approvalOf, type Listed, refusalsOf, resolve, type Selection } from './rules.ts';

const now = new Date('2026-11-23T08:00:00Z');
const selection = (agencyPath: string, more: Partial<Selection> = {}): Selection => ({
  agencyPath,
  deviceClass: undefined,
  provider: undefined,
  definitionsRing: undefined,
  allowed: undefined,
  isFixed: false,
  ...more,
});
const names = ['clamav', 'guard', 'shield'];
const all = names.map((name) => ({ name }));
const at = (agencyPath: string, deviceClass?: 'desktop' | 'server') => ({ agencyPath, deviceClass });

describe('a device is told', () => {
  it('nothing where nobody has chosen, or nothing its release lists', () => {
    expect(resolve([], at('/N/A/'), all)).toBeUndefined();
    expect(resolve([selection('/N/', { provider: 'guard' })], at('/N/A/'), [])).toBeUndefined();
    expect(resolve([selection('/N/B/', { provider: 'guard' })], at('/N/A/'), all)).toBeUndefined();
  });

  it('what the agency nearest to it has chosen, for its class before for all', () => {
    const chosen = [
      selection('/N/', { provider: 'clamav', definitionsRing: 'broad' }),
      selection('/N/A/', { provider: 'guard' }),
      selection('/N/A/', { deviceClass: 'server', provider: 'shield', definitionsRing: 'canary' }),
    ];
    const told = (device: Parameters<typeof resolve>[1]) => {
      const { provider, definitionsRing } = resolve(chosen, device, all) ?? {};
      return [provider, definitionsRing];
    };
    expect(told(at('/N/A/S/', 'desktop'))).toEqual(['guard', 'broad']);
    expect(told(at('/N/A/S/', 'server'))).toEqual(['shield', 'canary']);
    expect(told(at('/N/B/', 'server'))).toEqual(['clamav', 'broad']);
  });

  it('what the nation has fixed, whatever is chosen below; a ring is still named there', () => {
    const chosen = [
      selection('/N/', { provider: 'clamav', isFixed: true }),
      selection('/N/A/', { provider: 'guard', definitionsRing: 'canary' }),
    ];
    expect(resolve(chosen, at('/N/A/'), all)).toEqual({
      provider: 'clamav',
      definitionsRing: 'canary',
      chosenBy: '/N/',
    });
  });

  it('what is allowed still, when an agency above allows less than before', () => {
    const chosen = [
      selection('/N/', { provider: 'clamav', allowed: ['clamav', 'shield'] }),
      selection('/N/A/', { provider: 'guard' }),
    ];
    expect(resolve(chosen, at('/N/A/'), all)).toMatchObject({ provider: 'clamav', chosenBy: '/N/' });
  });

  it('never what its release does not list, nor what an agency above the choice forbids', () => {
    const paths = ['/N/', '/N/A/', '/N/A/S/', '/N/B/'];
    const choices = fc.array(
      fc.record({
        agencyPath: fc.constantFrom(...paths),
        deviceClass: fc.constantFrom(undefined, 'desktop', 'server'),
        provider: fc.constantFrom(undefined, ...names),
        definitionsRing: fc.constantFrom(undefined, 'canary'),
        allowed: fc.option(fc.subarray(names), { nil: undefined }),
        isFixed: fc.boolean(),
      }) as fc.Arbitrary<Selection>,
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(
        choices,
        fc.constantFrom(...paths),
        fc.constantFrom('desktop' as const, 'server' as const, undefined),
        fc.subarray(names),
        (chosen, agencyPath, deviceClass, listed) => {
          const told = resolve(
            chosen,
            { agencyPath, deviceClass },
            listed.map((name) => ({ name })),
          );
          if (told === undefined) return;
          expect(listed).toContain(told.provider);
          expect(agencyPath.startsWith(told.chosenBy)).toBe(true);
          const counting = chosen.filter(
            (one) =>
              one.agencyPath !== told.chosenBy &&
              told.chosenBy.startsWith(one.agencyPath) &&
              (one.deviceClass === undefined || one.deviceClass === deviceClass),
          );
          expect(counting.some(({ isFixed }) => isFixed)).toBe(false);
          // A class of its own may allow otherwise than all classes of the same agency.
          for (const path of new Set(counting.map((one) => one.agencyPath))) {
            const here = counting.filter((one) => one.agencyPath === path);
            const lists = here.flatMap(({ allowed }) => (allowed === undefined ? [] : [allowed]));
            if (lists.length === here.length) expect(lists.flat()).toContain(told.provider);
          }
        },
      ),
    );
  });
});

const provider = (name: string, approvedUntil = '2027-11-23T00:00:00Z'): AntivirusProvider => ({
  name,
  title: { en: name, 'zh-CN': name },
  supplier: 'a supplier',
  adapter: 'script',
  approvedUntil,
  sendsOut: [],
});
const listed = (...providers: AntivirusProvider[]): Listed[] =>
  providers.map((one) => ({ edition: 'gov-base', channel: 'stable', version: '1', provider: one }));
const refused = (wanted: Selection, above: Selection[], list: Listed[], before?: Selection) =>
  refusalsOf(wanted, before, above, list, now).map(({ why }) => why);

describe('a choice is refused', () => {
  const wanted = selection('/N/A/', { provider: 'guard' });
  const two = listed(provider('clamav'), provider('guard'));
  it('of a provider that no release lists', () => {
    expect(refused(wanted, [], listed(provider('clamav')))).toEqual(['unknown']);
    expect(refused(selection('/N/', { allowed: ['guard', 'other'] }), [], two)).toEqual(['unknown']);
  });
  it('of one that an agency above does not allow, or where one above chooses for all', () => {
    expect(refused(wanted, [selection('/N/', { allowed: ['clamav'] })], two)).toEqual(['not-allowed']);
    expect(refused(wanted, [selection('/N/', { isFixed: true })], two)).toEqual(['fixed']);
    expect(refused(wanted, [selection('/N/B/', { isFixed: true, allowed: [] })], two)).toEqual([]);
    expect(
      refused(selection('/N/A/', { definitionsRing: 'canary' }), [selection('/N/', { isFixed: true })], two),
    ).toEqual([]);
  });
  it('of one whose approval has ended, unless it was chosen before', () => {
    const ended = listed(provider('guard', '2026-11-23T07:59:59Z'));
    expect(refused(wanted, [], ended)).toEqual(['expired']);
    expect(refused(wanted, [], ended, wanted)).toEqual([]);
    expect(refused(wanted, [], [...ended, ...listed(provider('guard'))])).toEqual([]);
  });
});

it.each([
  ['2026-11-23T07:59:59Z', 'expired', -1],
  ['2026-11-24T08:00:00Z', 'expiring', 1],
  ['2027-01-22T08:00:00Z', 'approved', 60],
])('an approval until %s is %s', (approvedUntil, state, daysLeft) => {
  expect(approvalOf({ approvedUntil }, now)).toEqual({ state, daysLeft });
});
