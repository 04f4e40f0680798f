import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeValue, dwordValue, multiTextValue, registryType, textValue, typeNumber } from './model.ts';

test('text is UTF-16LE with its NUL', () => {
  expect(textValue('sz', '政A')).toEqual({ type: 'sz', data: Buffer.from('3f6541000000', 'hex') });
});

test('what is written decodes to what was said', () => {
  expect(decodeValue(textValue('expand-sz', '%SystemRoot%\\政务'))).toBe('%SystemRoot%\\政务');
  expect(decodeValue(dwordValue(0xfffffffe))).toBe(0xfffffffe);
  expect(decodeValue(multiTextValue(['a', '政务', 'c']))).toEqual(['a', '政务', 'c']);
  expect(decodeValue(multiTextValue([]))).toEqual([]);
});

test('bytes that are not what their type promises stay bytes', () => {
  const odd = Buffer.from('abc');
  for (const type of ['sz', 'multi-sz', 'dword', 'binary', 'qword'] as const)
    expect(decodeValue({ type, data: odd })).toEqual(odd);
});

test('text ends at its first NUL, and without one at its end', () => {
  expect(decodeValue({ type: 'sz', data: Buffer.from('a\0b\0', 'utf16le') })).toBe('a');
  expect(decodeValue({ type: 'sz', data: Buffer.from('ab', 'utf16le') })).toBe('ab');
});

test('every type number survives its name', () => {
  fc.assert(
    fc.property(fc.nat({ max: 0xffffffff }), (number) => {
      expect(typeNumber(registryType(number))).toBe(number);
    }),
  );
  expect(registryType(7)).toBe('multi-sz');
  expect(registryType(0x20001)).toBe('type-131073');
});
