import { createHash, X509Certificate } from 'node:crypto';
import { windowsError } from '../errors.ts';
import type { RegistryEdit } from './reg/model.ts';

/** Property identifiers. Source: wincrypt.h, CERT_SHA1_HASH_PROP_ID, CERT_MD5_HASH_PROP_ID, CERT_CERT_PROP_ID. */
const sha1Property = 3;
const md5Property = 4;
const certificateProperty = 32;
const rootStore = 'Microsoft\\SystemCertificates\\ROOT\\Certificates';

/** A certificate as a registry certificate store holds it; the thumbprint is its SHA-1 in upper-case hex. */
export interface CertificateBlob {
  readonly thumbprint: string;
  readonly blob: Buffer;
}

function invalid(got: string, cause?: unknown) {
  return windowsError('WINDOWS_HIVE_CERTIFICATE_INVALID', { got }, cause === undefined ? {} : { cause });
}

function parseAuthority(pemOrDer: string | Buffer): X509Certificate {
  const certificates = pemOrDer.toString('latin1').match(/-----BEGIN [A-Z ]*CERTIFICATE-----/g)?.length ?? 0;
  if (certificates > 1) throw invalid(`${certificates} certificates`);
  try {
    const certificate = new X509Certificate(pemOrDer);
    if (certificate.ca) return certificate;
  } catch (cause) {
    throw invalid('something else', cause);
  }
  throw invalid('a certificate that is no authority');
}

function property(identifier: number, data: Buffer): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(identifier, 0);
  head.writeUInt32LE(1, 4);
  head.writeUInt32LE(data.length, 8);
  return Buffer.concat([head, data]);
}

function digest(algorithm: 'sha1' | 'md5', data: Buffer): Buffer {
  return createHash(algorithm).update(data).digest();
}

/**
 * Serializes a root certificate as Windows stores it in the registry: properties of identifier, 1, length and data.
 * Source: [MS-GPEF], the certificate BLOB.
 *
 * @throws WINDOWS_HIVE_CERTIFICATE_INVALID
 */
export function certificateBlob(pemOrDer: string | Buffer): CertificateBlob {
  const der = parseAuthority(pemOrDer).raw;
  const blob = Buffer.concat([
    property(sha1Property, digest('sha1', der)),
    property(md5Property, digest('md5', der)),
    property(certificateProperty, der),
  ]);
  return { thumbprint: digest('sha1', der).toString('hex').toUpperCase(), blob };
}

/**
 * Returns the edits of the SOFTWARE hive that make a machine trust a root certificate.
 *
 * @throws WINDOWS_HIVE_CERTIFICATE_INVALID
 */
export function trustRootEdits(pemOrDer: string | Buffer): RegistryEdit[] {
  const { thumbprint, blob } = certificateBlob(pemOrDer);
  return [{ key: `${rootStore}\\${thumbprint}`, name: 'Blob', value: { type: 'binary', data: blob } }];
}
