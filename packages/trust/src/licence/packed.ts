import { licenceError } from './errors.ts';

/** Writes a whole number of up to 53 bits, seven bits a byte, the lowest first. Throws a RangeError for any other. */
export function writeNumber(value: number): Uint8Array {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('expected a whole number');
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Uint8Array.from([...bytes, rest]);
}

/** Reads the fields of a typed code one after another. */
export interface PackedReader {
  take(length: number): Buffer;
  takeNumber(): number;
  /** Refuses bytes that are left over. */
  end(): void;
}

/** Returns a reader whose every step throws TRUST_CODE_MALFORMED where the bytes do not suffice or are left over. */
export function readPacked(bytes: Uint8Array): PackedReader {
  let at = 0;
  const refuse = () => licenceError('TRUST_CODE_MALFORMED', { got: 'one of another length' });
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw refuse();
    at += length;
    return Buffer.from(bytes.subarray(at - length, at));
  };
  const takeNumber = (): number => {
    for (let [value, weight] = [0, 1]; weight < 2 ** 53; weight *= 128) {
      const byte = take(1).readUInt8();
      value += (byte & 127) * weight;
      if (byte < 128) {
        if (!Number.isSafeInteger(value) || (byte === 0 && weight > 1)) break;
        return value;
      }
    }
    throw refuse();
  };
  return {
    take,
    takeNumber,
    end: () => {
      if (at !== bytes.length) throw refuse();
    },
  };
}
