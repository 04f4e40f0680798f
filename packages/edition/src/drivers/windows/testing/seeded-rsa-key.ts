import { checkPrimeSync, createHash, createPrivateKey, type KeyObject } from 'node:crypto';

const publicExponent = 65537n;

/** A prime of 1024 bits that the seed decides; its top two bits are set so that a product has 2048. */
function seededPrime(seed: string): bigint {
  for (let attempt = 0; ; attempt++) {
    const blocks = Array.from({ length: 4 }, (_, i) =>
      createHash('sha256').update(`${seed}/${attempt}/${i}`).digest('hex'),
    );
    const candidate = BigInt(`0x${blocks.join('')}`) | (3n << 1022n) | 1n;
    if (candidate % publicExponent !== 1n && checkPrimeSync(candidate)) return candidate;
  }
}

/** The inverse of a modulo m, by the extended Euclidean algorithm. */
function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, s0, s1] = [a % m, m, 1n, 0n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
  }
  return ((s0 % m) + m) % m;
}

function base64Url(value: bigint): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex').toString('base64url');
}

/** Makes the RSA key that a public seed decides: it protects nothing, and the same fixture has the same bytes. */
export function seededRsaKey(seed: string): KeyObject {
  const [p, q] = [seededPrime(`${seed}/p`), seededPrime(`${seed}/q`)];
  const d = inverse(publicExponent, (p - 1n) * (q - 1n));
  const parts = {
    n: p * q,
    e: publicExponent,
    d,
    p,
    q,
    dp: d % (p - 1n),
    dq: d % (q - 1n),
    qi: inverse(q, p),
  };
  const key = Object.fromEntries(Object.entries(parts).map(([name, value]) => [name, base64Url(value)]));
  return createPrivateKey({ format: 'jwk', key: { kty: 'RSA', ...key } });
}
