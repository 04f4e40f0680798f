import { readDer, readInteger, readOnly, tag, writeDer, writeInteger } from './der.ts';

/** Encodes a raw 64-byte r‖s as SEQUENCE { r, s }. Source: RFC 3279 §2.2.3, GM/T 0009 §7.3. */
export function rawToDer(raw: Uint8Array): Uint8Array {
  return writeDer(tag.sequence, writeInteger(raw.subarray(0, 32)), writeInteger(raw.subarray(32, 64)));
}

/** Decodes SEQUENCE { r, s } into 64 bytes; returns undefined when it is not strict DER of two 256-bit integers. */
export function derToRaw(der: Uint8Array): Uint8Array | undefined {
  try {
    const reader = readDer(readOnly(der, tag.sequence));
    const r = readInteger(reader, 32);
    const s = readInteger(reader, 32);
    return reader.done ? Buffer.concat([r, s]) : undefined;
  } catch {
    return undefined;
  }
}
