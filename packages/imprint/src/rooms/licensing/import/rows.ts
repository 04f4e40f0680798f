import type { DeviceClass, ImprintError } from '@imprint/protocol';
import { classWords, kindWords, sectorWords, wordIn } from './columns.ts';
import { importError } from './errors.ts';
import type { CellRow, ImportRow, WantedSeats } from './model.ts';
import { shown } from './parse.ts';

/** What an agency is registered under, as the organisation writes it; an id of a known agency looks the same. */
const codePattern = /^[0-9A-Z][0-9A-Z-]{0,63}$/;
const mostSeats = 2_147_483_647;

/** Understands one row and says everything that is wrong with it; no row where even its place in the tree is not clear. */
export function readRow({ line, cells }: CellRow): { row?: ImportRow; wrong: ImprintError[] } {
  const wrong: ImprintError[] = [];
  const refuse = (code: Parameters<typeof importError>[0], params: Record<string, string | number>) => {
    wrong.push(importError(code, params, { place: { line } }));
    return undefined;
  };
  const odd = (['code', 'parent'] as const).filter(
    (column) => cells[column] !== '' && !codePattern.test(cells[column]),
  );
  for (const column of odd) refuse('LICENSING_IMPORT_CODE', { column, got: shown(cells[column]) });
  const kind =
    wordIn(kindWords, cells.kind) ??
    refuse('LICENSING_IMPORT_KIND', { known: namesIn(kindWords), got: shown(cells.kind) });
  const sector =
    cells.sector === ''
      ? undefined
      : (wordIn(sectorWords, cells.sector) ??
        refuse('LICENSING_IMPORT_SECTOR', { known: namesIn(sectorWords), got: shown(cells.sector) }));
  const seats = readSeats(cells, refuse);
  if (kind === undefined || odd.length > 0) return { wrong };
  const row: ImportRow = {
    line,
    code: cells.code,
    ...(cells.parent === '' ? {} : { parent: cells.parent }),
    kind,
    ...(sector === undefined ? {} : { sector }),
    nameEn: cells.name_en,
    nameZh: cells.name_zh,
    ...(seats === undefined ? {} : { seats }),
    ...(wrong.length === 0 ? {} : { isPartial: true }),
  };
  return { row, wrong };
}

type Refuse = (code: Parameters<typeof importError>[0], params: Record<string, string | number>) => undefined;

function readSeats(cells: CellRow['cells'], refuse: Refuse): WantedSeats | undefined {
  const { agreement, floor: floorText, ceiling: ceilingText } = cells;
  if ([agreement, cells.class, floorText, ceilingText].every((cell) => cell === '')) return undefined;
  const absent = (['agreement', 'class', 'ceiling'] as const).filter((column) => cells[column] === '');
  for (const column of absent) refuse('LICENSING_IMPORT_SEATS_PARTIAL', { column });
  const deviceClass = cells.class === '' ? undefined : readClass(cells.class, refuse);
  const floor = floorText === '' ? 0 : readCount('floor', floorText, 0, refuse);
  const ceiling = ceilingText === '' ? undefined : readCount('ceiling', ceilingText, 1, refuse);
  if (floor !== undefined && ceiling !== undefined && floor > ceiling) {
    return refuse('LICENSING_IMPORT_BOUNDS', { floor, ceiling });
  }
  if (agreement === '' || deviceClass === undefined || floor === undefined || ceiling === undefined) {
    return undefined;
  }
  return { agreement, deviceClass, floor, ceiling };
}

function readClass(text: string, refuse: Refuse): DeviceClass | undefined {
  const known = namesIn(classWords);
  return wordIn(classWords, text) ?? refuse('LICENSING_IMPORT_CLASS', { known, got: shown(text) });
}

function readCount(column: string, text: string, minimum: number, refuse: Refuse): number | undefined {
  const count = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (count >= minimum && count <= mostSeats) return count;
  return refuse('LICENSING_IMPORT_SEATS', { column, minimum, maximum: mostSeats, got: shown(text) });
}

const namesIn = (words: Readonly<Record<string, string>>) => [...new Set(Object.values(words))].join(', ');
