import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeAt } from '../../../../test/support/test-browser.ts';
import { hashPassword, newRecoveryCodes, newTotp, takeCode, verifyPassword } from './factors.ts';
import { ensureSealingKey, seal, unseal } from './sealing.ts';

const key = Buffer.alloc(32, 7);
const now = new Date('2026-11-23T08:00:10Z');
const person = (changes: object = {}) => ({
  id: 'p1',
  login: 'somebody',
  totp_sealed: null,
  totp_last_step: 0,
  recovery_sha256: [],
  ...changes,
});

describe('one-time codes', () => {
  it('are those of RFC 6238: what another implementation shows is taken', () => {
    // Appendix B: secret "12345678901234567890", SHA-1, the last six digits.
    const uri = 'otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
    const vectors = [
      [59, '287082'],
      [1111111109, '081804'],
      [1111111111, '050471'],
      [20000000000, '353130'],
    ] as const;
    const totp_sealed = seal(key, 'p1', Buffer.from('12345678901234567890'));
    for (const [seconds, code] of vectors) {
      const at = new Date(seconds * 1000);
      expect(codeAt(uri, at)).toBe(code);
      expect(takeCode(key, person({ totp_sealed }), code, at)?.factor).toBe('totp');
    }
  });

  it('are taken one step around now, and no step twice nor an older one after', () => {
    const { sealed, uri } = newTotp(key, person());
    const step = Math.floor(now.getTime() / 30_000);
    const take = (stepsLater: number, totp_last_step = 0) =>
      takeCode(key, person({ totp_sealed: sealed, totp_last_step }), codeAt(uri, now, stepsLater), now);
    expect([-2, -1, 0, 1, 2].map((later) => take(later) !== undefined)).toEqual([
      false,
      true,
      true,
      true,
      false,
    ]);
    expect(take(0)).toEqual({ factor: 'totp', changes: { totp_last_step: step } });
    expect(take(0, step)).toBeUndefined();
    expect(take(-1, step)).toBeUndefined();
    expect(take(1, step)).toBeDefined();
  });

  it('need a secret of that person, sealed by that key', () => {
    const { sealed, uri } = newTotp(key, person());
    expect(takeCode(key, person(), codeAt(uri, now), now)).toBeUndefined();
    const other = person({ id: 'p2', totp_sealed: sealed });
    const unreadable = expect.objectContaining({ code: 'ORGANISATION_SEALED_UNREADABLE' });
    expect(() => takeCode(key, other, codeAt(uri, now), now)).toThrow(unreadable);
    expect(() =>
      takeCode(Buffer.alloc(32, 8), person({ totp_sealed: sealed }), codeAt(uri, now), now),
    ).toThrow(unreadable);
  });

  it('have ten recovery codes, each good once', () => {
    const { codes, sha256 } = newRecoveryCodes();
    const [code = ''] = codes;
    const taken = takeCode(key, person({ recovery_sha256: sha256 }), code, now);
    expect(taken).toEqual({ factor: 'recovery', changes: { recovery_sha256: sha256.slice(1) } });
    expect(takeCode(key, person({ recovery_sha256: sha256.slice(1) }), code, now)).toBeUndefined();
  });
});

describe('a password', () => {
  it('is compared in one spelling, and never with nothing', async () => {
    const kept = await hashPassword('Ａ pass phrase é');
    expect(await verifyPassword(kept, 'A pass phrase e\u0301')).toBe(true);
    expect(await verifyPassword(kept, 'A pass phrase e')).toBe(false);
    expect(await verifyPassword(undefined, '')).toBe(false);
    expect(await verifyPassword(null, 'A pass phrase é')).toBe(false);
  });
});

describe('the key that seals', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'imprint-sealing-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  it('is one, for its owner only, however many servers start together', async () => {
    const keys = join(directory, 'keys');
    const made = await Promise.all(Array.from({ length: 8 }, () => ensureSealingKey(keys)));
    expect(new Set(made.map((one) => one.toString('hex'))).size).toBe(1);
    expect(await readdir(keys)).toEqual(['sealing.key']);
    expect((await stat(join(keys, 'sealing.key'))).mode & 0o777).toBe(0o600);
  });

  it('is never replaced when it is broken', async () => {
    const keys = await mkdtemp(join(directory, 'broken-'));
    const file = join(keys, 'sealing.key');
    await writeFile(file, 'dG9vIHNob3J0\n');
    await expect(ensureSealingKey(keys)).rejects.toMatchObject({ code: 'ORGANISATION_SEALING_KEY_BROKEN' });
    expect(await readFile(file, 'utf8')).toBe('dG9vIHNob3J0\n');
  });

  it('opens what it sealed, for the same owner, unchanged', () => {
    const sealed = seal(key, 'p1', Buffer.from('secret'));
    expect(unseal(key, 'p1', sealed).toString()).toBe('secret');
    const bytes = Buffer.from(sealed, 'base64url');
    for (const at of bytes.keys()) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(bytes.readUInt8(at) ^ 1, at);
      expect(() => unseal(key, 'p1', changed.toString('base64url'))).toThrow();
    }
    expect(() => unseal(key, 'p1', 'AAAA')).toThrow();
    expect(seal(key, 'p1', Buffer.from('secret'))).not.toBe(sealed);
  });
});
