import { randomBytes } from 'node:crypto';
import type { CryptoProfile } from '@imprint/protocol';
import { generateSigner, signerFromPkcs8Pem } from '../keys/signer.ts';
import type { ExportableSigner, KeyScheme, PublicKey, Signer } from '../keys/types.ts';
import { cipherOf, defaultCost, derivePassphraseKey } from './encrypt.ts';
import { keyFileError } from './errors.ts';
import {
  authenticatedHeader,
  type KeyFile,
  type KeyFileCipher,
  type KeyFileHeader,
  keyFileFormat,
  parseKeyFile,
} from './format.ts';

const schemesOf: Readonly<Record<CryptoProfile, readonly KeyScheme[]>> = {
  intl: ['ed25519'],
  national: ['sm2-sm3'],
  dual: ['ed25519', 'sm2-sm3'],
};

const cipherNameOf = (profile: CryptoProfile): KeyFileCipher =>
  profile === 'national' ? 'sm4-ctr-hmac-sm3' : 'aes-256-gcm';

/** What a new key file is made from; without `signers`, one new key of each suite of the profile is made. */
export interface SealKeyFileOptions {
  /** The party or purpose, a lower-case name. */
  readonly holder: string;
  readonly profile: CryptoProfile;
  readonly passphrase: string;
  /** UTC instant, RFC 3339. */
  readonly createdAt: string;
  readonly signers?: readonly ExportableSigner[];
}

/**
 * Makes the text of a key file, one holder's keys encrypted under a passphrase.
 *
 * @throws TRUST_PASSPHRASE_EMPTY, TRUST_KEY_FILE_MALFORMED when the holder or time is not valid
 */
export function sealKeyFile(options: SealKeyFileOptions): { text: string; publicKeys: PublicKey[] } {
  const { holder, profile, passphrase, createdAt } = options;
  const signers = options.signers ?? schemesOf[profile].map(generateSigner);
  const publicKeys = signers.map((signer) => signer.key);
  const name = cipherNameOf(profile);
  const cipher = cipherOf(name);
  const iv = randomBytes(cipher.ivBytes);
  const header: KeyFileHeader = {
    format: keyFileFormat,
    holder,
    createdAt,
    profile,
    publicKeys,
    kdf: { name: 'scrypt', ...defaultCost, salt: randomBytes(16).toString('base64') },
    cipher: { name, iv: iv.toString('base64') },
  };
  const keys = signers.map((signer) => ({ scheme: signer.key.scheme, pkcs8: signer.exportPkcs8Pem() }));
  const plaintext = Buffer.from(JSON.stringify({ keys }));
  const key = derivePassphraseKey(passphrase, header.kdf);
  const sealed = cipher.seal({ key, iv, header: authenticatedHeader(header) }, plaintext);
  const file: KeyFile = {
    header,
    ciphertext: Buffer.from(sealed.ciphertext).toString('base64'),
    tag: Buffer.from(sealed.tag).toString('base64'),
  };
  const text = `${JSON.stringify(file, undefined, 2)}\n`;
  // Refuses now what could not be read later, such as a holder that is no name.
  parseKeyFile(text);
  return { text, publicKeys };
}

function decrypt(file: KeyFile, passphrase: string): Uint8Array {
  const { header } = file;
  const cipher = cipherOf(header.cipher.name);
  const iv = Buffer.from(header.cipher.iv, 'base64');
  if (iv.length !== cipher.ivBytes)
    throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: 'another IV length' });
  const key = derivePassphraseKey(passphrase, header.kdf);
  const plaintext = cipher.open(
    { key, iv, header: authenticatedHeader(header) },
    { ciphertext: Buffer.from(file.ciphertext, 'base64'), tag: Buffer.from(file.tag, 'base64') },
  );
  if (plaintext === undefined) throw keyFileError('TRUST_PASSPHRASE_WRONG', { holder: header.holder });
  return plaintext;
}

/**
 * Opens a key file.
 *
 * @throws TRUST_PASSPHRASE_WRONG also when any byte of the file was altered
 * @throws TRUST_KEY_FILE_MALFORMED, TRUST_KEY_FILE_COST, TRUST_PASSPHRASE_EMPTY
 */
export function openKeyFile(text: string, passphrase: string): { holder: string; signers: Signer[] } {
  const file = parseKeyFile(text);
  const plaintext = Buffer.from(decrypt(file, passphrase)).toString('utf8');
  const { keys } = JSON.parse(plaintext) as { keys: { scheme: KeyScheme; pkcs8: string }[] };
  const signers = keys.map(({ scheme, pkcs8 }) => signerFromPkcs8Pem(pkcs8, scheme));
  const listed = file.header.publicKeys.map((key) => key.keyId).join();
  if (signers.map((signer) => signer.key.keyId).join() !== listed)
    throw keyFileError('TRUST_KEY_FILE_MALFORMED', { got: 'private keys that are not those listed' });
  return { holder: file.header.holder, signers };
}

/** Reads who holds a key file and its public keys; nothing is authenticated without the passphrase. @throws TRUST_KEY_FILE_MALFORMED */
export function readKeyFileHeader(
  text: string,
): Pick<KeyFileHeader, 'holder' | 'createdAt' | 'profile' | 'publicKeys'> {
  const { holder, createdAt, profile, publicKeys } = parseKeyFile(text).header;
  return { holder, createdAt, profile, publicKeys };
}
