import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generateSigner } from '../keys/signer.ts';
import type { Signer } from '../keys/types.ts';
import {
  addSignatures,
  encodeEnvelope,
  mergeEnvelopes,
  parseEnvelope,
  preAuthenticationEncoding,
  signEnvelope,
  verifiedKeyIds,
} from './envelope.ts';

const signers = (['ed25519', 'ecdsa-sha2-nistp256', 'sm2-sm3', 'ed25519'] as const).map(generateSigner);
const keys = signers.map(({ key }) => key);
const ids = (some: readonly Signer[]): Set<string> => new Set(some.map(({ key }) => key.keyId));
const payload = Buffer.from('payload');
const code = (expected: string): unknown => expect.objectContaining({ code: expected });

describe('DSSE v1.0.2', () => {
  test('the pre-authentication encoding is that of the specification’s example', () => {
    const encoded = preAuthenticationEncoding('http://example.com/HelloWorld', Buffer.from('hello world'));
    expect(Buffer.from(encoded).toString()).toBe('DSSEv1 29 http://example.com/HelloWorld 11 hello world');
  });

  test('the encoding counts bytes, and no two inputs share one', () => {
    expect(Buffer.from(preAuthenticationEncoding('é', Buffer.alloc(0))).toString()).toBe('DSSEv1 2 é 0 ');
    const part = fc.string({ unit: fc.constantFrom(' ', '1', 'a'), maxLength: 6 });
    fc.assert(
      fc.property(part, part, part, part, (typeA, bodyA, typeB, bodyB) => {
        fc.pre(typeA !== typeB || bodyA !== bodyB);
        const encode = (type: string, body: string): string =>
          Buffer.from(preAuthenticationEncoding(type, Buffer.from(body))).toString('hex');
        return encode(typeA, bodyA) !== encode(typeB, bodyB);
      }),
    );
  });

  test('any payload signed by any signers verifies for exactly those', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.string(), fc.subarray(signers), (body, type, some) => {
        const envelope = parseEnvelope(encodeEnvelope(signEnvelope(type, body, some)));
        expect(verifiedKeyIds(envelope, keys)).toEqual(ids(some));
      }),
      { numRuns: 20 },
    );
  });

  test('signatures added one by one, merged either way, are those of all', () => {
    fc.assert(
      fc.property(fc.subarray(signers), fc.subarray(signers), (some, others) => {
        const unsigned = signEnvelope('type', payload, []);
        const [a, b] = [addSignatures(unsigned, some), addSignatures(unsigned, others)];
        const all = new Set([...ids(some), ...ids(others)]);
        expect(verifiedKeyIds(mergeEnvelopes(a, b), keys)).toEqual(all);
        expect(verifiedKeyIds(mergeEnvelopes(b, a), keys)).toEqual(all);
        expect(mergeEnvelopes(a, a)).toEqual(a);
      }),
      { numRuns: 20 },
    );
  });

  test('one key signing again replaces its signature and counts once', () => {
    const signer = generateSigner('ed25519');
    const twice = addSignatures(signEnvelope('type', payload, [signer]), [signer]);
    expect(twice.signatures).toHaveLength(1);
    const repeated = { ...twice, signatures: [...twice.signatures, ...twice.signatures] };
    expect(verifiedKeyIds(repeated, [signer.key, ...keys]).size).toBe(1);
  });

  test('the key id is only a hint: a signature without it, or under a foreign one, still counts, once', () => {
    const envelope = signEnvelope('type', payload, signers);
    const renamed = (keyid: string) => envelope.signatures.map(({ sig }) => ({ keyid, sig }));
    for (const keyid of ['', 'unknown'])
      expect(verifiedKeyIds({ ...envelope, signatures: renamed(keyid) }, keys)).toEqual(ids(signers));
    const doubled = [...envelope.signatures.slice(0, 1), ...renamed('unknown').slice(0, 1)];
    expect(verifiedKeyIds({ ...envelope, signatures: doubled }, keys).size).toBe(1);
  });

  test('a signature under another key’s id, of another type, or of another payload does not count', () => {
    const envelope = signEnvelope('type', payload, signers.slice(0, 1));
    const [first] = envelope.signatures;
    const moved = { ...envelope, signatures: [{ keyid: keys[3]?.keyId ?? '', sig: first?.sig ?? '' }] };
    expect(verifiedKeyIds(moved, keys).size).toBe(0);
    expect(verifiedKeyIds({ ...envelope, payloadType: 'typf' }, keys).size).toBe(0);
    expect(verifiedKeyIds({ ...envelope, payload: 'cGF5bG9hZA==' }, keys).size).toBe(1);
    expect(verifiedKeyIds({ ...envelope, payload: 'cGF5bG9hZQ==' }, keys).size).toBe(0);
    expect(verifiedKeyIds({ ...envelope, signatures: [{ keyid: '', sig: '!' }] }, keys).size).toBe(0);
  });

  test('envelopes over two payloads are not merged', () => {
    const a = signEnvelope('type', payload, []);
    expect(() => mergeEnvelopes(a, signEnvelope('type', Buffer.from('other'), []))).toThrow(
      code('TRUST_ENVELOPE_DIFFERENT'),
    );
    expect(() => mergeEnvelopes(a, signEnvelope('other', payload, []))).toThrow(
      code('TRUST_ENVELOPE_DIFFERENT'),
    );
  });
});

describe('what is no envelope', () => {
  const envelope = signEnvelope('type', payload, []);
  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['no payload', JSON.stringify({ payloadType: 'type', signatures: [] })],
    ['no signatures', JSON.stringify({ payloadType: 'type', payload: '' })],
    ['signatures of another shape', JSON.stringify({ ...envelope, signatures: [{ keyid: 1, sig: '' }] })],
    ['a very long one', ' '.repeat((1 << 20) + 1)],
  ])('%s is refused', (_name, text) => {
    expect(() => parseEnvelope(Buffer.from(text))).toThrow(code('TRUST_ENVELOPE_MALFORMED'));
  });

  test('a payload that is no base64, or more than 64 signatures, is refused before any is checked', () => {
    expect(() => verifiedKeyIds({ ...envelope, payload: '!' }, keys)).toThrow(
      code('TRUST_ENVELOPE_MALFORMED'),
    );
    const signatures = Array.from({ length: 65 }, () => ({ keyid: '', sig: '' }));
    expect(() => verifiedKeyIds({ ...envelope, signatures }, keys)).toThrow(code('TRUST_ENVELOPE_MALFORMED'));
  });
});
