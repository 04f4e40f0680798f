import { DeviceClass, type ImprintError } from '@imprint/protocol';
import { serialDigest } from '@imprint/trust';
import { parse } from 'csv-parse/sync';
import { decodeSheet } from '../../../platform/sheets/decode.ts';
import { deploymentError } from './errors.ts';

export const sheetLimits = { bytes: 8 * 1024 * 1024, rows: 50_000, recordBytes: 16 * 1024 };

/** One machine as a list names it; the serial number itself goes no further than here. */
export interface ListedMachine {
  readonly line: number;
  readonly serialSha256: string;
  readonly assetTag: string;
  readonly agency: string;
  readonly deviceClass: string | undefined;
}

const headers: Readonly<Record<string, Column>> = {
  serial: 'serial',
  序列号: 'serial',
  asset_tag: 'asset_tag',
  资产编号: 'asset_tag',
  agency: 'agency',
  机构代码: 'agency',
  class: 'class',
  设备类别: 'class',
};
type Column = 'serial' | 'asset_tag' | 'agency' | 'class';
const columns: readonly Column[] = ['serial', 'asset_tag', 'agency', 'class'];
const classWords: Readonly<Record<string, string>> = {
  台式机: 'desktop',
  笔记本: 'laptop',
  瘦客户机: 'thin-client',
  服务器: 'server',
  虚拟机: 'virtual',
};
const knownClasses = DeviceClass.anyOf.map(({ const: name }) => name as string);

interface Cells {
  readonly line: number;
  readonly record: readonly string[];
}

function cellsOf(text: string): Cells[] | ImprintError {
  try {
    const header = text.slice(0, sheetLimits.recordBytes).split('\n', 1)[0] ?? '';
    const delimiter = ['\t', ';'].find((one) => header.split(one).length > header.split(',').length) ?? ',';
    const rows = parse(text, {
      info: true,
      delimiter,
      skip_empty_lines: true,
      relax_column_count_less: true,
      max_record_size: sheetLimits.recordBytes,
      to: sheetLimits.rows + 2,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    return rows
      .filter(({ record }) => record.some((cell) => cell.trim() !== ''))
      .map(({ record, info }) => ({ line: info.lines, record: record.map((cell) => cell.trim()) }));
  } catch (error) {
    const line = Number((error as { lines?: unknown }).lines ?? 1);
    return deploymentError('FLEET_LIST_QUOTES', {}, { place: { line } });
  }
}

const shown = (cell: string) => cell.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '·').slice(0, 40);

function readRow({ line, record }: Cells, at: Readonly<Record<Column, number>>) {
  const cell = (column: Column) => (at[column] < 0 ? '' : (record[at[column]] ?? ''));
  const place = { place: { line } };
  const serialSha256 = serialDigest(cell('serial'));
  const deviceClass = classWords[cell('class')] ?? cell('class');
  const wrong = [
    ...(serialSha256 === undefined
      ? [deploymentError('FLEET_LIST_SERIAL', { got: shown(cell('serial')) }, place)]
      : []),
    ...(/^[^\p{Cc}\p{Cf}]{1,64}$/u.test(cell('asset_tag'))
      ? []
      : [deploymentError('FLEET_LIST_ASSET_TAG', { got: shown(cell('asset_tag')) }, place)]),
    ...(deviceClass === '' || knownClasses.includes(deviceClass)
      ? []
      : [
          deploymentError(
            'FLEET_LIST_CLASS',
            { known: knownClasses.join(', '), got: shown(deviceClass) },
            place,
          ),
        ]),
  ];
  const machine = {
    line,
    serialSha256: serialSha256 ?? '',
    assetTag: cell('asset_tag'),
    agency: cell('agency'),
    deviceClass: deviceClass === '' ? undefined : deviceClass,
  };
  return { machine, wrong };
}

/** Every value of a column once: a second one says where the first stands. */
function repeats(
  machines: readonly ListedMachine[],
  column: string,
  pick: (machine: ListedMachine) => string,
) {
  const first = new Map<string, number>();
  return machines.flatMap((machine) => {
    const value = pick(machine);
    const line = first.get(value);
    if (line === undefined) first.set(value, machine.line);
    if (line === undefined || value === '') return [];
    return [
      deploymentError('FLEET_LIST_REPEATED', { column, first: line }, { place: { line: machine.line } }),
    ];
  });
}

/** Reads a list of machines; says everything that is wrong with it by itself. */
export function readSheet(bytes: Uint8Array): { machines: ListedMachine[]; wrong: ImprintError[] } {
  const nothing = (error: ImprintError) => ({ machines: [], wrong: [error] });
  const decoded = bytes.length > sheetLimits.bytes ? undefined : decodeSheet(bytes);
  if (decoded === undefined) return nothing(deploymentError('FLEET_LIST_BYTES'));
  const cells = cellsOf(decoded.text.replace(/\r\n?/g, '\n'));
  if (!Array.isArray(cells)) return nothing(cells);
  const [header, ...body] = cells;
  if (header === undefined || body.length === 0 || body.length > sheetLimits.rows)
    return nothing(deploymentError('FLEET_LIST_ROWS', { maximum: sheetLimits.rows, got: body.length }));
  const names = header.record.map((name) => headers[name.toLowerCase()]);
  const counts = columns.map((column) => [column, names.filter((name) => name === column).length] as const);
  const wrongColumns = counts
    .filter(([column, count]) => (column === 'class' ? count > 1 : count !== 1))
    .map(([column, got]) =>
      deploymentError('FLEET_LIST_COLUMN', { column, got }, { place: { line: header.line } }),
    );
  if (wrongColumns.length > 0) return { machines: [], wrong: wrongColumns };
  const at = Object.fromEntries(columns.map((column) => [column, names.indexOf(column)])) as Record<
    Column,
    number
  >;
  const read = body.map((row) => readRow(row, at));
  const machines = read.map(({ machine }) => machine);
  return {
    machines,
    wrong: [
      ...read.flatMap(({ wrong }) => wrong),
      ...repeats(machines, 'serial', ({ serialSha256 }) => serialSha256),
      ...repeats(machines, 'asset_tag', ({ assetTag }) => assetTag),
    ],
  };
}
