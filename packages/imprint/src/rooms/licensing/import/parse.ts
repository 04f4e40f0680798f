import type { ImprintError } from '@imprint/protocol';
import { type CsvError, parse } from 'csv-parse/sync';
import { type ColumnName, columnLimits, columnNames, columnOf, requiredColumns } from './columns.ts';
import { importError } from './errors.ts';
import type { CellRow } from './model.ts';

export const importLimits = { bytes: 8 * 1024 * 1024, rows: 20_000, columns: 64, recordBytes: 64 * 1024 };

export interface ParsedSheet {
  readonly rows: readonly CellRow[];
  readonly problems: readonly ImprintError[];
  /** Codes of agencies whose own row is wrong: whoever names one as parent is not wrong too. */
  readonly spoilt: readonly string[];
  /** True when rows were left unread. */
  readonly isCut: boolean;
}

interface CsvRecord {
  readonly record: string[];
  readonly info: { readonly lines: number };
}

/** Splits a sheet into rows of named cells, with the line each record begins at, and says what is wrong with its form. */
export function parseSheet(sheet: string): ParsedSheet {
  // One kind of newline, so that lines are counted as an editor counts them.
  const text = sheet.replace(/\r\n?/g, '\n');
  const { records, broken } = recordsOf(text);
  const [header, ...body] = records;
  const cut = broken === undefined ? [] : [broken];
  const nothing = (problems: ImprintError[]) => ({ rows: [], problems, spoilt: [], isCut: true });
  if (header === undefined)
    return nothing(broken === undefined ? [importError('LICENSING_IMPORT_EMPTY')] : cut);
  const { columns, wrong } = readHeader(header);
  if (wrong.length > 0) return nothing([...wrong, ...cut]);
  if (body.length > importLimits.rows) {
    return nothing([importError('LICENSING_IMPORT_ROWS', { maximum: importLimits.rows })]);
  }
  const read = body.map((record) => readRecord(record, columns));
  return {
    rows: read.filter(({ wrong }) => wrong.length === 0),
    problems: [...read.flatMap(({ wrong }) => wrong), ...cut],
    spoilt: read.filter(({ wrong }) => wrong.length > 0).map(({ cells }) => cells.code),
    isCut: broken !== undefined,
  };
}

const newlines = (text: string) => text.split('\n').length - 1;
const lineOf = ({ record, info }: CsvRecord) =>
  info.lines - record.reduce((sum, cell) => sum + newlines(cell), 0);
const at = (line: number) => ({ place: { line } });

/** Records up to the first that is not CSV: after a stray quote nobody can tell where the next one begins. */
function recordsOf(text: string): { records: CsvRecord[]; broken?: ImprintError } {
  let whole: number | undefined;
  const skip = (error: CsvError | undefined) => {
    whole ??= Number((error as { records?: unknown } | undefined)?.records ?? 0);
    return undefined;
  };
  const records = parse(text, {
    info: true,
    delimiter: delimiterOf(text),
    record_delimiter: '\n',
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: importLimits.recordBytes,
    skip_records_with_error: true,
    on_skip: skip,
    to: importLimits.rows + 2,
  }) as unknown as CsvRecord[];
  const good = records.slice(0, whole);
  const filled = good.filter(({ record }) => record.some((cell) => cell.trim() !== ''));
  if (whole === undefined) return { records: filled };
  const line = nextLine(text, good.at(-1)?.info.lines ?? 0);
  return { records: filled, broken: importError('LICENSING_IMPORT_QUOTES', { line }, at(line)) };
}

/** The first line after one that is not empty. */
function nextLine(text: string, line: number): number {
  const next = text.split('\n').findIndex((content, index) => index >= line && content !== '');
  return next + 1;
}

/** Spreadsheets write commas, semicolons or tabs; the header row shows which. */
function delimiterOf(text: string): string {
  const header = text.slice(0, importLimits.recordBytes).split('\n', 1)[0] ?? '';
  const count = (delimiter: string) => header.split(delimiter).length;
  return ['\t', ';'].find((delimiter) => count(delimiter) > count(',')) ?? ',';
}

type Columns = readonly (ColumnName | 'remark' | undefined)[];

function readHeader(header: CsvRecord): { columns: Columns; wrong: ImprintError[] } {
  const place = at(lineOf(header));
  if (header.record.length > importLimits.columns) {
    const params = { maximum: importLimits.columns, got: header.record.length };
    return { columns: [], wrong: [importError('LICENSING_IMPORT_COLUMNS', params, place)] };
  }
  const columns = header.record.map(columnOf);
  const unknown = header.record.filter((cell, index) => columns[index] === undefined && cell.trim() !== '');
  const repeated = columnNames.filter((name) => columns.filter((column) => column === name).length > 1);
  const missing = requiredColumns.filter((name) => !columns.includes(name));
  const known = columnNames.join(', ');
  return {
    columns,
    wrong: [
      ...missing.map((column) => importError('LICENSING_IMPORT_COLUMN_MISSING', { column }, place)),
      ...repeated.map((column) => importError('LICENSING_IMPORT_COLUMN_REPEATED', { column }, place)),
      ...unknown.map((cell) =>
        importError('LICENSING_IMPORT_COLUMN_UNKNOWN', { column: shown(cell), known }, place),
      ),
    ],
  };
}

function readRecord(csv: CsvRecord, columns: Columns): CellRow & { wrong: ImprintError[] } {
  const line = lineOf(csv);
  const cells = Object.fromEntries(
    columnNames.map((name) => {
      const index = columns.indexOf(name);
      return [name, index < 0 ? '' : (csv.record[index] ?? '').trim()];
    }),
  ) as Record<ColumnName, string>;
  if (csv.record.slice(columns.length).some((cell) => cell.trim() !== '')) {
    const params = { columns: columns.length, got: csv.record.length };
    return { line, cells, wrong: [importError('LICENSING_IMPORT_WIDTH', params, at(line))] };
  }
  return { line, cells, wrong: columnNames.flatMap((column) => cellProblems(column, cells[column], line)) };
}

// Controls, and the marks that turn the direction of text around them.
const unprintable = /[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/u;

function cellProblems(column: ColumnName, cell: string, line: number): ImprintError[] {
  const maximum = columnLimits[column];
  const length = [...cell].length;
  return [
    ...(length > maximum
      ? [importError('LICENSING_IMPORT_CELL_LONG', { column, maximum, got: length }, at(line))]
      : []),
    ...(unprintable.test(cell) ? [importError('LICENSING_IMPORT_CELL_CONTROL', { column }, at(line))] : []),
    ...(cell === '' && mustBeFilled.has(column)
      ? [importError('LICENSING_IMPORT_CELL_EMPTY', { column }, at(line))]
      : []),
  ];
}

const mustBeFilled = new Set<ColumnName>(['code', 'kind', 'name_en', 'name_zh']);

/** A cell as an error shows it: short and on one line. */
export function shown(cell: string): string {
  const text = cell.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '·').trim();
  return [...text].length > 40 ? `${[...text].slice(0, 40).join('')}…` : text;
}
