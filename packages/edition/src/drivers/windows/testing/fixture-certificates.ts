import { createHash, createPublicKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { writeDer } from '@imprint/trust';
import {
  bitString,
  explicit,
  integer,
  nullValue,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  utcTime,
  utf8String,
} from '../formats/catalog/der-values.ts';
import { seededRsaKey } from './seeded-rsa-key.ts';

/** A made-up vendor's root and code signer, in PEM. */
export interface FixtureVendor {
  readonly rootCertificate: string;
  readonly signerCertificate: string;
  readonly signerKey: string;
  readonly signerSubject: string;
  /** SHA-1 of the signer's certificate, upper-case hex. */
  readonly signerThumbprint: string;
}

interface Party {
  readonly name: string;
  readonly key: KeyObject;
}

const validFrom = Date.UTC(2015, 0, 1) / 1000;
const validUntil = Date.UTC(2049, 11, 31) / 1000;
const algorithm = sequence(objectIdentifier('1.2.840.113549.1.1.11'), nullValue());

function nameOf(commonName: string): Uint8Array {
  const attribute = (type: string, value: Uint8Array) => setOf(sequence(objectIdentifier(type), value));
  return sequence(
    attribute('2.5.4.6', writeDer(0x13, Buffer.from('CN'))),
    attribute('2.5.4.3', utf8String(commonName)),
  );
}

function extension(type: string, critical: boolean, value: Uint8Array): Uint8Array {
  const flag = critical ? [writeDer(0x01, Uint8Array.of(0xff))] : [];
  return sequence(objectIdentifier(type), ...flag, octetString(value));
}

const publicKeyOf = (key: KeyObject): Buffer => createPublicKey(key).export({ type: 'spki', format: 'der' });

const keyIdentifier = (key: KeyObject): Buffer => createHash('sha1').update(publicKeyOf(key)).digest();

/** Signs a certificate for a subject. Source: RFC 5280 §4.1. */
function certify(subject: Party, issuer: Party, serial: number, extensions: readonly Uint8Array[]): string {
  const body = sequence(
    explicit(0, integer(2)),
    integer(serial),
    algorithm,
    nameOf(issuer.name),
    sequence(utcTime(validFrom), utcTime(validUntil)),
    nameOf(subject.name),
    publicKeyOf(subject.key),
    explicit(
      3,
      sequence(
        ...extensions,
        extension('2.5.29.14', false, octetString(keyIdentifier(subject.key))),
        extension('2.5.29.35', false, sequence(writeDer(0x80, keyIdentifier(issuer.key)))),
      ),
    ),
  );
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, issuer.key)));
  return new X509Certificate(certificate).toString();
}

const authority = [
  extension('2.5.29.19', true, sequence(writeDer(0x01, Uint8Array.of(0xff)))),
  extension('2.5.29.15', true, bitString(Uint8Array.of(0x06), 1)),
];

const codeSigner = [
  extension('2.5.29.19', true, sequence()),
  extension('2.5.29.15', true, bitString(Uint8Array.of(0x80), 7)),
  extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.3'))),
];

/** Makes a vendor that its name decides; the same name always gives the same keys and certificates. */
export function fixtureVendor(name = 'Fixture Windows'): FixtureVendor {
  const root = { name: `${name} Root`, key: seededRsaKey(`imprint-fixture/${name}/root`) };
  const signer = { name: `${name} Production`, key: seededRsaKey(`imprint-fixture/${name}/signer`) };
  const signerCertificate = certify(signer, root, 2, codeSigner);
  return {
    rootCertificate: certify(root, root, 1, authority),
    signerCertificate,
    signerKey: String(signer.key.export({ type: 'pkcs8', format: 'pem' })),
    signerSubject: signer.name,
    signerThumbprint: new X509Certificate(signerCertificate).fingerprint.replaceAll(':', ''),
  };
}
