import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ImportRow, Known, KnownAgency, WantedSeats } from './model.ts';
import { parseSheet } from './parse.ts';
import { readRow } from './rows.ts';
import { planImport } from './rules.ts';

const header = 'code,parent,kind,sector,name_en,name_zh,agreement,class,floor,ceiling';
const nation: KnownAgency = { id: 'N', path: '/N/', kind: 'nation', nameEn: 'Nation', nameZh: '国家' };
const ministry: KnownAgency = {
  id: 'ID-M',
  code: 'M',
  path: '/N/ID-M/',
  parentId: 'N',
  kind: 'ministry',
  sector: 'energy',
  nameEn: 'Ministry',
  nameZh: '部委',
};
const known: Known = {
  ownId: 'N',
  agencies: [nation, ministry],
  entitlements: [
    { id: 'E1', agreement: 'LA-1', deviceClass: 'desktop', agencyPath: '/N/ID-M/' },
    { id: 'E2', agreement: 'LA-1', deviceClass: 'laptop', agencyPath: '/N/ID-M/' },
    { id: 'E3', agreement: 'LA-1', deviceClass: 'laptop', agencyPath: '/N/ID-M/' },
  ],
  allocations: [{ entitlementId: 'E1', agencyId: 'ID-M', floor: 0, ceiling: 50 }],
};

function importing(rows: readonly string[], changed: Partial<Known> = {}) {
  const sheet = parseSheet([header, ...rows].join('\n'));
  const read = sheet.rows.map(readRow);
  const good = read.flatMap(({ row }) => (row === undefined ? [] : [row]));
  const { plan, wrong } = planImport(good, { ...known, ...changed });
  const problems = [...sheet.problems, ...read.flatMap(({ wrong }) => wrong), ...wrong];
  return { plan, problems };
}
const refusals = (rows: readonly string[], changed: Partial<Known> = {}) =>
  importing(rows, changed).problems.map(
    ({ code, place }) => `${code.slice('LICENSING_IMPORT_'.length)} ${place?.line}`,
  );

test('agencies come parents first, whatever their order in the file; known ones only count', () => {
  const { plan, problems } = importing([
    'S,A,site,,Site,站点,,,,',
    'A,M,agency,energy,Agency,机构,,,,',
    'M,,ministry,energy,Ministry,部委,,,,',
    'P,N,省,政府,Province,省份,,,,',
  ]);
  expect(problems).toEqual([]);
  expect(plan.agencies.map(({ row, parent }) => [row.code, parent])).toEqual([
    ['A', { id: 'ID-M' }],
    ['P', { id: 'N' }],
    ['S', { code: 'A' }],
  ]);
  expect(plan).toMatchObject({ unchangedAgencies: 1, seats: [], unchangedSeats: 0 });
});

test('an agency has a row for each of its seats, and seats that are as wanted only count', () => {
  const { plan, problems } = importing(
    [
      'M,,ministry,energy,Ministry,部委,LA-1,desktop,,50',
      'A,M,agency,,Agency,机构,LA-1,台式机,5,10',
      'A,M,agency,,Agency,机构,LA-1,laptop,0,3',
    ],
    { entitlementId: 'E3' },
  );
  expect(problems).toEqual([]);
  expect(plan.unchangedSeats).toBe(1);
  expect(plan.seats).toEqual([
    { line: 3, agency: { code: 'A' }, entitlementId: 'E1', change: 'new', floor: 5, ceiling: 10 },
    { line: 4, agency: { code: 'A' }, entitlementId: 'E3', change: 'new', floor: 0, ceiling: 3 },
  ]);
});

