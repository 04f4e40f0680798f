import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  addSignatures,
  encodeEnvelope,
  envelopePayload,
  parseEnvelope,
  type Signer,
  sha256Hex,
  signEnvelope,
  statementPayloadType,
  verifiedKeyIds,
  withdrawRelease,
} from '@imprint/trust';
import Type from 'typebox';
import { writeDurably } from '../../../platform/files.ts';
import { releaseError } from '../errors.ts';
import { type Rejection, RejectionPredicate, rejectionStatementType, statementType } from '../model.ts';
import { partyKeys } from './approvals.ts';
import type { Candidate } from './candidate.ts';
import { jsonFiles, parseDocument, readBounded, readOptional } from './files.ts';
import { candidateNames } from './paths.ts';
import { type OpenedKeyFile, type PinnedRoot, partySigners } from './root.ts';
import { rejectionStatement } from './statement.ts';

const RejectionStatement = Type.Object({
  _type: Type.Literal(statementType),
  predicateType: Type.Literal(rejectionStatementType),
  subject: Type.Array(Type.Object({ name: Type.String(), digest: Type.Object({ sha256: Type.String() }) })),
  predicate: RejectionPredicate,
});

interface SignedRejection {
  /** SHA-256 of the statement, which a retraction names. */
  readonly sha256: string;
  readonly predicate: RejectionPredicate;
}

/** Reads what parties rejected and took back; a file whose party's signature does not verify is no rejection. */
export async function readRejections(candidate: Candidate, root: PinnedRoot): Promise<Rejection[]> {
  const signed = await readSigned(candidate, root);
  const retracted = new Set(
    signed.flatMap(({ predicate }) =>
      predicate.retracts === undefined ? [] : [`${predicate.party} ${predicate.retracts}`],
    ),
  );
  return signed
    .filter(({ predicate }) => predicate.retracts === undefined)
    .map(({ sha256, predicate: { party, at, reasons } }) => ({
      party,
      at,
      reasons,
      standing: !retracted.has(`${party} ${sha256}`),
    }));
}

async function readSigned(candidate: Candidate, root: PinnedRoot): Promise<SignedRejection[]> {
  const folder = join(candidate.directory, candidateNames.rejections);
  const found: SignedRejection[] = [];
  for (const name of await jsonFiles(folder)) {
    const file = join(folder, name);
    const envelope = parseEnvelope(await readBounded(file, 'a rejection', 1_000_000));
    const payload = envelopePayload(envelope);
    const { subject, predicate } = parseDocument(RejectionStatement, payload, file);
    const isAboutThis = subject.some(({ digest }) => digest.sha256 === candidate.sha256);
    const isSigned = verifiedKeyIds(envelope, partyKeys(root, predicate.party)).size > 0;
    if (isAboutThis && isSigned) found.push({ sha256: sha256Hex(payload), predicate });
  }
  return found;
}

export interface RejectOptions {
  readonly candidate: Candidate;
  readonly root: PinnedRoot;
  readonly opened: OpenedKeyFile;
  readonly reasons: readonly string[];
  /** Take back this party's standing rejection instead of adding one. */
  readonly retract: boolean;
  readonly now: Date;
}

export interface RejectionResult {
  readonly file: string;
  readonly party: string;
  readonly reasons: readonly string[];
  readonly retracted: boolean;
}

/**
 * Signs a rejection with its reasons, or takes one back; a candidate with a standing rejection is never published.
 * @throws RELEASE_NOT_A_PARTY · RELEASE_REASON_MISSING · RELEASE_NOT_REJECTED
 */
export async function rejectCandidate(options: RejectOptions): Promise<RejectionResult> {
  const { candidate, root, reasons, retract, now } = options;
  const { party, holder, signers } = partySigners(root, options.opened);
  if (reasons.length === 0) throw releaseError('RELEASE_REASON_MISSING');
  const predicate: RejectionPredicate = { party, at: now.toISOString(), reasons: [...reasons] };
  const standing = (await readSigned(candidate, root)).filter(
    ({ predicate: known }) => known.party === party,
  );
  const target = retract ? lastStanding(standing) : undefined;
  if (retract && target === undefined) throw releaseError('RELEASE_NOT_REJECTED', { party });
  const statement = rejectionStatement(candidate.releaseBytes, {
    ...predicate,
    ...(target === undefined ? {} : { retracts: target.sha256 }),
  });
  const envelope = signEnvelope(statementPayloadType, statement, signers);
  const name = `${holder}-${sha256Hex(statement).slice(0, 12)}.dsse.json`;
  const file = join(candidate.directory, candidateNames.rejections, name);
  await writeDurably(file, encodeEnvelope(envelope));
  if (candidate.manifest.emergency !== undefined)
    await followWithdrawal(candidate, retract ? undefined : reasons.join('; '), party, signers);
  return { file, party, reasons, retracted: retract };
}

/**
 * An emergency may be out already: its rejection carries the withdrawal that then follows from it, and its being taken back
 * takes that back, too.
 */
async function followWithdrawal(
  { directory, releaseBytes }: Candidate,
  reason: string | undefined,
  party: string,
  signers: readonly Signer[],
): Promise<void> {
  const file = join(directory, candidateNames.withdrawals, `${party}.dsse.json`);
  if (reason === undefined) return rm(file, { force: true });
  const begun = await readOptional(file, 1_000_000);
  const envelope =
    begun === undefined
      ? withdrawRelease(releaseBytes, reason, signers)
      : addSignatures(parseEnvelope(begun), signers);
  await writeDurably(file, encodeEnvelope(envelope));
}

function lastStanding(signed: readonly SignedRejection[]): SignedRejection | undefined {
  const retracted = new Set(signed.map(({ predicate }) => predicate.retracts));
  return signed
    .filter(({ sha256, predicate }) => predicate.retracts === undefined && !retracted.has(sha256))
    .at(-1);
}
