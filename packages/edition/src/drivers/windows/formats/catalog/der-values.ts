import { writeDer, writeInteger } from '@imprint/trust';

/** Joins values into a SEQUENCE. Source: ITU-T X.690 §8.9. */
export const sequence = (...values: readonly Uint8Array[]): Uint8Array => writeDer(0x30, ...values);

/** Joins values into a SET OF in DER's ascending order. Source: X.690 §11.6. */
export function setOf(...values: readonly Uint8Array[]): Uint8Array {
  return writeDer(0x31, ...values.map((value) => Buffer.from(value)).sort(Buffer.compare));
}

/** Wraps content in an explicit context tag. Source: X.690 §8.14. */
export const explicit = (number: number, ...values: readonly Uint8Array[]): Uint8Array =>
  writeDer(0xa0 | number, ...values);

/** Encodes an OBJECT IDENTIFIER given in dotted form. Source: X.690 §8.19. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const octets = [first * 40 + second, ...rest].flatMap((arc) => {
    const digits = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128))
      digits.unshift(0x80 | (left % 128));
    return digits;
  });
  return writeDer(0x06, Uint8Array.from(octets));
}

/** Encodes a small non-negative INTEGER. */
export function integer(value: number): Uint8Array {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return writeInteger(bytes);
}

export const octetString = (bytes: Uint8Array): Uint8Array => writeDer(0x04, bytes);

/** Encodes a BIT STRING with the given count of unused bits at its end. */
export const bitString = (bytes: Uint8Array, unusedBits = 0): Uint8Array =>
  writeDer(0x03, Uint8Array.of(unusedBits), bytes);

export const nullValue = (): Uint8Array => writeDer(0x05);

export const utf8String = (text: string): Uint8Array => writeDer(0x0c, Buffer.from(text, 'utf8'));

/** Encodes a UTCTime from epoch seconds. Source: X.690 §11.8. */
export function utcTime(epochSeconds: number): Uint8Array {
  const iso = new Date(epochSeconds * 1000).toISOString();
  return writeDer(0x17, Buffer.from(`${iso.slice(2, 19).replace(/[-T:]/g, '')}Z`));
}
