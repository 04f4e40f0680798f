import type { ImprintError } from '@imprint/protocol';
import { mayStandBelow } from '../../organisation/index.ts';
import { importError } from './errors.ts';
import type {
  AgencyRef,
  ImportPlan,
  ImportRow,
  Known,
  KnownAgency,
  PlannedAgency,
  PlannedSeats,
  WantedSeats,
} from './model.ts';
import { deepestLevel, type Family, parentOf, type Standing, standingsOf } from './tree.ts';

/** What could not be read of the same file: what refers to it is not wrong for that. */
export interface Unread {
  readonly spoilt: ReadonlySet<string>;
  readonly isCut: boolean;
}

/** Decides what an import does, or names everything that keeps it from being done. */
export function planImport(
  rows: readonly ImportRow[],
  known: Known,
  unread: Unread = { spoilt: new Set(), isCut: false },
): { plan: ImportPlan; wrong: ImprintError[] } {
  const byName = new Map(
    known.agencies.flatMap((agency): [string, KnownAgency][] =>
      agency.code === undefined
        ? [[agency.id, agency]]
        : [
            [agency.id, agency],
            [agency.code, agency],
          ],
    ),
  );
  const own = byName.get(known.ownId);
  if (own === undefined) throw new TypeError("the asker's own agency is always known");
  const { firsts, wrong: repeated } = firstRows(rows);
  const added = new Map([...firsts].filter(([code]) => !byName.has(code)));
  const family: Family = { added, byName, own };
  const { standings, loops } = standingsOf(family);
  const placed = [...firsts.values()].map((row) => placeRow(row, family, standings, unread));
  const agencies = placed.flatMap(({ planned }) => (planned === undefined ? [] : [planned]));
  agencies.sort((a, b) => levelsOf(a.row, standings) - levelsOf(b.row, standings) || a.row.line - b.row.line);
  const seats = planSeats(rows, known, family, standings);
  return {
    plan: {
      agencies,
      unchangedAgencies: firsts.size - added.size,
      seats: seats.planned,
      unchangedSeats: seats.unchanged,
    },
    wrong: [...repeated, ...loops, ...placed.flatMap(({ wrong }) => wrong), ...seats.wrong].sort(
      (a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0),
    ),
  };
}

const at = ({ line }: { readonly line: number }) => ({ place: { line } });
const levelsOf = ({ code }: ImportRow, standings: ReadonlyMap<string, Standing>) =>
  standings.get(code)?.levels ?? 0;

/** An agency may have several rows, one for each of its seats; they describe it alike. */
function firstRows(rows: readonly ImportRow[]): { firsts: Map<string, ImportRow>; wrong: ImprintError[] } {
  const firsts = new Map<string, ImportRow>();
  const lines = new Map<string, number>();
  const wrong: ImprintError[] = [];
  for (const row of rows) {
    const { code, seats } = row;
    const first = firsts.get(code);
    if (first === undefined) firsts.set(code, row);
    const isWhole = row.isPartial !== true && first?.isPartial !== true;
    const [column] = first === undefined || !isWhole ? [] : differing(first, row);
    if (first !== undefined && column !== undefined) {
      const params = { code, first: first.line, column };
      wrong.push(importError('LICENSING_IMPORT_CONTRADICTION', params, at(row)));
      continue;
    }
    if (row.isPartial === true) continue;
    const key = JSON.stringify([code, seats?.agreement, seats?.deviceClass]);
    const before = lines.get(key);
    if (before === undefined) lines.set(key, row.line);
    else wrong.push(importError('LICENSING_IMPORT_DUPLICATE', { code, first: before }, at(row)));
  }
  return { firsts, wrong };
}

function differing(a: ImportRow, b: ImportRow): string[] {
  return (
    [
      ['parent', a.parent === b.parent],
      ['kind', a.kind === b.kind],
      ['sector', a.sector === b.sector],
      ['name_en', a.nameEn === b.nameEn],
      ['name_zh', a.nameZh === b.nameZh],
    ] as const
  )
    .filter(([, same]) => !same)
    .map(([column]) => column);
}

interface Placed {
  readonly planned?: PlannedAgency;
  readonly wrong: readonly ImprintError[];
}

function placeRow(
  row: ImportRow,
  family: Family,
  standings: ReadonlyMap<string, Standing>,
  unread: Unread,
): Placed {
  const known = family.byName.get(row.code);
  const parent = parentOf(row, family);
  if (known !== undefined) return { wrong: changesOf(row, known, parent, family) };
  if (parent === undefined) {
    if (unread.isCut || unread.spoilt.has(row.parent ?? '')) return { wrong: [] };
    const params = { parent: row.parent ?? '' };
    return { wrong: [importError('LICENSING_IMPORT_PARENT_UNKNOWN', params, at(row))] };
  }
  const standing = standings.get(row.code);
  if (standing === undefined) return { wrong: [] };
  const above = parent.id === undefined ? family.added.get(parent.code) : family.byName.get(parent.id);
  if (above !== undefined && !mayStandBelow(row.kind, above.kind)) {
    const params = { parent: above.kind, kind: row.kind };
    return { wrong: [importError('LICENSING_IMPORT_MISPLACED', params, at(row))] };
  }
  if (depthOf(standing.top) + standing.levels > deepestLevel) {
    return { wrong: [importError('LICENSING_IMPORT_DEPTH', { maximum: deepestLevel }, at(row))] };
  }
  return { planned: { row, parent }, wrong: [] };
}

