/** A key's type and its only signature scheme; names as in TUF metadata. `sm2-sm3` fixes the user id `1234567812345678`. */
export type KeyScheme = 'ed25519' | 'ecdsa-sha2-nistp256' | 'sm2-sm3';

/** A public key in its one canonical form; two keys are equal exactly when their key ids are. */
export interface PublicKey {
  readonly scheme: KeyScheme;
  /** SHA-256, in hexadecimal, of the canonical SubjectPublicKeyInfo (uncompressed point). */
  readonly keyId: string;
  /** Canonical SubjectPublicKeyInfo as PEM. */
  readonly pem: string;
}

/** Something that signs: a local software key here; a token or HSM may stand behind it. ECDSA and SM2 signatures are DER. */
export interface Signer {
  readonly key: PublicKey;
  sign(bytes: Uint8Array): Uint8Array;
}

/** A software signer whose private key can leave the process. */
export interface ExportableSigner extends Signer {
  exportPkcs8Pem(): string;
}

/** Which side of a dual signature a scheme stands on. */
export type SignatureSuite = 'standard' | 'national';

/** Returns the suite of a scheme. */
export function suiteOf(scheme: KeyScheme): SignatureSuite {
  return scheme === 'sm2-sm3' ? 'national' : 'standard';
}
