import { releaseStatementType, withdrawalStatementType } from '@imprint/protocol';
import { digestsOf } from '../digests.ts';
import { type Envelope, envelopePayload, signEnvelope } from '../dsse/envelope.ts';
import type { Signer } from '../keys/types.ts';
import { parseReleaseManifest } from './manifest.ts';

/** Source: in-toto Attestation Framework v1, envelope.md. */
export const statementPayloadType = 'application/vnd.in-toto+json';
const statementType = 'https://in-toto.io/Statement/v1';

/** An in-toto Statement v1 about one `release.json`. */
export interface ReleaseStatement {
  readonly _type: typeof statementType;
  readonly subject: readonly [{ readonly name: string; readonly digest: Readonly<Record<string, string>> }];
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

function statement(releaseBytes: Uint8Array, predicateType: string, predicate: object): Uint8Array {
  const digest = { ...digestsOf(releaseBytes) };
  const subject = [{ name: 'release.json', digest }];
  return Buffer.from(JSON.stringify({ _type: statementType, subject, predicateType, predicate }));
}

/** Makes the release statement of a manifest and signs it; without signers it is the unsigned envelope parties add to. @throws TRUST_RELEASE_MALFORMED */
export function approveRelease(releaseBytes: Uint8Array, signers: readonly Signer[]): Envelope {
  const { edition, version, channel, sequence, expiresAt } = parseReleaseManifest(releaseBytes);
  const predicate = { edition, version, channel, sequence, expiresAt };
  const payload = statement(releaseBytes, releaseStatementType, predicate);
  return signEnvelope(statementPayloadType, payload, signers);
}

/** Makes and signs the statement that withdraws a release, for a reason people will read. @throws TRUST_RELEASE_MALFORMED */
export function withdrawRelease(
  releaseBytes: Uint8Array,
  reason: string,
  signers: readonly Signer[],
): Envelope {
  const { edition, version, channel, sequence } = parseReleaseManifest(releaseBytes);
  const predicate = { edition, version, channel, sequence, reason };
  const payload = statement(releaseBytes, withdrawalStatementType, predicate);
  return signEnvelope(statementPayloadType, payload, signers);
}

/** Reads a statement of one predicate type from an envelope whose signatures were checked; undefined for anything else. */
export function readStatement(envelope: Envelope, predicateType: string): ReleaseStatement | undefined {
  if (envelope.payloadType !== statementPayloadType) return undefined;
  try {
    const text = Buffer.from(envelopePayload(envelope)).toString('utf8');
    const value = JSON.parse(text) as Partial<ReleaseStatement> | null;
    const isStatement = value?._type === statementType && value.predicateType === predicateType;
    const hasSubject = Array.isArray(value?.subject) && value.subject.length === 1;
    const hasDigest = typeof value?.subject?.[0]?.digest === 'object' && value.subject[0].digest !== null;
    const hasPredicate = typeof value?.predicate === 'object' && value.predicate !== null;
    return isStatement && hasSubject && hasDigest && hasPredicate ? (value as ReleaseStatement) : undefined;
  } catch {
    return undefined;
  }
}