const depthOf = ({ path }: KnownAgency) => path.split('/').length - 2;

/** An import changes no agency: what a row says of one that is there must be so. */
function changesOf(
  row: ImportRow,
  known: KnownAgency,
  parent: AgencyRef | undefined,
  family: Family,
): ImprintError[] {
  // What stands above the asker's own agency is not theirs to see.
  const isElsewhere = known.id !== family.own.id && parent?.id !== known.parentId;
  const differs = [
    ['parent', isElsewhere],
    ['kind', row.kind !== known.kind],
    ['sector', row.sector !== undefined && row.sector !== known.sector],
    ['name_en', row.nameEn !== known.nameEn],
    ['name_zh', row.nameZh !== known.nameZh],
  ] as const;
  const column = differs.find(([, isDifferent]) => isDifferent)?.[0];
  if (column === undefined) return [];
  return [importError('LICENSING_IMPORT_AGENCY_DIFFERS', { code: row.code, column }, at(row))];
}

interface Seating {
  readonly planned: PlannedSeats[];
  readonly unchanged: number;
  readonly wrong: ImprintError[];
}

function planSeats(
  rows: readonly ImportRow[],
  known: Known,
  family: Family,
  standings: ReadonlyMap<string, Standing>,
): Seating {
  const current = new Map(
    known.allocations.map((node) => [`${node.entitlementId} ${node.agencyId}`, node] as const),
  );
  const wrong: ImprintError[] = [];
  const wanted: { seats: PlannedSeats; level: number; grows: boolean }[] = [];
  let unchanged = 0;
  for (const row of rows) {
    if (row.seats === undefined) continue;
    const there = family.byName.get(row.code);
    const standing = there === undefined ? standings.get(row.code) : { top: there, levels: 0 };
    const found = entitlementFor(row, row.seats, known, standing?.top);
    if ('wrong' in found) {
      wrong.push(found.wrong);
      continue;
    }
    const { floor, ceiling } = row.seats;
    const before = there === undefined ? undefined : current.get(`${found.id} ${there.id}`);
    if (before?.floor === floor && before.ceiling === ceiling) {
      unchanged += 1;
      continue;
    }
    const agency: AgencyRef = there === undefined ? { code: row.code } : { id: there.id };
    const change = before === undefined ? 'new' : 'changed';
    const level = standing === undefined ? 0 : depthOf(standing.top) + standing.levels;
    const seats = { line: row.line, agency, entitlementId: found.id, change, floor, ceiling } as const;
    wanted.push({ seats, level, grows: before === undefined || floor > before.floor });
  }
  return { planned: inOrder(wanted), unchanged, wrong };
}

/** What gives seats back first, the narrowest agency first; then what takes them, the widest first. */
function inOrder(wanted: readonly { seats: PlannedSeats; level: number; grows: boolean }[]): PlannedSeats[] {
  const byLevel = (grows: boolean, sign: number) =>
    wanted
      .filter((one) => one.grows === grows)
      .sort((a, b) => sign * (a.level - b.level) || a.seats.line - b.seats.line)
      .map(({ seats }) => seats);
  return [...byLevel(false, -1), ...byLevel(true, 1)];
}

function entitlementFor(
  row: ImportRow,
  { agreement, deviceClass }: WantedSeats,
  known: Known,
  top: KnownAgency | undefined,
): { readonly id: string } | { readonly wrong: ImprintError } {
  const refuse = (code: Parameters<typeof importError>[0], params: Record<string, string | number>) => ({
    wrong: importError(code, { agreement, ...params }, at(row)),
  });
  const ofAgreement = known.entitlements.filter((one) => one.agreement === agreement);
  if (ofAgreement.length === 0) return refuse('LICENSING_IMPORT_AGREEMENT_UNKNOWN', {});
  const ofClass = ofAgreement.filter((one) => one.deviceClass === deviceClass);
  const meant = ofClass.filter(({ id }) => id === known.entitlementId);
  const [found, ...others] = meant.length > 0 ? meant : ofClass;
  if (found === undefined) return refuse('LICENSING_IMPORT_ENTITLEMENT_UNKNOWN', { class: deviceClass });
  if (others.length > 0) {
    const params = { class: deviceClass, got: ofClass.length };
    return refuse('LICENSING_IMPORT_ENTITLEMENT_AMBIGUOUS', params);
  }
  if (top !== undefined && !top.path.startsWith(found.agencyPath)) {
    return refuse('LICENSING_IMPORT_OUTSIDE', { code: row.code });
  }
  return { id: found.id };
}
