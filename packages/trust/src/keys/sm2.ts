import { createECDH, type ECDH, randomBytes } from 'node:crypto';
import { type WeierstrassPoint, weierstrass } from '@noble/curves/abstract/weierstrass.js';
import { createSm3 } from '../digests.ts';
import { derToRaw, rawToDer } from '../encoding/ecdsa-der.ts';
import { keyError } from './errors.ts';

/** The recommended curve. Source: GB/T 32918.5 §2. */
const curve = {
  p: 0xfffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffffn,
  n: 0xfffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123n,
  h: 1n,
  a: 0xfffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffcn,
  b: 0x28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93n,
  Gx: 0x32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7n,
  Gy: 0xbc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0n,
};
const Point = weierstrass(curve);
const { n } = curve;

export type Sm2Point = WeierstrassPoint<bigint>;

/** The user id of scheme `sm2-sm3`, fixed by its definition. Source: GM/T 0009 §10. */
const defaultUserId = Buffer.from('1234567812345678');

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex');
}

const modulo = (value: bigint): bigint => ((value % n) + n) % n;

/** Decodes a compressed or uncompressed point; throws when it is not on the curve. */
export function sm2Point(bytes: Uint8Array): Sm2Point {
  const point = Point.fromBytes(Uint8Array.from(bytes));
  point.assertValidity();
  return point;
}

/** e = SM3(Z_A ‖ M). Source: GB/T 32918.2 §5.5, §6.1. */
function messageDigest(point: Sm2Point, message: Uint8Array, userId: Uint8Array): bigint {
  const bits = userId.length * 8;
  const z = createSm3()
    .update(Uint8Array.of(bits >> 8, bits & 0xff))
    .update(userId);
  for (const part of [curve.a, curve.b, curve.Gx, curve.Gy, point.x, point.y]) z.update(toBytes(part));
  return toBigInt(createSm3().update(z.digest()).update(message).digest());
}

function createSm2(): ECDH {
  try {
    return createECDH('SM2');
  } catch (cause) {
    throw keyError('TRUST_SUITE_UNAVAILABLE', { algorithm: 'SM2' }, { cause });
  }
}

/** Returns the public point of a private key of 32 bytes, by native arithmetic. @throws TRUST_SUITE_UNAVAILABLE */
export function sm2PublicPoint(privateKey: Uint8Array): Uint8Array {
  const ecdh = createSm2();
  ecdh.setPrivateKey(privateKey);
  return ecdh.getPublicKey();
}

/** Returns a uniform private key or nonce d with 1 ≤ d ≤ n − 2, as 32 bytes. */
export function sm2RandomScalar(): Uint8Array {
  for (;;) {
    const bytes = randomBytes(32);
    const value = toBigInt(bytes);
    if (value > 0n && value < n - 1n) return bytes;
  }
}

interface PreparedKey {
  readonly d: bigint;
  readonly point: Sm2Point;
  /** (1 + d)⁻¹ mod n. */
  readonly inverse: bigint;
}

/** What is the same in every signature of a key, and two thirds of the work of one. */
const prepared = new WeakMap<Uint8Array, PreparedKey>();

function preparedKey(privateKey: Uint8Array): PreparedKey {
  const known = prepared.get(privateKey);
  if (known !== undefined) return known;
  const d = toBigInt(privateKey);
  const point = sm2Point(sm2PublicPoint(privateKey));
  const key = { d, point, inverse: Point.Fn.inv(modulo(1n + d)) };
  prepared.set(privateKey, key);
  return key;
}

/**
 * Signs with SM2 and SM3; returns DER of (r, s).
 *
 * `privateKey` must not change once it has signed. `nextNonce` is called until it gives a usable k. BigInt arithmetic is not constant-time: production
 * private keys belong in an HSM behind `Signer`. Node's own SM2 is never used: it signs with an empty
 * user id, or plain ECDSA.
 * Source: GB/T 32918.2 §6.1.
 */
export function sm2Sign(
  privateKey: Uint8Array,
  message: Uint8Array,
  nextNonce: () => Uint8Array = sm2RandomScalar,
  userId: Uint8Array = defaultUserId,
): Uint8Array {
  const { d, point, inverse } = preparedKey(privateKey);
  const e = messageDigest(point, message, userId);
  for (;;) {
    const nonce = nextNonce();
    const k = toBigInt(nonce);
    const r = modulo(e + toBigInt(sm2PublicPoint(nonce).subarray(1, 33)));
    if (r === 0n || r + k === n) continue;
    const s = modulo(inverse * modulo(k - r * d));
    if (s !== 0n) return rawToDer(Buffer.concat([toBytes(r), toBytes(s)]));
  }
}

/** True when a DER signature is the point's over the message. Source: GB/T 32918.2 §7.1. */
export function sm2Verify(
  point: Sm2Point,
  message: Uint8Array,
  signature: Uint8Array,
  userId: Uint8Array = defaultUserId,
): boolean {
  const raw = derToRaw(signature);
  if (raw === undefined) return false;
  const r = toBigInt(raw.subarray(0, 32));
  const s = toBigInt(raw.subarray(32));
  if (r === 0n || r >= n || s === 0n || s >= n) return false;
  const t = modulo(r + s);
  if (t === 0n) return false;
  const sum = Point.BASE.mulAddUnsafe(s, point, t);
  if (sum.is0()) return false;
  return modulo(messageDigest(point, message, userId) + sum.x) === r;
}
