import { fromBase45, toBase45 } from './base45.ts';
import { fromBase64Url, toBase64Url } from './base64url.ts';

/** What a QR code carries: a device's request or the operator's lease. */
export type QrKind = 'request' | 'lease';

/** A compact JWS that came or goes as a QR code, with the second signature of a dual token. */
export interface QrContent {
  readonly kind: QrKind;
  readonly jws: string;
  readonly national?: string;
}

const prefix = 'IMPRINT1:';
const kinds: readonly (QrKind | undefined)[] = [undefined, 'request', 'lease'];

/**
 * Writes a compact JWS as the text of a QR code in alphanumeric mode: the raw bytes of its parts, each after its length, in
 * Base45 after a prefix.
 *
 * Throws a RangeError for what is no compact JWS.
 */
export function qrTextOf(kind: QrKind, jws: string, national?: string): string {
  const texts = national === undefined ? jws.split('.') : [...jws.split('.'), national];
  const parts = texts.map(fromBase64Url);
  if (parts.length !== (national === undefined ? 3 : 4)) throw new RangeError('expected a compact JWS');
  const packed: number[] = [kinds.indexOf(kind)];
  for (const part of parts) {
    if (part === undefined || part.length > 65_535) throw new RangeError('expected a compact JWS');
    packed.push(part.length >> 8, part.length & 0xff, ...part);
  }
  return prefix + toBase45(Uint8Array.from(packed));
}

/** Reads the text of a QR code; undefined for one of somebody else's, cut short or altered. The signatures are not verified here. */
export function readQrText(text: string): QrContent | undefined {
  const line = text.replace(/[\r\n]+$/, '');
  const packed = line.startsWith(prefix) ? fromBase45(line.slice(prefix.length)) : undefined;
  const kind = kinds[packed?.[0] ?? 0];
  const parts = packed && splitParts(packed.subarray(1));
  if (kind === undefined || parts === undefined || parts.length < 3 || parts.length > 4) return undefined;
  const [header = '', payload = '', signature = '', national] = parts.map(toBase64Url);
  const jws = `${header}.${payload}.${signature}`;
  return national === undefined ? { kind, jws } : { kind, jws, national };
}

function splitParts(packed: Uint8Array): Uint8Array[] | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < packed.length; ) {
    const [high, low] = packed.subarray(at, at + 2);
    if (high === undefined || low === undefined) return undefined;
    const end = at + 2 + high * 256 + low;
    if (end > packed.length) return undefined;
    parts.push(packed.subarray(at + 2, end));
    at = end;
  }
  return parts;
}