test('seats are given back before others take them, and wider agencies take before narrower', () => {
  const child = (id: string): KnownAgency => ({
    ...ministry,
    id,
    code: id,
    path: `/N/ID-M/${id}/`,
    parentId: 'ID-M',
    kind: 'agency',
  });
  const { plan } = importing(
    [
      'A,M,agency,,Ministry,部委,LA-1,desktop,20,20',
      'B,M,agency,,Ministry,部委,LA-1,desktop,1,20',
      'M,,ministry,,Ministry,部委,LA-1,desktop,1,60',
    ],
    {
      agencies: [nation, ministry, child('A'), child('B')],
      allocations: [
        ...known.allocations,
        { entitlementId: 'E1', agencyId: 'A', floor: 1, ceiling: 20 },
        { entitlementId: 'E1', agencyId: 'B', floor: 20, ceiling: 20 },
      ],
    },
  );
  expect(plan.seats.map(({ agency }) => agency.id)).toEqual(['B', 'ID-M', 'A']);
});

const good = 'A,M,agency,,Agency,机构';
test.each<[string, string[], string[], Partial<Known>?]>([
  ['the same row twice', [`${good},,,,`, `${good},,,,`], ['DUPLICATE 3']],
  ['the same seats twice', [`${good},LA-1,desktop,1,2`, `${good},LA-1,desktop,1,3`], ['DUPLICATE 3']],
  ['two rows of one agency that differ', [`${good},,,,`, 'A,M,site,,Agency,机构,,,,'], ['CONTRADICTION 3']],
  ['a known agency with another name', ['M,N,ministry,,Other,部委,,,,'], ['AGENCY_DIFFERS 2']],
  ['a known agency in another sector', ['M,N,ministry,finance,Ministry,部委,,,,'], ['AGENCY_DIFFERS 2']],
  [
    'a known agency elsewhere',
    ['P,,province,,P,省,,,,', 'M,P,ministry,,Ministry,部委,,,,'],
    ['AGENCY_DIFFERS 3'],
  ],
  ['a parent nobody knows', ['A,X,agency,,Agency,机构,,,,'], ['PARENT_UNKNOWN 2']],
  ['an agency above itself', ['A,A,agency,,Agency,机构,,,,'], ['LOOP 2']],
  ['a ministry below an agency', [`${good},,,,`, 'X,A,ministry,,X,部,,,,'], ['MISPLACED 3']],
  ['a code in small letters', ['a,m,agency,,Agency,机构,,,,'], ['CODE 2', 'CODE 2']],
  ['words nobody knows', ['A,M,office,sport,Agency,机构,LA-1,phone,1,2'], ['KIND 2', 'SECTOR 2', 'CLASS 2']],
  ['no seats', [`${good},LA-1,desktop,0,0`], ['SEATS 2']],
  ['negative seats', [`${good},LA-1,desktop,-1,-5`], ['SEATS 2', 'SEATS 2']],
  ['seats that are no number', [`${good},LA-1,desktop,1e2,１０`], ['SEATS 2', 'SEATS 2']],
  ['more seats than can be counted', [`${good},LA-1,desktop,0,2147483648`], ['SEATS 2']],
  ['a floor above the ceiling', [`${good},LA-1,desktop,3,2`], ['BOUNDS 2']],
  ['seats of no agreement', [`${good},,desktop,1,2`], ['SEATS_PARTIAL 2']],
  ['an agreement alone', [`${good},LA-1,,,`], ['SEATS_PARTIAL 2', 'SEATS_PARTIAL 2']],
  ['an agreement nobody knows', [`${good},LA-2,desktop,1,2`], ['AGREEMENT_UNKNOWN 2']],
  ['a class the agreement has not', [`${good},LA-1,server,1,2`], ['ENTITLEMENT_UNKNOWN 2']],
  ['two entitlements that could be meant', [`${good},LA-1,laptop,1,2`], ['ENTITLEMENT_AMBIGUOUS 2']],
  ['an agency outside the licensee', ['P,,province,,P,省,LA-1,desktop,1,2'], ['OUTSIDE 2']],
])('%s is refused', (_, rows, expected, changed = {}) => {
  expect(refusals(rows, changed)).toEqual(expected);
});

