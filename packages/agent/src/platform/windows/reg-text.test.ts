import { describe, expect, test } from 'vitest';
import { parseExport, queriedUsers, queriedValue } from './reg-text.ts';

const query = (line: string): string => `\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Some Key\r\n${line}\r\n\r\n`;

describe('what reg query prints', () => {
  const readable: [string, string, ReturnType<typeof queriedValue>][] = [
    ['Level', '    Level    REG_DWORD    0x0', { type: 'dword', text: '0' }],
    ['level', '    Level    REG_DWORD    0xffffffff', { type: 'dword', text: '4294967295' }],
    ['Q', '    Q    REG_QWORD    0x10000000000', { type: 'qword', text: '1099511627776' }],
    ['A name', '    A name    REG_SZ    two    words', { type: 'sz', text: 'two    words' }],
    ['E', '    E    REG_EXPAND_SZ    %SystemRoot%\\x', { type: 'expand-sz', text: '%SystemRoot%\\x' }],
    ['Empty', '    Empty    REG_SZ    ', { type: 'sz', text: '' }],
  ];
  test.each(readable)('is the value of %s in %j', (name, line, value) => {
    expect(queriedValue(query(line), name)).toEqual(value);
  });

  const doubtful: [string, string][] = [
    ['a character the console may have replaced', '    T    REG_SZ    what?'],
    ['a character beyond ASCII', '    T    REG_SZ    名称'],
    ['text over two lines', '    T    REG_SZ    one\r\ntwo'],
    ['a list, whose separator may be text', '    T    REG_MULTI_SZ    a\\0b'],
    ['a type that has no text', '    T    REG_BINARY    00'],
    ['another name', '    Other    REG_SZ    x'],
    ['a translated error', 'FEHLER: Nicht gefunden.'],
  ];
  test.each(doubtful)('is no exact value with %s', (_what, line) => {
    expect(queriedValue(query(line), 'T')).toBeUndefined();
  });

  test('names the people whose hives are loaded, and neither services nor class hives', () => {
    const text = [
      'HKEY_USERS\\.DEFAULT',
      'HKEY_USERS\\S-1-5-18',
      'HKEY_USERS\\S-1-5-21-1-2-3-1001',
      'HKEY_USERS\\S-1-5-21-1-2-3-1001_Classes',
      'HKEY_USERS\\S-1-12-1-5-6-7-8',
    ].join('\r\n');
    expect(queriedUsers(text)).toEqual(['S-1-5-21-1-2-3-1001', 'S-1-12-1-5-6-7-8']);
  });
});

describe('what reg export writes', () => {
  const exported = (lines: string[]): Buffer =>
    Buffer.from(`\ufeffWindows Registry Editor Version 5.00\r\n\r\n${lines.join('\r\n')}\r\n`, 'utf16le');
  const readValue = (...data: string[]) =>
    parseExport(exported(['[HKEY_LOCAL_MACHINE\\Software\\K]', ...data]))
      .get('hkey_local_machine\\software\\k')
      ?.get('v');

  test.each([
    [
      'text with quotes, backslashes and Chinese',
      ['"v"="\\"a\\" c:\\\\x\\\\ 名称?"'],
      'sz',
      '"a" c:\\x\\ 名称?',
    ],
    ['text over two lines', ['"V"="one', 'two"'], 'sz', 'one\r\ntwo'],
    ['a number', ['"v"=dword:0000000a'], 'dword', '10'],
    ['a long number', ['"v"=hex(b):00,00,00,00,00,01,00,00'], 'qword', '1099511627776'],
    ['a list over two lines', ['"v"=hex(7):61,00,00,00,\\', '  62,00,00,00,00,00'], 'multi-sz', 'a|b'],
    ['expandable text', ['"v"=hex(2):25,00,61,00,25,00,00,00'], 'expand-sz', '%a%'],
    ['bytes', ['"v"=hex:01,02'], 'other', ''],
  ])('reads %s', (_what, data, type, text) => {
    expect(readValue(...data)).toEqual({ type, text });
  });

  test('keeps apart the values of each key, and default values', () => {
    const keys = parseExport(
      exported(['[HKEY_USERS\\A]', '@="x"', '"v"="1"', '', '[HKEY_USERS\\A\\B]', '"v"="2"']),
    );
    expect(keys.get('hkey_users\\a')?.get('')?.text).toBe('x');
    expect(keys.get('hkey_users\\a')?.get('v')?.text).toBe('1');
    expect(keys.get('hkey_users\\a\\b')?.get('v')?.text).toBe('2');
  });

  test.each([[''], ['no registry file'], ['[HKEY_USERS\\A'], ['"v"=']])('takes %j for no values', (text) => {
    expect([...parseExport(Buffer.from(text)).values()].flatMap((values) => [...values])).toEqual([]);
  });
});
