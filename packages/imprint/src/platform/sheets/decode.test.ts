import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { decodeSheet } from './decode.ts';

const text = '机构代码,中文名称\r\nN-1,国家能源局 𠮷㐂 “€” ﹏\r\n';
/** Bytes as iconv of the C library writes them, not as this program would. */
const encoded = (encoding: string, input = text) =>
  execFileSync('iconv', ['-f', 'UTF-8', '-t', encoding], { input });
const bom = (...bytes: number[]) => Buffer.from(bytes);

test.each([
  ['UTF-8 without a mark', encoded('UTF-8'), 'utf-8'],
  ['UTF-8 with a mark', Buffer.concat([bom(0xef, 0xbb, 0xbf), encoded('UTF-8')]), 'utf-8'],
  ['UTF-16LE', Buffer.concat([bom(0xff, 0xfe), encoded('UTF-16LE')]), 'utf-16le'],
  ['UTF-16BE', Buffer.concat([bom(0xfe, 0xff), encoded('UTF-16BE')]), 'utf-16be'],
  ['GB 18030', encoded('GB18030'), 'gb18030'],
])('%s is read as what it is', (_, bytes, encoding) => {
  expect(decodeSheet(bytes)).toEqual({ text, encoding });
});

test('characters that take four bytes in GB 18030 come through', () => {
  const rare = '𠮷𡈽㐂𪚥';
  const bytes = encoded('GB18030', rare);
  expect(bytes).toHaveLength(4 * 4);
  expect(decodeSheet(bytes)?.text).toBe(rare);
});

test('a short GB 18030 text that has valid UTF-8 pairs in it is GB 18030', () => {
  expect(decodeSheet(encoded('GB18030', '联通公司'))?.text).toBe('联通公司');
});

test('UTF-8 with a damaged byte is refused, not read as other characters', () => {
  const bytes = encoded('UTF-8', '国家能源局，电信管理局');
  bytes[4] = 0x20;
  expect(decodeSheet(bytes)).toBeUndefined();
});

test.each([
  ['half a character of UTF-16', Buffer.concat([bom(0xff, 0xfe), Buffer.from([0x3d])])],
  ['a lone surrogate of UTF-16', Buffer.concat([bom(0xff, 0xfe), Buffer.from([0x00, 0xd8, 0x41, 0x00])])],
  ['a marked UTF-8 that is none', Buffer.concat([bom(0xef, 0xbb, 0xbf), encoded('GB18030')])],
  ['bytes of no encoding', Buffer.from([0x41, 0xff, 0xff, 0x0a])],
])('%s is refused', (_, bytes) => {
  expect(decodeSheet(bytes)).toBeUndefined();
});