test('every bad row is named at once, and what hangs on a bad row is not called wrong too', () => {
  expect(
    refusals(['A,M,agency,,Agency,机构,LA-1,desktop,9,2', 'B,M,agency,,,机构,,,,', 'C,X,site,,C,丙,,,,']),
  ).toEqual(['CELL_EMPTY 3', 'BOUNDS 2', 'PARENT_UNKNOWN 4']);
  const [child] = parseSheet(`${header}\nC,B,site,,C,丙,,,,`).rows.map((row) => readRow(row).row);
  const rows = child === undefined ? [] : [child];
  expect(planImport(rows, known, { spoilt: new Set(['B']), isCut: false }).wrong).toEqual([]);
  expect(planImport(rows, known, { spoilt: new Set(), isCut: true }).wrong).toEqual([]);
});

test('what is wrong with a row hides nothing else that is', () => {
  const rows = [
    'A,X,agency,sport,Agency,机构,LA-1,desktop,9,2',
    'B,C,agency,,B,乙,LA-1,phone,0,1',
    'C,B,agency,,C,丙,LA-1,phone,0,1',
    'C,B,agency,,C,丙,LA-1,laptop,0,-1',
  ];
  expect(refusals(rows)).toEqual([
    'SECTOR 2',
    'BOUNDS 2',
    'CLASS 3',
    'CLASS 4',
    'SEATS 5',
    'PARENT_UNKNOWN 2',
    'LOOP 3',
  ]);
});

test('a loop is told whole, once, from its first row', () => {
  const { problems } = importing([
    'D,C,site,,D,丁,,,,',
    'B,A,agency,,B,乙,,,,',
    'C,B,agency,,C,丙,,,,',
    'A,C,agency,,A,甲,,,,',
    'X,Y,agency,,X,X,,,,',
    'Y,X,agency,,Y,Y,,,,',
  ]);
  expect(problems.map(({ params, place }) => [params.loop, place?.line])).toEqual([
    ['B → A → C → B', 3],
    ['X → Y → X', 6],
  ]);
});

test('more levels than a tree may have are refused', () => {
  const chain = Array.from(
    { length: 40 },
    (_, level) => `L${level},${level === 0 ? 'M' : `L${level - 1}`},agency,,L,级,,,,`,
  );
  expect(refusals(chain)).toEqual(Array.from({ length: 10 }, (_, index) => `DEPTH ${32 + index}`));
});

const tree = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 13 });
const seatsOf = (index: number): WantedSeats | undefined =>
  index % 3 === 0 ? { agreement: 'LA-1', deviceClass: 'desktop', floor: index, ceiling: 20 } : undefined;

test('whatever the parents: each agency is planned after its parent, or is in or below a loop', () => {
  fc.assert(
    fc.property(tree, (parents) => {
      const rows = parents.map((parent, index): ImportRow => {
        const seats = seatsOf(index);
        return {
          line: index + 2,
          code: `A${index}`,
          parent: parent < parents.length ? `A${parent}` : 'M',
          kind: 'agency',
          nameEn: 'A',
          nameZh: '甲',
          ...(seats === undefined ? {} : { seats }),
        };
      });
      const { plan, wrong } = planImport(rows, known);
      const leadsUp = (index: number, steps = 0): boolean =>
        steps <= parents.length &&
        ((parents[index] ?? 99) >= parents.length || leadsUp(parents[index] ?? 0, steps + 1));
      const order = plan.agencies.map(({ row }) => row.code);
      expect([...order].sort()).toEqual(
        rows
          .filter((_, index) => leadsUp(index))
          .map(({ code }) => code)
          .sort(),
      );
      for (const { row, parent } of plan.agencies) {
        if (parent.code !== undefined)
          expect(order.indexOf(parent.code)).toBeLessThan(order.indexOf(row.code));
      }
      expect(wrong.length === 0).toBe(order.length === rows.length);
    }),
  );
});
