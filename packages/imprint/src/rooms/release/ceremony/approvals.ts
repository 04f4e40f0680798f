import { basename, join } from 'node:path';
import {
  type Envelope,
  emergencyTermsOf,
  envelopePayload,
  type Metadata,
  mergeEnvelopes,
  type PublicKey,
  parseMetadata,
  statementPayloadType,
  type TargetsSigned,
  verifiedKeyIds,
} from '@imprint/trust';
import { ApprovalFile, type MissingSignature, type Refusal, type SignatureEntry } from '../model.ts';
import type { Candidate } from './candidate.ts';
import { jsonFiles, parseDocument, readBounded } from './files.ts';
import { candidateNames } from './paths.ts';
import { keyIdsOfParty, type PinnedRoot } from './root.ts';
import { missingOnMetadata, missingOnStatement, verifiedSignatures } from './signatures.ts';

/** All approvals of a candidate put together; only signatures that verify are kept. */
export interface CollectedApprovals {
  readonly envelope: Envelope;
  /** Signed metadata by file name. */
  readonly metadata: ReadonlyMap<string, Metadata<TargetsSigned>>;
  readonly approvedBy: readonly { readonly party: string; readonly holders: readonly string[] }[];
  readonly missing: readonly MissingSignature[];
  /** What is missing for the emergency lane; undefined where the candidate does not ask for it or the root has none. */
  readonly urgentMissing: readonly MissingSignature[] | undefined;
  /** Files that do not belong here. */
  readonly refusals: readonly Refusal[];
}

interface ReadApproval {
  readonly file: string;
  readonly approval: ApprovalFile;
}

/** Reads the approval files of a candidate. @throws RELEASE_FILE_MALFORMED */
export async function readApprovals(directory: string): Promise<ReadApproval[]> {
  const folder = join(directory, candidateNames.approvals);
  const read: ReadApproval[] = [];
  for (const name of await jsonFiles(folder)) {
    const file = join(folder, name);
    read.push({
      file,
      approval: parseDocument(ApprovalFile, await readBounded(file, 'an approval', 1_000_000), file),
    });
  }
  return read;
}

/** Puts a candidate's approvals together and says what is missing, per party and suite. */
export async function collectApprovals(candidate: Candidate, root: PinnedRoot): Promise<CollectedApprovals> {
  const read = await readApprovals(candidate.directory);
  const refusals = read.flatMap((entry) => approvalRefusals(entry, candidate, root));
  const good = read.filter((entry) => approvalRefusals(entry, candidate, root).length === 0);
  const envelope = mergedEnvelope(candidate, good, [...root.keys.values()]);
  const verified = verifiedKeyIds(envelope, [...root.keys.values()]);
  const metadata = new Map(
    [...candidate.metadata].map(([name, bytes]) => [name, mergedMetadata(name, bytes, good, root)] as const),
  );
  const onStatement = missingOnStatement(envelope, root.metadata);
  const onMetadata = (['release', 'targets'] as const).flatMap((role) => {
    const file = metadata.get(`${role}.json`);
    return file === undefined ? [] : missingOnMetadata(file, role, root.metadata);
  });
  return {
    envelope,
    metadata,
    approvedBy: approvers(good, root, verified),
    missing: onePerParty([...onStatement, ...onMetadata]),
    urgentMissing: urgentMissing(candidate, root, envelope, metadata.get('emergency.json')),
    refusals,
  };
}

function urgentMissing(
  { manifest }: Candidate,
  root: PinnedRoot,
  envelope: Envelope,
  metadata: Metadata<TargetsSigned> | undefined,
): MissingSignature[] | undefined {
  const terms = emergencyTermsOf(root.metadata);
  if (manifest.emergency === undefined || metadata === undefined || terms === undefined) return undefined;
  return onePerParty([
    ...missingOnStatement(envelope, root.metadata, terms.thresholds),
    ...missingOnMetadata(metadata, 'emergency', root.metadata),
  ]);
}

/** The first thing each party owes in each suite: one approval brings all of it. */
function onePerParty(missing: readonly MissingSignature[]): MissingSignature[] {
  const key = ({ party, suite }: MissingSignature) => `${party} ${suite}`;
  return missing.filter((one, index) => missing.findIndex((other) => key(other) === key(one)) === index);
}

/** Why a file in `approvals/` does not count: it is about other bytes, or none of its signatures is a party's. */
function approvalRefusals(
  { file, approval }: ReadApproval,
  candidate: Candidate,
  root: PinnedRoot,
): Refusal[] {
  const name = basename(file);
  const payload = Buffer.from(envelopePayload(approval.envelope));
  if (
    approval.releaseSha256 !== candidate.sha256 ||
    approval.envelope.payloadType !== statementPayloadType ||
    !payload.equals(candidate.statementBytes)
  ) {
    const params = { expected: candidate.sha256, got: approval.releaseSha256, file: name };
    return [{ code: 'RELEASE_APPROVAL_FOREIGN', params }];
  }
  const keys = partyKeys(root, approval.party);
  if (verifiedKeyIds(approval.envelope, keys).size === 0) {
    return [{ code: 'RELEASE_APPROVAL_INVALID', params: { file: name } }];
  }
  return [];
}

/** Every key a party may sign with. */
export function partyKeys(root: PinnedRoot, party: string): PublicKey[] {
  const ids = [
    ...keyIdsOfParty(root.policy, party, 'standard'),
    ...keyIdsOfParty(root.policy, party, 'national'),
  ];
  return ids.flatMap((keyId) => root.keys.get(keyId) ?? []);
}

function mergedEnvelope(
  candidate: Candidate,
  read: readonly ReadApproval[],
  keys: readonly PublicKey[],
): Envelope {
  const empty: Envelope = {
    payloadType: statementPayloadType,
    payload: Buffer.from(candidate.statementBytes).toString('base64'),
    signatures: [],
  };
  const merged = read.reduce((sum, { approval }) => mergeEnvelopes(sum, approval.envelope), empty);
  const signatures = merged.signatures
    .filter((signature) => verifiedKeyIds({ ...merged, signatures: [signature] }, keys).has(signature.keyid))
    .sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
  return { ...merged, signatures };
}

function mergedMetadata(
  name: string,
  bytes: Uint8Array,
  read: readonly ReadApproval[],
  root: PinnedRoot,
): Metadata<TargetsSigned> {
  const unsigned = parseMetadata(bytes, 'targets', name);
  const all = read.flatMap(({ approval }): SignatureEntry[] => approval.metadata[name] ?? []);
  const signatures = verifiedSignatures(unsigned.signed, all, root.keys);
  return { ...unsigned, signatures: signatures.sort((a, b) => (a.keyid < b.keyid ? -1 : 1)) };
}

function approvers(read: readonly ReadApproval[], root: PinnedRoot, verified: ReadonlySet<string>) {
  return Object.keys(root.policy.parties).flatMap((party) => {
    const ids = partyKeys(root, party).map((key) => key.keyId);
    if (!ids.some((keyId) => verified.has(keyId))) return [];
    const holders = read
      .filter(({ approval }) => approval.party === party)
      .map(({ approval }) => approval.holder);
    return [{ party, holders: [...new Set(holders)] }];
  });
}
