import { describe, expect, test } from 'vitest';
import { fromBase45, toBase45 } from './base45.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from([...text].map((letter) => letter.charCodeAt(0)));

describe('Base45', () => {
  test.each([
    ['AB', 'BB8'],
    ['Hello!!', '%69 VD92EX0'],
    ['base-45', 'UJCLQE7W581'],
    ['ietf!', 'QED8WEX0'],
    ['', ''],
  ])('RFC 9285 §4.3, §4.4: %s', (text, written) => {
    expect(toBase45(bytes(text))).toBe(written);
    expect(fromBase45(written)).toEqual(bytes(text));
  });

  test.each([
    ['a length of one more than a triple', 'BB8A'],
    ['a triple beyond 65535 (RFC 9285 §6)', 'GGW'],
    ['a pair beyond 255', 'V5'],
    ['a letter of lower case', 'bb8'],
  ])('%s is refused', (_name, written) => {
    expect(fromBase45(written)).toBeUndefined();
  });
});
