import { join } from 'node:path';

/** The places a ceremony works in; all but `repository` are private to this machine. */
export interface ReleasePaths {
  readonly root: string;
  readonly candidates: string;
  readonly policies: string;
  readonly withdrawals: string;
  readonly repository: string;
  readonly publishLock: string;
  /** What each apt ring is served, and the lock of who serves. */
  readonly rings: string;
}

/** Names the ceremony's places from the release directory and the published repository. */
export function releasePaths(home: { readonly release: string; readonly repository: string }): ReleasePaths {
  return {
    root: join(home.release, 'root'),
    candidates: join(home.release, 'candidates'),
    policies: join(home.release, 'policies'),
    withdrawals: join(home.release, 'withdrawals'),
    repository: home.repository,
    publishLock: join(home.release, 'publish.lock'),
    rings: join(home.release, 'rings'),
  };
}

/** File names inside a candidate directory. */
export const candidateNames = {
  sheet: 'candidate.json',
  release: 'release.json',
  statement: 'statement.json',
  lock: 'edition.lock.json',
  vendorPolicy: 'vendor-policy.json',
  vendorPolicyEnvelope: 'vendor-policy.dsse.json',
  definitions: 'antivirus-definitions.json',
  /** Packages of antivirus providers that are not in the image, by digest. */
  installers: 'installers',
  metadata: 'metadata',
  artifacts: 'artifacts',
  evidence: 'evidence',
  patchSet: 'patch-set',
  approvals: 'approvals',
  rejections: 'rejections',
  /** What a rejection of an emergency release becomes once that is published: by party. */
  withdrawals: 'withdrawals',
  /** The release before: its manifest, lock and signed metadata, so that the difference can be shown offline. */
  previous: 'previous',
} as const;
