export { type BothDigests, digestsOf, sha256Hex, sm3Hex } from './digests.ts';
export {
  addSignatures,
  type Envelope,
  encodeEnvelope,
  envelopePayload,
  mergeEnvelopes,
  parseEnvelope,
  signEnvelope,
  verifiedKeyIds,
} from './dsse/envelope.ts';
export { canonicalJson } from './encoding/canonical-json.ts';
export { trustErrors } from './errors.ts';
export { hashFile } from './hash-file.ts';
export { merkleRoot } from './integrity/merkle.ts';
export { jwkOf, jwkThumbprint, publicKeyOfJwk } from './jws/jwk.ts';
export { type JwsHeader, signJws, type VerifiedJws, verifyJws } from './jws/jws.ts';
export { openKeyFile, readKeyFileHeader, type SealKeyFileOptions, sealKeyFile } from './key-file/key-file.ts';
export { parsePublicKey, publicKeyFromRaw } from './keys/public-key.ts';
export { generateSigner, signerFromPkcs8Pem } from './keys/signer.ts';
export {
  type ExportableSigner,
  type KeyScheme,
  type PublicKey,
  type SignatureSuite,
  type Signer,
  suiteOf,
} from './keys/types.ts';
export { verifySignature } from './keys/verify.ts';
