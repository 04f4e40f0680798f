import { licenceError } from './errors.ts';

/** Crockford's Base32: no I, L, O and U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const forgiven: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };
/** Four groups and four characters, then the check character. */
const dataPerLine = 24;
const maximumChars = 8192;

/** Multiplies by α in GF(2⁵) modulo x⁵ + x² + 1, where α has order 31. */
const timesAlpha = (value: number): number => (value & 16 ? (value << 1) ^ 0x25 : value << 1);

/**
 * The check of a line: its digits weighted by powers of α, and its number. As no two places of a line weigh the same, one wrong
 * digit and two exchanged ones always show, and so do two lines exchanged.
 */
function checkOf(digits: readonly number[], line: number): number {
  // Horner from the last digit: the first one ends up with weight α, the check itself has weight 1.
  const sum = digits.reduceRight((held, digit) => timesAlpha(held ^ digit), 0);
  return sum ^ (line & 31);
}

function digitsOf(bytes: Uint8Array): number[] {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return [...bits.matchAll(/.{1,5}/g)].map(([chunk]) => Number.parseInt(chunk.padEnd(5, '0'), 2));
}

/** Returns the bytes of digits; undefined when bits are left over that no encoder leaves. */
function bytesOf(digits: readonly number[]): Uint8Array | undefined {
  const bits = digits.map((digit) => digit.toString(2).padStart(5, '0')).join('');
  const length = Math.floor(bits.length / 8);
  const rest = bits.slice(length * 8);
  if (rest.length >= 5 || rest.includes('1')) return undefined;
  return Uint8Array.from({ length }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2));
}

/** Writes bytes as lines of groups that a person can type, with a check character at the end of each line. */
export function writeCode(bytes: Uint8Array): string {
  const digits = digitsOf(bytes);
  const lines: string[] = [];
  for (let at = 0; at < digits.length; at += dataPerLine) {
    const data = digits.slice(at, at + dataPerLine);
    const text = [...data, checkOf(data, lines.length + 1)].map((digit) => alphabet.charAt(digit)).join('');
    lines.push(text.match(/.{1,5}/g)?.join('-') ?? '');
  }
  return `${lines.join('\n')}\n`;
}

/** Returns the lines of a code without what only separates; one typed without line breaks is cut where they stood. */
function linesOf(text: string): readonly string[] {
  // NFKC: an input method for Chinese may write letters and digits in full width.
  const lines = text
    .normalize('NFKC')
    .split(/[\r\n]+/)
    .map((line) => line.replace(/[\s\p{Pd}]/gu, '').toUpperCase())
    .filter((line) => line !== '');
  return lines.length === 1 ? (lines[0]?.match(/.{1,25}/gu) ?? []) : lines;
}

function readLine(line: string, number: number, isLast: boolean): number[] {
  const digits = [...line].map((character) => alphabet.indexOf(forgiven[character] ?? character));
  const isLength = isLast ? digits.length <= dataPerLine + 1 : digits.length === dataPerLine + 1;
  const data = digits.slice(0, -1);
  if (!isLength || digits.includes(-1) || checkOf(data, number) !== digits.at(-1))
    throw licenceError('TRUST_CODE_LINE', { line: number });
  return data;
}

/**
 * Reads a typed code in either case, O as 0, I and L as 1, whatever separates its groups.
 *
 * @throws TRUST_CODE_LINE naming the first line, from 1, that is not as it was printed
 * @throws TRUST_CODE_MALFORMED when the lines are right and yet no whole code
 */
export function readCode(text: string): Uint8Array {
  if (text.length > maximumChars)
    throw licenceError('TRUST_CODE_MALFORMED', { got: `${text.length} characters` });
  const lines = linesOf(text);
  const digits = lines.flatMap((line, at) => readLine(line, at + 1, at === lines.length - 1));
  const bytes = bytesOf(digits);
  if (bytes === undefined || bytes.length === 0)
    throw licenceError('TRUST_CODE_MALFORMED', { got: 'one that is cut short' });
  return bytes;
}
