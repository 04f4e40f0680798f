import type { RecordComparison } from './model.ts';

/** The certificates of PEM text, as base64 without line ends; the same certificate gives the same text. */
export function certificatesIn(text: string): string[] {
  const blocks = text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g);
  return [...blocks].map(([, body = '']) => body.replace(/\s+/g, ''));
}

/** The trust bundle: upstream's authorities are all there; further ones are those the lock pins. */
export const compareCertificates: RecordComparison = (core, edition, { certificates }) => {
  const [before, after] = [core, edition].map((file) => new Set(certificatesIn(file.toString('latin1'))));
  const gone = [...(before ?? [])].filter((certificate) => after?.has(certificate) !== true).length;
  const foreign = [...(after ?? [])].filter(
    (certificate) => before?.has(certificate) !== true && !certificates.has(certificate),
  ).length;
  return [
    ...(gone === 0 ? [] : [`${gone} of upstream's certificates removed`]),
    ...(foreign === 0 ? [] : [`${foreign} certificates not in the lock`]),
  ];
};
