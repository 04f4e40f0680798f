import { X509Certificate } from 'node:crypto';
import { readDer, writeDer } from '@imprint/trust';

const der = { integer: 0x02, objectIdentifier: 0x06, sequence: 0x30, set: 0x31, context0: 0xa0 } as const;

/** What is read of a PKCS #7 signature; nothing of it is verified here. */
export interface SignedData {
  /** DER of what is signed. */
  readonly content: Uint8Array;
  /** The first signer's certificate, when the message carries it. */
  readonly signer: X509Certificate | undefined;
}

/** Certificates of the message; whatever else the set holds is passed over. */
function certificatesOf(set: Uint8Array): X509Certificate[] {
  const reader = readDer(set);
  const found: X509Certificate[] = [];
  while (!reader.done) {
    if (reader.peek() === der.sequence)
      found.push(new X509Certificate(writeDer(der.sequence, reader.read(der.sequence))));
    else reader.skip();
  }
  return found;
}

/** The issuer's DER and the serial number of the first SignerInfo. Source: RFC 2315 §9.2. */
function firstSigner(set: Uint8Array): { readonly issuer: Uint8Array; readonly serial: string } | undefined {
  if (set.length === 0) return undefined;
  const info = readDer(readDer(set).read(der.sequence));
  info.read(der.integer);
  const identity = readDer(info.read(der.sequence));
  const issuer = identity.read(der.sequence);
  const serial = Buffer.from(identity.read(der.integer)).toString('hex');
  return { issuer, serial };
}

function issuerAndSerial(certificate: X509Certificate) {
  const body = readDer(readDer(readDer(certificate.raw).read(der.sequence)).read(der.sequence));
  if (body.peek() === der.context0) body.skip();
  const serial = Buffer.from(body.read(der.integer)).toString('hex');
  body.skip();
  return { issuer: body.read(der.sequence), serial };
}

/** Reads a ContentInfo of type SignedData. Source: RFC 2315 §7 and §9.1. @throws RangeError on anything else */
export function readSignedData(bytes: Uint8Array): SignedData {
  const outer = readDer(readDer(bytes).read(der.sequence));
  outer.read(der.objectIdentifier);
  const signed = readDer(readDer(outer.read(der.context0)).read(der.sequence));
  signed.read(der.integer);
  signed.read(der.set);
  const inner = readDer(signed.read(der.sequence));
  inner.read(der.objectIdentifier);
  const content = inner.done ? Uint8Array.of() : inner.read(der.context0);
  const certificates = signed.peek() === der.context0 ? certificatesOf(signed.read(der.context0)) : [];
  while (signed.peek() !== der.set) signed.skip();
  const wanted = firstSigner(signed.read(der.set));
  const signer = certificates.find((certificate) => {
    const { issuer, serial } = issuerAndSerial(certificate);
    return wanted !== undefined && serial === wanted.serial && Buffer.compare(issuer, wanted.issuer) === 0;
  });
  return { content, signer };
}
