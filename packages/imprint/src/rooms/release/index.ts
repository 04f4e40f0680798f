export { publishDefinitions } from './antivirus-definitions/publish.ts';
export { listDefinitions } from './antivirus-definitions/published.ts';
export { ringRenewalJob } from './apt-suite/job.ts';
export { aptTree, type ServedRing, serveRing } from './apt-suite/serve-ring.ts';
export { isRingDue, type ServedRecord, servedRings } from './apt-suite/served.ts';
export { type ApprovalResult, type ApproveOptions, approveCandidate } from './ceremony/approve.ts';
export { type Candidate, candidateId, findCandidate, loadCandidate } from './ceremony/candidate.ts';
export { type Completion, completeRelease } from './ceremony/complete.ts';
export { readHomeRoot } from './ceremony/home-root.ts';
export { patchSources } from './ceremony/patch-sources.ts';
export { type ReleasePaths, releasePaths } from './ceremony/paths.ts';
export { type Proposal, type ProposeOptions, proposeRelease, readBuildRecord } from './ceremony/propose.ts';
export { type Publication, type PublishOptions, publishCandidate } from './ceremony/publish.ts';
export { type RejectionResult, type RejectOptions, rejectCandidate } from './ceremony/rejections.ts';
export { type FullReview, type Review, reviewCandidate } from './ceremony/review.ts';
export { type OpenedKeyFile, type PinnedRoot, readRoot } from './ceremony/root.ts';
export {
  draftRoot,
  type HolderKeys,
  type PartyInput,
  type RootDraft,
  readDraft,
  signRootDraft,
} from './ceremony/root-ceremony.ts';
export {
  type CandidateStatus,
  candidateStatus,
  publishedStatus,
  type ReleaseStatus,
} from './ceremony/status.ts';
export { type SignedVendorPolicy, signVendorPolicy } from './ceremony/vendor-policy.ts';
export { type Withdrawal, type WithdrawOptions, withdrawCurrent } from './ceremony/withdraw.ts';
export { releaseErrors } from './errors.ts';
export { freshnessJob, openRegister, type ReleaseRegister, registerJob } from './jobs.ts';
export { releaseMigration } from './migrations/0001-release.ts';
export { releaseEmergencyMigration } from './migrations/0002-emergency.ts';
export type { CandidateStanding, Check, MissingSignature, Refusal, Rejection } from './model.ts';
export { releaseRoutes } from './routes.ts';
export { releaseRouteErrors } from './routes-errors.ts';
export { lifetimes } from './rules.ts';
export { findChannel, findRelease, type ReleaseRow, type ReleaseTables } from './store.ts';
export { type DeviceView, verifyAsDevice } from './tuf/as-device.ts';
export { type CurrentRelease, readCurrentRelease } from './tuf/published.ts';
export { type RefreshOnlineOptions, type RefreshOnlineResult, refreshOnline } from './tuf/refresh-online.ts';
