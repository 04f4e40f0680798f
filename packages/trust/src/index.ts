export { signDefinitions } from './definitions/sign.ts';
export { verifyDefinitions } from './definitions/verify.ts';
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
export { readDer, writeDer, writeInteger } from './encoding/der.ts';
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
export { type ClockRecord, type ClockSight, observeClock } from './licence/clock.ts';
export { type FactKind, factDigest, isSameHardware, matchOfFacts } from './licence/facts.ts';
export { type ExpectedLease, verifyLease } from './licence/lease.ts';
export {
  type EntitlementUsage,
  type LeaseCounts,
  type SectorUsage,
  type UsageNode,
  type UsageReport,
  verifyUsageReport,
} from './licence/report.ts';
export { isRevoked, verifyRevocations } from './licence/revocations.ts';
export { graceDays, leaseDays, renewAfter, renewIntervalDays, retryDelayMs } from './licence/schedule.ts';
export { type LicenceFacts, licenceStateOf, type Withheld, withheldIn } from './licence/state.ts';
export {
  isSignedBy,
  type LicenceSigningKey,
  signLicenceToken,
  verifyLicenceToken,
} from './licence/token.ts';
export { readTypedLease, type TypedLeaseKnown, typedLease } from './licence/typed-lease.ts';
export {
  editionTag,
  readTypedRequest,
  type TypedRequest,
  typedFactKinds,
  typedNonce,
  typedRequest,
} from './licence/typed-request.ts';
export { type PartyStanding, partyStandings } from './release/approvals.ts';
export { parseReleaseManifest } from './release/manifest.ts';
export { type ReleaseOffer, releaseOffers, takeNewest } from './release/offers.ts';
export { approveRelease, statementPayloadType, withdrawRelease } from './release/statement.ts';
export {
  type EmergencyApproval,
  emergencyEnd,
  type VerifiedRelease,
  type VerifyReleaseOptions,
  verifyRelease,
} from './release/verify-release.ts';
export { serialDigest } from './serial-digest.ts';
export {
  buildRelease,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  releasePaths,
  targetFileOf,
} from './tuf/build.ts';
export { type BuildRootOptions, buildRoot } from './tuf/build-root.ts';
export { directoryCache, memoryCache, type TufCache } from './tuf/cache.ts';
export { type RefreshOptions, refreshTuf, type TrustedMetadata } from './tuf/client.ts';
export { downloadTarget, findTarget } from './tuf/download.ts';
export { emergencyTermsOf } from './tuf/emergency.ts';
export { type MissingSignatures, missingSignatures } from './tuf/missing.ts';
export type {
  Metadata,
  RoleName,
  RootSigned,
  Signed,
  SnapshotSigned,
  TargetFile,
  TargetsSigned,
  TimestampSigned,
} from './tuf/model.ts';
export { metadataPath, targetFilePath } from './tuf/names.ts';
export { encodeMetadata, parseMetadata } from './tuf/parse.ts';
export {
  cryptoProfileOf,
  definitionKeysOf,
  keysOfRoot,
  licenceKeysOf,
  partyPolicyOf,
} from './tuf/root-policy.ts';
export { collectBounded, type RepositoryFetch } from './tuf/session.ts';
export { signMetadata } from './tuf/sign.ts';
export { readPinnedRoot, readTrustedRoot } from './tuf/update-root.ts';
