import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LicenceToken, licenceTypes } from '@imprint/protocol';
import fc from 'fast-check';
import { compactVerify, importSPKI } from 'jose';
import { afterAll, describe, expect, test } from 'vitest';
import { rawToDer } from '../encoding/ecdsa-der.ts';
import { generateSigner } from '../keys/signer.ts';
import { code, leaseClaims, newLicensor } from '../testing/licence.ts';
import { newSigners, newWorld, unsignedRoot } from '../testing/world.ts';
import { isSignedBy, signLicenceToken, verifyLicenceToken } from './token.ts';

const directory = mkdtempSync(join(tmpdir(), 'imprint-licence-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const file = (name: string, content: string | Uint8Array): string => {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
};

const typ = licenceTypes.lease;
const [intl, national, dual] = [newLicensor('intl'), newLicensor('national'), newLicensor('dual')];
const sign = (licensor: typeof intl, claims: object = leaseClaims()) =>
  signLicenceToken(typ, claims, licensor.key);
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

function split(token: string): [header: string, payload: string, signature: string] {
  return token.split('.') as [string, string, string];
}

/** What OpenSSL answers about a signature over a token's signing input. */
function opensslVerify(
  token: string,
  pem: string,
  signature: Uint8Array,
  options: readonly string[],
): boolean {
  const [header, payload] = split(token);
  const input = ['-in', file('input', `${header}.${payload}`)];
  const key = ['-pubin', '-inkey', file('key.pem', pem)];
  const sigfile = ['-sigfile', file('signature', signature)];
  return (
    spawnSync('openssl', ['pkeyutl', '-verify', '-rawin', ...key, ...input, ...sigfile, ...options])
      .status === 0
  );
}
const sm2Options = ['-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678'];
const raw = (text: string): Buffer => Buffer.from(text, 'base64url');

describe.each([
  ['intl', intl],
  ['national', national],
  ['dual', dual],
] as const)('a licence token of profile %s', (_profile, licensor) => {
  test('is known by the key that signed it, in every suite, and by no other', () => {
    const token = sign(licensor);
    const { profile } = licensor.key;
    expect(isSignedBy(token, licensor.key)).toBe(true);
    expect(isSignedBy(token, newLicensor(profile).key)).toBe(false);
    const [header, payload, signature] = split(token.token);
    const other = part({ ...leaseClaims(), generation: 99 });
    expect(isSignedBy({ ...token, token: `${header}.${other}.${signature}` }, licensor.key)).toBe(false);
    expect(isSignedBy({ token: `${header}.${payload}` }, licensor.key)).toBe(false);
    expect(isSignedBy({ token: token.token }, licensor.key)).toBe(profile !== 'dual');
  });

  test('verifies against the root that pins its key, and gives back its claims', () => {
    expect(verifyLicenceToken(sign(licensor), typ, licensor.root)).toEqual(leaseClaims());
  });

  test('is refused by a root that pins another key, and by one that pins none', () => {
    const { profile } = licensor.key;
    const other = unsignedRoot(newWorld(profile), 1, newSigners(profile));
    const none = unsignedRoot(newWorld(profile));
    for (const root of [other, none])
      expect(() => verifyLicenceToken(sign(licensor), typ, root)).toThrow(code('TRUST_LICENCE_KEY_UNPINNED'));
  });

  test('is refused truncated, with any bit flipped, or with its parts exchanged', () => {
    const { token, national: second } = sign(licensor);
    const other = sign(licensor, leaseClaims({ generation: 2 }));
    const verify = (changed: string, signature = second) => {
      const whole: LicenceToken =
        signature === undefined ? { token: changed } : { token: changed, national: signature };
      return () => verifyLicenceToken(whole, typ, licensor.root);
    };
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.integer({ min: 0, max: 6 }), (at, bit) => {
        expect(verify(token.slice(0, at))).toThrow(code(/^TRUST_LICENCE_/));
        const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit));
        expect(verify(token.slice(0, at) + flipped + token.slice(at + 1))).toThrow(code(/^TRUST_LICENCE_/));
      }),
      { numRuns: 60 },
    );
    const [[header, payload, signature], foreign] = [split(token), split(other.token)];
    for (const mixed of [
      [header, foreign[1], signature],
      [header, payload, foreign[2]],
      [payload, header, signature],
      [header, signature, payload],
    ])
      expect(verify(mixed.join('.'))).toThrow(code(/^TRUST_LICENCE_/));
    if (second !== undefined)
      for (const wrong of [other.national ?? '', `${second.slice(0, -2)}__`, '', signature, second.slice(1)])
        expect(verify(token, wrong)).toThrow(code('TRUST_LICENCE_SIGNATURE'));
  });
});

