import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnNames } from './columns.ts';
import { importLimits, parseSheet } from './parse.ts';

const header = 'code,parent,kind,sector,name_en,name_zh,agreement,class,floor,ceiling';
const row = 'M-1,,ministry,energy,Ministry,部委,LA-1,desktop,5,10';
const found = (text: string) =>
  parseSheet(text).problems.map(({ code, place }) =>
    `${code.slice('LICENSING_IMPORT_'.length)} ${place?.line ?? ''}`.trim(),
  );

test('a row is its cells by column, whatever the order and the language of the header', () => {
  const english = parseSheet(`${header}\n${row}\n`);
  const chinese = parseSheet(
    '席位上限,保底席位,设备类别,协议编号,中文名称,英文名称,行业,类型,上级代码,机构代码\n10,5,desktop,LA-1,部委,Ministry,energy,ministry,,M-1\n',
  );
  expect(english.problems).toEqual([]);
  expect(english.rows).toMatchObject([{ line: 2, cells: { code: 'M-1', name_zh: '部委', ceiling: '10' } }]);
  expect(chinese).toEqual(english);
});

test.each([
  ['tabs', '\t'],
  ['semicolons', ';'],
])('%s separate cells where the header row has them', (_, delimiter) => {
  const sheet = parseSheet(`${header}\n${row}\n`.replaceAll(',', delimiter));
  expect(sheet.rows).toEqual(parseSheet(`${header}\n${row}\n`).rows);
});

test.each([
  ['LF', '\n'],
  ['CRLF', '\r\n'],
  ['CR', '\r'],
])('lines are counted over quoted newlines and empty rows, with %s', (_, newline) => {
  const remark = `"two${newline}lines, and a ""quote"""`;
  const lines = [`${header},remark`, `${row},${remark}`, '', `${row},`, ',,,,,,,,,,', `${row},x`];
  expect(parseSheet(lines.join(newline)).rows.map(({ line }) => line)).toEqual([2, 5, 7]);
});

test('cells that look like formulas are data', () => {
  const name = '=HYPERLINK("http://example.test")';
  const [only] = parseSheet(`${header}\n${row.replace('Ministry', `"${name.replaceAll('"', '""')}"`)}`).rows;
  expect(only?.cells.name_en).toBe(name);
});

test.each([
  ['nothing', '', ['EMPTY']],
  ['only spaces', ' \n \n', ['EMPTY']],
  [
    'a header without columns that are needed',
    'code,kind,name_en\n',
    ['COLUMN_MISSING 1', 'COLUMN_MISSING 1', 'COLUMN_MISSING 1'],
  ],
  ['a column twice', `${header},机构代码\n`, ['COLUMN_REPEATED 1']],
  ['a column nobody knows', `${header.replace('floor', 'florr')}\n`, ['COLUMN_UNKNOWN 1']],
  ['too many columns', `${header}${',x'.repeat(60)}\n`, ['COLUMNS 1']],
  ['a cell too many', `${header}\n${row},x\n`, ['WIDTH 2']],
  ['an empty code', `${header}\n${row.replace('M-1', ' ')}\n`, ['CELL_EMPTY 2']],
  ['a long name', `${header}\n${row.replace('Ministry', 'x'.repeat(201))}\n`, ['CELL_LONG 2']],
  ['a newline in a name', `${header}\n${row}\n${row.replace('Ministry', '"a\nb"')}\n`, ['CELL_CONTROL 3']],
  ['a NUL', `${header}\n${row.replace('Ministry', 'a\0b')}\n`, ['CELL_CONTROL 2']],
  ['text turned around', `${header}\n${row.replace('Ministry', 'a\u202eb')}\n`, ['CELL_CONTROL 2']],
  ['two bad rows', `${header}\n${row},x\n${row}\n${row.replace('部委', '')}\n`, ['WIDTH 2', 'CELL_EMPTY 4']],
])('%s is refused', (_, text, expected) => {
  expect(found(text)).toEqual(expected);
});

test('after a stray quote nothing more is read, and what was read before is judged', () => {
  const open = parseSheet(`${header}\n${row},x\n${row}\n"${row}\n${row}\n`);
  expect(open.problems.map(({ code, place }) => [code, place?.line])).toEqual([
    ['LICENSING_IMPORT_WIDTH', 2],
    ['LICENSING_IMPORT_QUOTES', 4],
  ]);
  expect(open).toMatchObject({ isCut: true, rows: [{ line: 3 }] });
  expect(found(`${header}\n${row.replace('Ministry', 'Mini"stry')}\n${row}`)).toEqual(['QUOTES 2']);
  expect(found(`${header}\n${row.replace('Ministry', '"Mini"stry')}\n${row}`)).toEqual(['QUOTES 2']);
  expect(found(`"${header}\n${row}`)).toEqual(['QUOTES 1']);
});

test('one row too many is refused, the largest number is not', () => {
  const rows = (count: number) => `${header}\n${`${row}\n`.repeat(count)}`;
  expect(parseSheet(rows(importLimits.rows)).rows).toHaveLength(importLimits.rows);
  expect(found(rows(importLimits.rows + 1))).toEqual(['ROWS']);
});

test('a record of a great many bytes is refused', () => {
  expect(found(`${header}\n${row.replace('Ministry', 'x'.repeat(importLimits.recordBytes))}\n`)).toHaveLength(
    1,
  );
});

const cell = fc
  .string({ unit: 'grapheme', maxLength: 30 })
  .map((text) => text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069\ufeff\ufffd]/gu, '').trim())
  .filter((text) => text !== '');
const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
const printed = (text: string) => (/[",;\t]/.test(text) ? quoted(text) : text);

test('what is printed is read back, quoted or not, with any newline', () => {
  const sheet = fc.record({
    rows: fc.array(
      fc.tuple(...columnNames.map(() => cell.map((text) => [...text].slice(0, 10).join('').trim() || 'x'))),
    ),
    order: fc.shuffledSubarray([...columnNames.keys()], { minLength: columnNames.length }),
    newline: fc.constantFrom('\n', '\r\n', '\r'),
    print: fc.constantFrom(quoted, printed),
  });
  fc.assert(
    fc.property(sheet, ({ rows, order, newline, print }) => {
      const line = (cells: readonly string[]) => order.map((index) => print(cells[index] ?? '')).join(',');
      const text = [line(columnNames), ...rows.map(line)].join(newline);
      const read = parseSheet(text);
      expect(read.problems).toEqual([]);
      expect(read.rows.map(({ cells }) => columnNames.map((name) => cells[name]))).toEqual(rows);
    }),
  );
});
