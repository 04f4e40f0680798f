import type { CryptoProfile } from '@imprint/protocol';
import { decodeBase64 } from '../encoding/bytes.ts';
import { canonicalJson } from '../encoding/canonical-json.ts';
import { parsePublicKey } from '../keys/public-key.ts';
import type { KeyScheme, PublicKey } from '../keys/types.ts';
import { keyFileError } from './errors.ts';

export const keyFileFormat = 'imprint-key-file/v1';
export const ciphers = ['aes-256-gcm', 'sm4-ctr-hmac-sm3'] as const;
export type KeyFileCipher = (typeof ciphers)[number];

/** The clear part of a key file: authenticated by the tag, readable without a passphrase. Design: docs/design/key-file.md. */
export interface KeyFileHeader {
  readonly format: typeof keyFileFormat;
  readonly holder: string;
  readonly createdAt: string;
  readonly profile: CryptoProfile;
  readonly publicKeys: readonly PublicKey[];
  readonly kdf: {
    readonly name: 'scrypt';
    readonly n: number;
    readonly r: number;
    readonly p: number;
    readonly salt: string;
  };
  readonly cipher: { readonly name: KeyFileCipher; readonly iv: string };
}

/** A whole key file; `ciphertext` and `tag` are base64. */
export interface KeyFile {
  readonly header: KeyFileHeader;
  readonly ciphertext: string;
  readonly tag: string;
}

const maximumLength = 64 * 1024;

/** The bytes the tag covers besides the ciphertext. */
export function authenticatedHeader(header: KeyFileHeader): Uint8Array {
  return canonicalJson(header);
}

const isText = (value: unknown): value is string => typeof value === 'string';
const isBase64 = (value: unknown): value is string => isText(value) && decodeBase64(value) !== undefined;
const isHolder = (value: unknown): boolean => isText(value) && /^[a-z0-9][a-z0-9-]{0,62}$/.test(value);

type Loose = Readonly<Record<string, unknown>>;
const loose = (value: unknown): Loose =>
  typeof value === 'object' && value !== null ? (value as Loose) : {};

/** Returns what is wrong with a header's shape, or undefined. */
function shapeFault(header: Loose): string | undefined {
  const [kdf, cipher] = [loose(header.kdf), loose(header.cipher)];
  if (header.format !== keyFileFormat) return 'another format';
  if (!isHolder(header.holder)) return 'no valid holder';
  if (!isText(header.createdAt) || Number.isNaN(Date.parse(header.createdAt))) return 'no creation time';
  if (!['intl', 'national', 'dual'].includes(String(header.profile))) return 'no profile';
  if (kdf.name !== 'scrypt' || !isBase64(kdf.salt)) return 'an unknown key derivation';
  if (!ciphers.includes(cipher.name as KeyFileCipher) || !isBase64(cipher.iv)) return 'an unknown cipher';
  return undefined;
}

function readPublicKeys(value: unknown): PublicKey[] {
  if (!Array.isArray(value) || value.length === 0 || value.length > 8)
    throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: 'no public keys' });
  return value.map((entry) => {
    const { scheme, keyId, pem } = loose(entry);
    const key = parsePublicKey(String(pem), scheme as KeyScheme);
    if (key.keyId !== keyId || key.pem !== pem)
      throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: 'a public key that does not match its id' });
    return key;
  });
}

/** Parses a key file without opening it. @throws TRUST_KEY_FILE_MALFORMED */
export function parseKeyFile(text: string): KeyFile {
  let file: Loose;
  try {
    file = loose(text.length > maximumLength ? undefined : JSON.parse(text));
  } catch (cause) {
    throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: 'no JSON' }, { cause });
  }
  const header = loose(file.header);
  const fault = shapeFault(header);
  if (fault !== undefined) throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: fault });
  if (!isBase64(file.ciphertext) || !isBase64(file.tag))
    throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: 'no ciphertext' });
  const publicKeys = readPublicKeys(header.publicKeys);
  // The header is kept as read: the tag covers every field, known or not.
  return {
    header: { ...(header as unknown as KeyFileHeader), publicKeys },
    ciphertext: file.ciphertext,
    tag: file.tag,
  };
}
