import type { IntegrityEntry, IntegrityManifest } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { parseEvidence } from '../release/evidence.ts';
import { isRecord } from '../state/json.ts';
import type { VerifiedRelease } from '../state/records.ts';

const isEntry = (value: unknown): value is IntegrityEntry =>
  isRecord(value) &&
  typeof value.path === 'string' &&
  value.path.startsWith('/') &&
  !value.path.split('/').includes('..') &&
  typeof value.type === 'string' &&
  Number.isInteger(value.mode);

/** Reads the integrity manifest of a verified release. @throws AGENT_EVIDENCE_MALFORMED */
export function readIntegrityManifest(
  name: string,
  bytes: Buffer,
  release: VerifiedRelease,
): IntegrityManifest {
  const manifest = parseEvidence(name, bytes);
  const refuse = (expected: string) => agentError('AGENT_EVIDENCE_MALFORMED', { name, expected });
  if (manifest.schema !== 'imprint/integrity/v1') throw refuse('schema imprint/integrity/v1');
  if (manifest.lockSha256 !== release.lockSha256) throw refuse(`lock ${release.lockSha256}`);
  const { entries } = manifest;
  if (!Array.isArray(entries) || !entries.every(isEntry)) throw refuse('entries with absolute paths');
  return manifest as unknown as IntegrityManifest;
}
