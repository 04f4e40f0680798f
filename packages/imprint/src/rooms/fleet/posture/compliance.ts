import { agencyIdOf } from '../../../platform/agency-path.ts';
import { onBehalfOf } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import type { FleetContext } from '../context.ts';
import { sectorsAt } from '../rollout/load.ts';
import type { Compliance, ComplianceBy, ComplianceFigure, ComplianceGroup } from './model.ts';
import { usualFigures } from './rules.ts';
import { type CellRow, cellsOf, type DayRow, daysOf } from './store.ts';
import {
  type CountedState,
  type Counts,
  devicesOf,
  type Group,
  type Hidden,
  states,
  suppress,
} from './suppress/rules.ts';

/** Devices of one place in a state of a figure, or without that figure. */
type Cell = Omit<CellRow, 'state'> & { readonly state: CountedState };

type KeyOf = (row: Pick<CellRow, 'agency_path' | 'edition' | 'ring'>) => string;

const agencyOf: KeyOf = ({ agency_path }) => agencyIdOf(agency_path);

/** How devices stand in one figure, counted; below the asker's own agency without small counts. */
export async function countCompliance(
  context: Pick<FleetContext, 'database' | 'clock' | 'smallCell'>,
  access: Access,
  by: ComplianceBy,
  figure: ComplianceFigure,
): Promise<Compliance> {
  const sectorOf = await context.database.transaction(onBehalfOf(access), (trx) =>
    sectorsAt(trx, access.agencyPath),
  );
  const { cells, days } = await context.database.transaction(access, async (trx) => ({
    cells: await cellsWith(trx, figure),
    days: await daysOf(trx),
  }));
  const keys: Record<ComplianceBy, KeyOf> = {
    agency: agencyOf,
    sector: ({ agency_path }) => sectorOf(agency_path) ?? '',
    ring: ({ ring }) => ring,
    edition: ({ edition }) => edition,
  };
  const isOwn = ({ agency_path }: { agency_path: string }) => agency_path === access.agencyPath;
  const part = (k: number, ownCells: readonly Cell[], ownDays: readonly DayRow[]) =>
    partOf(by, keys, k, ownCells, ownDays);
  return {
    asOf: context.clock.now().toISOString(),
    by,
    figure,
    smallCell: context.smallCell,
    own: part(1, cells.filter(isOwn), days.filter(isOwn)),
    below: part(
      context.smallCell,
      cells.filter((cell) => !isOwn(cell)),
      days.filter((day) => !isOwn(day)),
    ),
  };
}

const everyDeviceHas: readonly ComplianceFigure[] = ['overall', ...usualFigures];

/**
 * The cells of a figure. One that not every device has is counted with the devices that lack it: their number is the difference
 * to another figure, so it is kept back like any other.
 */
async function cellsWith(trx: Parameters<typeof cellsOf>[0], figure: ComplianceFigure): Promise<Cell[]> {
  const cells = await cellsOf(trx, figure);
  if (everyDeviceHas.includes(figure)) return cells;
  const placeOf: KeyOf = ({ agency_path, edition, ring }) => JSON.stringify([agency_path, edition, ring]);
  const having = grouped(cells, placeOf);
  const lacking = [...grouped(await cellsOf(trx, 'overall'), placeOf)].flatMap(
    ([place, [first, ...more]]) => {
      if (first === undefined) return [];
      const devices = sumOf([first, ...more]) - sumOf(having.get(place) ?? []);
      return devices > 0 ? [{ ...first, state: 'absent' as const, devices }] : [];
    },
  );
  return [...cells, ...lacking];
}

const sumOf = (cells: readonly Pick<Cell, 'devices'>[]): number =>
  cells.reduce((sum, { devices }) => sum + Number(devices), 0);

function grouped<Row>(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const kept = groups.get(key);
    if (kept === undefined) groups.set(key, [row]);
    else kept.push(row);
  }
  return groups;
}

/** All divisions are looked at together, whichever is asked for: what one hides no other tells. */
function partOf(
  by: ComplianceBy,
  keys: Readonly<Record<ComplianceBy, KeyOf>>,
  k: number,
  cells: readonly Cell[],
  days: readonly DayRow[],
): Compliance['below'] {
  const divide = (rows: readonly Cell[], ...[keyOf, ...finer]: readonly KeyOf[]): Group[] =>
    keyOf === undefined
      ? []
      : [...grouped(rows, keyOf)]
          .map(([key, own]) => ({
            key,
            counts: countsOf(own),
            divisions: finer.length === 0 ? [] : [divide(own, ...finer)],
          }))
          .toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const sectors = divide(cells, keys.sector, keys.agency);
  const [rings, editions] = [divide(cells, keys.ring), divide(cells, keys.edition)];
  const all: Group = { key: '', counts: countsOf(cells), divisions: [sectors, rings, editions] };
  const hidden = suppress(all, k);
  const groups = {
    agency: sectors.flatMap(({ divisions }) => divisions.flat()),
    sector: sectors,
    ring: rings,
    edition: editions,
  }[by];
  const daysBy = grouped(days, keys[by]);
  return {
    total: groupOf(all, hidden.get(all), days),
    groups: groups.map((group) => groupOf(group, hidden.get(group), daysBy.get(group.key) ?? [])),
  };
}

function countsOf(rows: readonly Cell[]): Counts {
  const counts = { ok: 0, stale: 0, unknown: 0, failing: 0, absent: 0 };
  for (const { state, devices } of rows) counts[state] += Number(devices);
  return counts;
}

function groupOf(group: Group, hidden: Hidden | undefined, days: readonly DayRow[]): ComplianceGroup {
  const said = states.filter((state) => state !== 'absent' && hidden?.has(state) !== true);
  const counts = Object.fromEntries(said.map((state) => [state, group.counts[state]]));
  if (hidden?.has('devices') === true || hidden?.has('absent') === true) return { key: group.key, ...counts };
  const devices = devicesOf(group) - group.counts.absent;
  const share = Math.round((group.counts.unknown / devices) * 1000) / 1000;
  const heard = days.map(({ heard_on }) => heard_on).sort();
  const [oldest, newest] = [heard[0], heard.at(-1)];
  return {
    key: group.key,
    devices,
    ...counts,
    ...(devices > 0 && said.includes('unknown') ? { unknownShare: share } : {}),
    ...(oldest === undefined || newest === undefined
      ? {}
      : { oldestReportOn: oldest, newestReportOn: newest }),
  };
}
