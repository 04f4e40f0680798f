import { decodeBase64 } from './bytes.ts';

/** Decodes the one PEM block of the given label, however it is wrapped; undefined when there is none or more. Source: RFC 7468 §3. */
export function decodePem(text: string, label: string): Buffer | undefined {
  const match = new RegExp(
    `^\\s*-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----\\s*$`,
  ).exec(text);
  return match?.[1] === undefined ? undefined : decodeBase64(match[1].replace(/\s+/g, ''));
}

/** Encodes DER as PEM with lines of 64 characters and a final newline. Source: RFC 7468 §2. */
export function encodePem(der: Uint8Array, label: string): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
