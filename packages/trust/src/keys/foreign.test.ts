import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { signEnvelope } from '../dsse/envelope.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { readDer, readOnly, tag, writeDer } from '../encoding/der.ts';
import { decodePem, encodePem } from '../encoding/pem.ts';
import { rawPublicKey } from './public-key.ts';
import { generateSigner, signerFromPkcs8Pem } from './signer.ts';
import { verifySignature } from './verify.ts';

const directory = mkdtempSync(join(tmpdir(), 'imprint-foreign-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const file = (name: string, content?: string | Uint8Array): string => {
  const path = join(directory, name);
  if (content !== undefined) writeFileSync(path, content);
  return path;
};
const message = Buffer.from('what both must agree on');
const messageFile = file('message', message);
const userId = ['-pkeyopt', 'distid:1234567812345678'];
const sm3 = ['-rawin', '-digest', 'sm3', '-in', messageFile];

describe('OpenSSL', () => {
  test('verifies our SM2 signature, and refuses it over another message', () => {
    const signer = generateSigner('sm2-sm3');
    const key = file('openssl-public.pem', signer.key.pem);
    const verify = (signature: Uint8Array): number | null => {
      const sigfile = ['-sigfile', file('ours.sig', signature)];
      return spawnSync('openssl', [
        'pkeyutl',
        '-verify',
        '-pubin',
        '-inkey',
        key,
        ...sm3,
        ...sigfile,
        ...userId,
      ]).status;
    };
    expect(verify(signer.sign(message))).toBe(0);
    expect(verify(signer.sign(Buffer.from('something else')))).toBe(1);
  });

  test('signs with a key of ours, and we verify', () => {
    const signer = generateSigner('sm2-sm3');
    const key = file('openssl-private.pem', signer.exportPkcs8Pem());
    execFileSync('openssl', [
      'pkeyutl',
      '-sign',
      '-inkey',
      key,
      ...sm3,
      '-out',
      file('openssl.sig'),
      ...userId,
    ]);
    expect(verifySignature(signer.key, message, readFileSync(file('openssl.sig')))).toBe(true);
  });

  test.each([
    ['SM2', ['-algorithm', 'SM2'], 'sm2-sm3'],
    ['P-256', ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'], 'ecdsa-sha2-nistp256'],
    ['Ed25519', ['-algorithm', 'ED25519'], 'ed25519'],
  ] as const)('makes a key of type %s that we use as our own', (_name, options, scheme) => {
    execFileSync('openssl', ['genpkey', ...options, '-out', file('made.pem')]);
    const signer = signerFromPkcs8Pem(readFileSync(file('made.pem'), 'utf8'), scheme);
    const exported = execFileSync('openssl', ['pkey', '-in', file('made.pem'), '-pubout'], {
      encoding: 'utf8',
    });
    expect(signer.key.pem).toBe(exported);
    expect(verifySignature(signer.key, message, signer.sign(message))).toBe(true);
  });
});

/** Botan names SM2 by an algorithm identifier of its own, where others say id-ecPublicKey. */
const botanAlgorithm = writeDer(
  tag.sequence,
  writeDer(tag.objectIdentifier, Buffer.from('2a811ccf5501822d01', 'hex')),
  writeDer(tag.objectIdentifier, Buffer.from('2a811ccf5501822d', 'hex')),
);

function botanPublicKey(pem: string): string {
  const reader = readDer(readOnly(decodePem(pem, 'PUBLIC KEY') ?? Buffer.alloc(0), tag.sequence));
  reader.skip();
  const bits = writeDer(tag.bitString, reader.read(tag.bitString));
  return encodePem(writeDer(tag.sequence, botanAlgorithm, bits), 'PUBLIC KEY');
}

function botanPrivateKey(pem: string): string {
  const reader = readDer(readOnly(decodePem(pem, 'PRIVATE KEY') ?? Buffer.alloc(0), tag.sequence));
  const version = writeDer(tag.integer, reader.read(tag.integer));
  reader.skip();
  const body = writeDer(tag.octetString, reader.read(tag.octetString));
  return encodePem(writeDer(tag.sequence, version, botanAlgorithm, body), 'PRIVATE KEY');
}

describe('Botan', () => {
  // The command line joins both as `emsa(hash)`; Parallel of one hash is that hash.
  const scheme = ['--der-format', '--emsa=1234567812345678,Parallel', '--hash=SM3'];

  test('verifies our SM2 signature, and refuses it over another message', () => {
    const signer = generateSigner('sm2-sm3');
    const key = file('botan-public.pem', botanPublicKey(signer.key.pem));
    const verify = (signature: Uint8Array): string => {
      const path = file('botan-ours.sig', Buffer.from(signature).toString('base64'));
      return spawnSync('botan', ['verify', ...scheme, key, messageFile, path], {
        encoding: 'utf8',
      }).stdout.trim();
    };
    expect(verify(signer.sign(message))).toBe('Signature is valid');
    expect(verify(signer.sign(Buffer.from('something else')))).toBe('Signature is invalid');
  });

  test('signs with a key of ours, and we verify', () => {
    const signer = generateSigner('sm2-sm3');
    const key = file('botan-private.pem', botanPrivateKey(signer.exportPkcs8Pem()));
    const signature = execFileSync('botan', ['sign', ...scheme, key, messageFile], { encoding: 'utf8' });
    expect(verifySignature(signer.key, message, Buffer.from(signature, 'base64'))).toBe(true);
  });
});

const python = (script: string, input: unknown): unknown =>
  JSON.parse(
    execFileSync('/usr/bin/python3', ['-c', script], { input: JSON.stringify(input), encoding: 'utf8' }),
  );

describe('securesystemslib', () => {
  test('verifies our envelope, PAE written by its side', () => {
    const signer = generateSigner('ed25519');
    const envelope = signEnvelope('application/vnd.in-toto+json', message, [signer]);
    const script = `
import sys, json, base64
from securesystemslib import keys
envelope, public = json.load(sys.stdin)
body = base64.b64decode(envelope["payload"])
pae = b"DSSEv1 %d %b %d %b" % (len(envelope["payloadType"]), envelope["payloadType"].encode(), len(body), body)
key = {"keytype": "ed25519", "scheme": "ed25519", "keyid": "aa", "keyval": {"public": public}}
def check(data):
    sig = base64.b64decode(envelope["signatures"][0]["sig"]).hex()
    return keys.verify_signature(key, {"keyid": "aa", "sig": sig}, data)
print(json.dumps([check(pae), check(body)]))`;
    const public_ = Buffer.from(rawPublicKey(signer.key)).toString('hex');
    expect(python(script, [envelope, public_])).toEqual([true, false]);
  });

  test('encodes canonical JSON as we do', () => {
    const values = [
      { b: 1, a: [true, false, null], é: '\n\t"\\', '': {} },
      { '\u{1f600}': 1, '\uffff': 2, z: -5, A: 'text with \u0001 and \u2028' },
      [],
      'plain',
      9007199254740991,
    ];
    const script = `
import sys, json, base64
from securesystemslib.formats import encode_canonical
print(json.dumps([base64.b64encode(encode_canonical(v).encode()).decode() for v in json.load(sys.stdin)]))`;
    const ours = values.map((value) => Buffer.from(canonicalJson(value)).toString('base64'));
    expect(python(script, values)).toEqual(ours);
  });
});
