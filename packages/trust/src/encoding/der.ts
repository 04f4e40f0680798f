/** The tags used here. Source: ITU-T X.690 §8. */
export const tag = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  objectIdentifier: 0x06,
  sequence: 0x30,
  explicit0: 0xa0,
  explicit1: 0xa1,
} as const;

/** Reads strict DER values one after another; every method throws a RangeError on anything else. */
export interface DerReader {
  readonly done: boolean;
  peek(): number | undefined;
  read(expectedTag: number): Uint8Array;
  skip(): void;
}

/** Length octets in the shortest form only. Source: X.690 §10.1. */
function readLength(bytes: Uint8Array, at: number): { length: number; start: number } {
  const first = bytes[at];
  if (first === undefined) throw new RangeError('truncated');
  if (first < 0x80) return { length: first, start: at + 1 };
  const count = first & 0x7f;
  if (count === 0 || count > 4) throw new RangeError('length form');
  let length = 0;
  for (let i = 1; i <= count; i++) length = length * 256 + (bytes[at + i] ?? Number.NaN);
  if (!(length >= (count === 1 ? 0x80 : 256 ** (count - 1)))) throw new RangeError('length not minimal');
  return { length, start: at + 1 + count };
}

/** Opens a reader over bytes. */
export function readDer(bytes: Uint8Array): DerReader {
  let offset = 0;
  const next = (): Uint8Array => {
    const { length, start } = readLength(bytes, offset + 1);
    if (start + length > bytes.length) throw new RangeError('truncated');
    offset = start + length;
    return bytes.subarray(start, offset);
  };
  return {
    get done() {
      return offset === bytes.length;
    },
    peek: () => bytes[offset],
    skip: () => void next(),
    read(expectedTag) {
      if (bytes[offset] !== expectedTag) throw new RangeError(`expected tag ${expectedTag}`);
      return next();
    },
  };
}

/** Reads bytes that must be exactly one value of the given tag. */
export function readOnly(bytes: Uint8Array, expectedTag: number): Uint8Array {
  const reader = readDer(bytes);
  const content = reader.read(expectedTag);
  if (!reader.done) throw new RangeError('trailing bytes');
  return content;
}

/** Length octets in the shortest form. Source: X.690 §10.1. */
function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  return [0x80 | octets.length, ...octets];
}

/** Encodes one value. */
export function writeDer(valueTag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([Uint8Array.of(valueTag, ...lengthOctets(content.length)), content]);
}

/** Encodes a non-negative integer given as big-endian bytes. */
export function writeInteger(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start++;
  const digits = value.subarray(start);
  const padding = (digits[0] ?? 0) & 0x80 ? [0] : [];
  return writeDer(tag.integer, Uint8Array.from(padding), digits);
}

/** Reads a non-negative integer of at most `width` bytes, left-padded to `width`. */
export function readInteger(reader: DerReader, width: number): Uint8Array {
  const content = reader.read(tag.integer);
  const [first, second] = [content[0], content[1]];
  if (first === undefined || first & 0x80) throw new RangeError('negative');
  const padded = first === 0 && second !== undefined;
  if (padded && !(second & 0x80)) throw new RangeError('integer not minimal');
  const digits = padded ? content.subarray(1) : content;
  if (digits.length > width) throw new RangeError('integer too wide');
  const out = new Uint8Array(width);
  out.set(digits, width - digits.length);
  return out;
}
