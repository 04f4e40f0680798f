import type { ImprintError } from '@imprint/protocol';
import { importError } from './errors.ts';
import type { AgencyRef, ImportRow, KnownAgency } from './model.ts';

/** Levels an agency tree may have. */
export const deepestLevel = 32;

/** Where a row's agency hangs: the agency that exists it leads up to, and how many levels it adds below it. */
export interface Standing {
  readonly top: KnownAgency;
  readonly levels: number;
}

export interface Family {
  /** Row that adds the agency of a code; rows of agencies that exist are not here. */
  readonly added: ReadonlyMap<string, ImportRow>;
  readonly byName: ReadonlyMap<string, KnownAgency>;
  readonly own: KnownAgency;
}

/** The agency above a row's, if there is one. */
export function parentOf(row: ImportRow, family: Family): AgencyRef | undefined {
  if (row.parent === undefined) return { id: family.own.id };
  const known = family.byName.get(row.parent);
  if (known !== undefined) return { id: known.id };
  return family.added.has(row.parent) ? { code: row.parent } : undefined;
}

/** Follows every added agency up; names each loop once. Agencies that lead nowhere have no standing. */
export function standingsOf(family: Family): {
  standings: ReadonlyMap<string, Standing>;
  loops: ImprintError[];
} {
  const standings = new Map<string, Standing | undefined>();
  const loops: ImprintError[] = [];
  for (const start of family.added.values()) {
    const walked: ImportRow[] = [];
    const onTheWay = new Map<string, number>();
    let row: ImportRow | undefined = start;
    let reached: Standing | undefined;
    while (row !== undefined && !standings.has(row.code)) {
      const before = onTheWay.get(row.code);
      if (before !== undefined) {
        loops.push(loopError(walked.slice(before)));
        break;
      }
      onTheWay.set(row.code, walked.length);
      walked.push(row);
      const known: KnownAgency | undefined =
        row.parent === undefined ? family.own : family.byName.get(row.parent);
      if (known !== undefined) reached = { top: known, levels: 0 };
      row = known === undefined ? family.added.get(row.parent ?? '') : undefined;
    }
    if (row !== undefined && standings.has(row.code)) reached = standings.get(row.code);
    for (const { code } of walked.reverse()) {
      reached = reached === undefined ? undefined : { top: reached.top, levels: reached.levels + 1 };
      standings.set(code, reached);
    }
  }
  const found = [...standings].flatMap(([code, standing]) =>
    standing === undefined ? [] : [[code, standing] as const],
  );
  return { standings: new Map(found), loops };
}

/** The loop, told from its first row in the file on. */
function loopError(rows: readonly ImportRow[]): ImprintError {
  const first = rows.reduce((least, row, index) => (row.line < (rows[least]?.line ?? 0) ? index : least), 0);
  const turned = [...rows.slice(first), ...rows.slice(0, first), ...rows.slice(first, first + 1)];
  const codes = turned.map(({ code }) => code);
  const shown = codes.length > 12 ? [...codes.slice(0, 6), '…', ...codes.slice(-5)] : codes;
  return importError(
    'LICENSING_IMPORT_LOOP',
    { loop: shown.join(' → ') },
    { place: { line: turned[0]?.line ?? 0 } },
  );
}
