import { createHash, randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { Secret, TOTP } from 'otpauth';
import type { PersonRow } from '../people/tables.ts';
import { readCode, recoveryCodeOf } from './rules.ts';
import { seal, unseal } from './sealing.ts';

/** Argon2id; 19 MiB, two passes, one lane. Source: OWASP Password Storage Cheat Sheet. */
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** One spelling of what looks alike. Source: NIST SP 800-63B §5.1.1.2. */
const normal = (password: string) => password.normalize('NFKC');

export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), cost);
}

let nobodys: Promise<string> | undefined;

/** Compares a password; where there is none to compare with, it takes as long and says no. */
export async function verifyPassword(kept: string | null | undefined, password: string): Promise<boolean> {
  nobodys ??= hashPassword(randomBytes(32).toString('base64url'));
  const matches = await verify(kept ?? (await nobodys), normal(password));
  return matches && typeof kept === 'string';
}

const periodSeconds = 30;

const totpOf = (secret: Uint8Array, login = '') =>
  new TOTP({
    issuer: 'Imprint',
    label: login,
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
    secret: new Secret({ buffer: new Uint8Array(secret).buffer }),
  });

/** A new secret for one-time codes: sealed for the table, and as the address an authenticator reads (RFC 6238). */
export function newTotp(
  key: Buffer,
  person: Pick<PersonRow, 'id' | 'login'>,
): { sealed: string; uri: string } {
  const secret = randomBytes(20);
  return { sealed: seal(key, person.id, secret), uri: totpOf(secret, person.login).toString() };
}

type Kept = Pick<PersonRow, 'id' | 'totp_sealed' | 'totp_last_step' | 'recovery_sha256'>;

/** What taking a code changes in the person's row. */
export type Taken =
  | { readonly factor: 'totp'; readonly changes: { totp_last_step: number } }
  | { readonly factor: 'recovery'; readonly changes: { recovery_sha256: string[] } };

/** Judges a code against a person's row: of one step around now and never an older one than before, or a recovery code not used yet. */
export function takeCode(key: Buffer, person: Kept, text: string, now: Date): Taken | undefined {
  const code = readCode(text);
  if (code === undefined) return undefined;
  if ('recovery' in code) {
    const used = sha256(code.recovery);
    const left = person.recovery_sha256.filter((kept) => kept !== used);
    if (left.length === person.recovery_sha256.length) return undefined;
    return { factor: 'recovery', changes: { recovery_sha256: left } };
  }
  if (person.totp_sealed === null) return undefined;
  const timestamp = now.getTime();
  const totp = totpOf(unseal(key, person.id, person.totp_sealed));
  const delta = totp.validate({ token: code.totp, timestamp, window: 1 });
  if (delta === null) return undefined;
  const step = Math.floor(timestamp / 1000 / periodSeconds) + delta;
  return step > person.totp_last_step ? { factor: 'totp', changes: { totp_last_step: step } } : undefined;
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** Ten recovery codes and what is kept of them. */
export function newRecoveryCodes(): { codes: string[]; sha256: string[] } {
  const codes = Array.from({ length: 10 }, () => recoveryCodeOf(randomBytes(10)));
  return { codes, sha256: codes.map(sha256) };
}
