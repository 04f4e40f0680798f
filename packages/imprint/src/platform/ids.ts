import { randomBytes } from 'node:crypto';
import type { Clock } from './clock.ts';

/** Makes identifiers and secrets; injected so that tests can name what they expect. */
export interface Ids {
  /** A ULID: 26 characters, sortable by creation time. */
  id(): string;
  /** A 256-bit secret, base64url without padding (43 characters). */
  secret(): string;
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/** Returns identifiers drawn from the system's randomness and the given clock. */
export function randomIds(clock: Clock): Ids {
  return {
    id: () => ulid(clock.now().getTime(), randomBytes(16)),
    secret: () => randomBytes(32).toString('base64url'),
  };
}

function ulid(milliseconds: number, random: Uint8Array): string {
  let time = '';
  for (let rest = milliseconds, i = 0; i < 10; i += 1, rest = Math.floor(rest / 32)) {
    time = alphabet[rest % 32] + time;
  }
  let tail = '';
  for (const byte of random) tail += alphabet[byte % 32];
  return time + tail;
}