describe('other verifiers', () => {
  test('jose verifies the token of profiles intl and dual', async () => {
    for (const licensor of [intl, dual]) {
      const key = licensor.key.signers.find((signer) => signer.key.scheme === 'ed25519')?.key.pem ?? '';
      const { payload, protectedHeader } = await compactVerify(
        sign(licensor).token,
        await importSPKI(key, 'EdDSA'),
        { algorithms: ['EdDSA'] },
      );
      expect(JSON.parse(Buffer.from(payload).toString('utf8'))).toEqual(leaseClaims());
      expect(protectedHeader).toMatchObject({ alg: 'EdDSA', typ });
      const wrong = await importSPKI(generateSigner('ed25519').key.pem, 'EdDSA');
      await expect(compactVerify(sign(licensor).token, wrong)).rejects.toThrow();
    }
  });

  test('OpenSSL verifies the Ed25519 signature, and refuses it over another token', () => {
    const [signer] = intl.key.signers;
    const { token } = sign(intl);
    const signature = raw(split(token)[2]);
    expect(opensslVerify(token, signer?.key.pem ?? '', signature, [])).toBe(true);
    const other = sign(intl, leaseClaims({ generation: 2 })).token;
    expect(opensslVerify(other, signer?.key.pem ?? '', signature, [])).toBe(false);
  });

  test('OpenSSL verifies the SM2 signature of profiles national and dual, and refuses it over another token', () => {
    for (const licensor of [national, dual]) {
      const pem = licensor.key.signers.find((signer) => signer.key.scheme === 'sm2-sm3')?.key.pem ?? '';
      const { token, national: second } = sign(licensor);
      const signature = rawToDer(raw(second ?? split(token)[2]));
      expect(opensslVerify(token, pem, signature, sm2Options)).toBe(true);
      const other = sign(licensor, leaseClaims({ generation: 2 })).token;
      expect(opensslVerify(other, pem, signature, sm2Options)).toBe(false);
    }
  });

  test('OpenSSL signs a token that we accept', () => {
    const signer = generateSigner('ed25519');
    const root = unsignedRoot(newWorld('intl'), 1, [signer]);
    const input = `${part({ alg: 'EdDSA', kid: signer.key.keyId.slice(0, 16), typ })}.${part(leaseClaims())}`;
    const key = ['-inkey', file('private.pem', signer.exportPkcs8Pem())];
    const signature = execFileSync('openssl', [
      'pkeyutl',
      '-sign',
      '-rawin',
      ...key,
      '-in',
      file('input', input),
    ]);
    const token = `${input}.${signature.toString('base64url')}`;
    expect(verifyLicenceToken({ token }, typ, root)).toEqual(leaseClaims());
  });
});

describe('what is no licence token', () => {
  const [header, payload, signature] = split(sign(intl).token);
  const kid = intl.key.signers[0]?.key.keyId.slice(0, 16);
  const headed = (fields: object): string =>
    `${part({ alg: 'EdDSA', kid, typ, ...fields })}.${payload}.${signature}`;
  test.each([
    ['one signed by no algorithm', `${part({ alg: 'none', kid, typ })}.${payload}.`],
    ['one under a shared secret', headed({ alg: 'HS256' })],
    ['one of the national algorithm under an international root', headed({ alg: 'SM2SM3' })],
    ['one with a critical extension', headed({ crit: ['b64'], b64: false })],
    ['one that brings its key', headed({ jwk: {} })],
    ['a revocation list in place of a lease', headed({ typ: licenceTypes.revocations })],
    ['one without a key id', headed({ kid: undefined })],
    ['a key id that begins every key', headed({ kid: '' })],
    ['two parts', `${header}.${payload}`],
    ['four parts', `${header}.${payload}.${signature}.`],
    ['padded base64', `${header}=.${payload}.${signature}`],
    ['a list as header', `${part([])}.${payload}.${signature}`],
    ['more than 8192 characters', `${header}.${part('a'.repeat(8192))}.${signature}`],
    ['nothing', ''],
  ])('%s is refused', (_name, token) => {
    expect(() => verifyLicenceToken({ token }, typ, intl.root)).toThrow(code('TRUST_LICENCE_MALFORMED'));
  });

  test('a signed payload that is no object is refused', () => {
    const token = sign(intl, [1]);
    expect(() => verifyLicenceToken(token, typ, intl.root)).toThrow(code('TRUST_LICENCE_MALFORMED'));
  });

  test('a second spelling of the signature is refused', () => {
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = last.charAt(last.indexOf(signature.slice(-1)) ^ 1);
    expect(raw(signature.slice(0, -1) + twin)).toEqual(raw(signature));
    const token = `${header}.${payload}.${signature.slice(0, -1)}${twin}`;
    expect(() => verifyLicenceToken({ token }, typ, intl.root)).toThrow(code('TRUST_LICENCE_SIGNATURE'));
  });
});

test('a dual root demands the second signature; an international one passes it over', () => {
  const { token } = sign(dual);
  expect(() => verifyLicenceToken({ token }, typ, dual.root)).toThrow(code('TRUST_LICENCE_NATIONAL_MISSING'));
  const root = unsignedRoot(newWorld('intl'), 1, dual.key.signers);
  expect(verifyLicenceToken(sign(dual), typ, root)).toEqual(leaseClaims());
});

test('a key that lacks a suite of its profile signs nothing', () => {
  const key = { profile: 'dual', signers: newSigners('intl') } as const;
  expect(() => signLicenceToken(typ, {}, key)).toThrow(code('TRUST_LICENCE_KEYS_INVALID'));
});
