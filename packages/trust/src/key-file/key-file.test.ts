import type { CryptoProfile } from '@imprint/protocol';
import { describe, expect, test } from 'vitest';
import { generateSigner } from '../keys/signer.ts';
import { verifySignature } from '../keys/verify.ts';
import { openKeyFile, readKeyFileHeader, sealKeyFile } from './key-file.ts';

const passphrase = 'correct horse 电池 staple';
const seal = (profile: CryptoProfile): ReturnType<typeof sealKeyFile> =>
  sealKeyFile({ holder: 'vendor', profile, passphrase, createdAt: '2026-11-01T00:00:00Z' });
const code = (expected: string): unknown => expect.objectContaining({ code: expected });

interface OpenFile {
  header: { holder: string; kdf: { n: number; r: number; p: number }; cipher: { name: string; iv: string } };
  ciphertext: string;
  tag: string;
}
function altered(text: string, alter: (file: OpenFile) => void): string {
  const file = JSON.parse(text) as OpenFile;
  alter(file);
  return JSON.stringify(file);
}
const flip = (base64: string): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64');
};

describe.each([
  ['intl', ['ed25519'], 'aes-256-gcm'],
  ['national', ['sm2-sm3'], 'sm4-ctr-hmac-sm3'],
  ['dual', ['ed25519', 'sm2-sm3'], 'aes-256-gcm'],
] as const)('a key file of profile %s', (profile, schemes, cipher) => {
  const sealed = seal(profile);

  test('holds one key of each suite, which sign after opening', () => {
    expect(sealed.publicKeys.map((key) => key.scheme)).toEqual(schemes);
    const { holder, signers } = openKeyFile(sealed.text, passphrase);
    expect(holder).toBe('vendor');
    expect(signers.map((signer) => signer.key)).toEqual(sealed.publicKeys);
    const message = Buffer.from('message');
    for (const signer of signers)
      expect(verifySignature(signer.key, message, signer.sign(message))).toBe(true);
  });

  test('shows its holder and public keys without a passphrase', () => {
    const header = {
      holder: 'vendor',
      createdAt: '2026-11-01T00:00:00Z',
      profile,
      publicKeys: sealed.publicKeys,
    };
    expect(readKeyFileHeader(sealed.text)).toEqual(header);
  });

  test(`is encrypted by ${cipher} and holds no private key in the clear`, () => {
    expect((JSON.parse(sealed.text) as OpenFile).header.cipher.name).toBe(cipher);
    expect(sealed.text).not.toContain('PRIVATE');
  });

  test.each([
    ['the passphrase', sealed.text, `${passphrase} `],
    [
      'a byte of the ciphertext',
      altered(sealed.text, (file) => {
        file.ciphertext = flip(file.ciphertext);
      }),
      passphrase,
    ],
    [
      'a byte of the tag',
      altered(sealed.text, (file) => {
        file.tag = flip(file.tag);
      }),
      passphrase,
    ],
    [
      'the length of the tag',
      altered(sealed.text, (file) => {
        file.tag = file.tag.slice(0, 8);
      }),
      passphrase,
    ],
    [
      'the holder',
      altered(sealed.text, (file) => {
        file.header.holder = 'operator';
      }),
      passphrase,
    ],
    [
      'the IV',
      altered(sealed.text, (file) => {
        file.header.cipher.iv = flip(file.header.cipher.iv);
      }),
      passphrase,
    ],
  ])('is refused with %s changed', (_name, text, attempt) => {
    expect(() => openKeyFile(text, attempt)).toThrow(code('TRUST_PASSPHRASE_WRONG'));
  });
});

describe('a key file', () => {
  const { text } = seal('intl');

  test('takes the passphrase in any Unicode composition', () => {
    const options = { holder: 'a', profile: 'intl', createdAt: '2026-11-01T00:00:00Z' } as const;
    const composed = sealKeyFile({ ...options, passphrase: 'caf\u00e9' });
    expect(openKeyFile(composed.text, 'cafe\u0301').holder).toBe('a');
  });

  test('keeps keys that were made elsewhere', () => {
    const signer = generateSigner('ecdsa-sha2-nistp256');
    const options = { holder: 'online', profile: 'intl', createdAt: '2026-11-01T00:00:00Z' } as const;
    const made = sealKeyFile({ ...options, passphrase, signers: [signer] });
    expect(openKeyFile(made.text, passphrase).signers[0]?.key).toEqual(signer.key);
  });

  test.each([
    [1 << 30, 8, 1],
    [2, 8, 1],
    [1 << 20, 8, 1],
    [(1 << 15) + 1, 8, 1],
    [1 << 15, 1e9, 1],
    [1 << 15, 8, 1e9],
    [0.5, 8, 1],
  ])('with scrypt N=%d r=%d p=%d is refused before any work', (n, r, p) => {
    const costly = altered(text, (file) => {
      file.header.kdf = { ...file.header.kdf, n, r, p };
    });
    const started = performance.now();
    expect(() => openKeyFile(costly, passphrase)).toThrow(code('TRUST_KEY_FILE_COST'));
    expect(performance.now() - started).toBeLessThan(100);
  });

  test('is neither sealed nor opened with an empty passphrase', () => {
    expect(() => openKeyFile(text, '')).toThrow(code('TRUST_PASSPHRASE_EMPTY'));
    const options = { holder: 'a', profile: 'intl', createdAt: '2026-11-01T00:00:00Z' } as const;
    expect(() => sealKeyFile({ ...options, passphrase: '' })).toThrow(code('TRUST_PASSPHRASE_EMPTY'));
    expect(() => sealKeyFile({ ...options, holder: 'A B', passphrase })).toThrow(
      code('TRUST_KEY_FILE_MALFORMED'),
    );
  });

  test.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    [
      'another format',
      altered(text, (file) => {
        Object.assign(file.header, { format: 'other' });
      }),
    ],
    [
      'an unknown cipher',
      altered(text, (file) => {
        file.header.cipher.name = 'none';
      }),
    ],
    [
      'another IV length',
      altered(text, (file) => {
        file.header.cipher.iv = 'AAAA';
      }),
    ],
    [
      'no base64',
      altered(text, (file) => {
        file.ciphertext = '!';
      }),
    ],
    [
      'no public keys',
      altered(text, (file) => {
        Object.assign(file.header, { publicKeys: [] });
      }),
    ],
    ['a very long one', ' '.repeat(70_000)],
  ])('is not %s', (_name, other) => {
    expect(() => openKeyFile(other, passphrase)).toThrow(code('TRUST_KEY_FILE_MALFORMED'));
  });
});
