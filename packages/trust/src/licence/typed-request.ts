import { createHash } from 'node:crypto';
import type { DeviceClass, HardwareFacts } from '@imprint/protocol';
import { decodeBase64Url } from '../encoding/bytes.ts';
import { licenceError } from './errors.ts';
import type { FactKind } from './facts.ts';
import { deviceClasses } from './lease.ts';
import { readPacked, writeNumber } from './packed.ts';
import { readCode, writeCode } from './typed-code.ts';

/** The facts a typed request carries: with them a re-imaged machine is recognised. */
export const typedFactKinds = ['tpm', 'board'] as const satisfies readonly FactKind[];

interface RequestFields {
  /** RFC 7638 thumbprint of the device key. */
  readonly deviceId: string;
  readonly deviceClass: DeviceClass;
  readonly generation: number;
  /** Made by `typedNonce`. */
  readonly nonce: string;
  /** Of which only those of `typedFactKinds` are carried. */
  readonly facts: HardwareFacts;
  readonly rebind?: boolean;
}

/** What a typed request says; it is not signed, and its answer is worth nothing on another device. */
export interface TypedRequest extends RequestFields {
  /** `editionTag` of the edition's name. */
  readonly editionTag: string;
}

/** First byte of a request of this version, in its upper three bits. */
const kind = 1;
const flags = { tpm: 1, board: 2, rebind: 4 } as const;
const checksumLength = 3;
const nonceLength = 6;

const sha256 = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

/** Returns the four bytes, in hexadecimal, by which a typed request names an edition. */
export function editionTag(edition: string): string {
  return sha256(edition).subarray(0, 4).toString('hex');
}

/** Returns the nonce of a request that is to be typed: six random bytes, then ten of zero. */
export function typedNonce(random: Uint8Array): string {
  return Buffer.concat([random.subarray(0, nonceLength)], 16).toString('base64url');
}

/** Returns the bytes of a base64url text of a known length; throws a RangeError for any other. */
export function exactBytes(text: string, length: number): Buffer {
  const bytes = decodeBase64Url(text);
  if (bytes?.length !== length) throw new RangeError(`expected ${length} bytes in base64url`);
  return bytes;
}

/** Writes a lease request as a code to type. Throws a RangeError for a nonce that `typedNonce` did not make, or another malformed field. */
export function typedRequest(request: RequestFields & { readonly edition: string }): string {
  const nonce = exactBytes(request.nonce, 16);
  if (nonce.subarray(nonceLength).some((byte) => byte !== 0)) throw new RangeError('expected a typed nonce');
  const carried = typedFactKinds.flatMap((fact) => {
    const digest = request.facts[fact];
    return digest === undefined ? [] : [{ flag: flags[fact], bytes: exactBytes(digest, 12) }];
  });
  const flag = carried.reduce((sum, fact) => sum | fact.flag, request.rebind === true ? flags.rebind : 0);
  const body = Buffer.concat([
    Uint8Array.of((kind << 5) | deviceClasses.indexOf(request.deviceClass), flag),
    Buffer.from(editionTag(request.edition), 'hex'),
    writeNumber(request.generation),
    exactBytes(request.deviceId, 32),
    nonce.subarray(0, nonceLength),
    ...carried.map(({ bytes }) => bytes),
  ]);
  return writeCode(Buffer.concat([body, sha256(body).subarray(0, checksumLength)]));
}

/** Returns a code's bytes without their checksum: two mistakes in one line may balance, in the whole they do not. */
function checkedBody(text: string): Uint8Array {
  const bytes = readCode(text);
  const body = bytes.subarray(0, -checksumLength);
  if (Buffer.compare(sha256(body).subarray(0, checksumLength), bytes.subarray(body.length)) !== 0)
    throw licenceError('TRUST_CODE_MALFORMED', { got: 'one whose checksum differs' });
  return body;
}

/** Reads a typed lease request. @throws TRUST_CODE_LINE, TRUST_CODE_MALFORMED */
export function readTypedRequest(text: string): TypedRequest {
  const reader = readPacked(checkedBody(text));
  const [first = 0, flag = 0] = reader.take(2);
  const deviceClass = deviceClasses[first & 31];
  if (first >> 5 !== kind || deviceClass === undefined || flag > 7)
    throw licenceError('TRUST_CODE_MALFORMED', { got: 'no request of a known version' });
  const fields = {
    deviceClass,
    editionTag: reader.take(4).toString('hex'),
    generation: reader.takeNumber(),
    deviceId: reader.take(32).toString('base64url'),
    nonce: typedNonce(reader.take(nonceLength)),
  };
  const facts: HardwareFacts = {};
  for (const fact of typedFactKinds) {
    if (flag & flags[fact]) facts[fact] = reader.take(12).toString('base64url');
  }
  reader.end();
  return { ...fields, facts, ...(flag & flags.rebind ? { rebind: true } : {}) };
}
