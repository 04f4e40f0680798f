import type { AnyIntegrityManifest, IntegrityEntry, WimIntegrityEntry } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { parseEvidence } from '../release/evidence.ts';
import { isRecord } from '../state/json.ts';
import type { VerifiedRelease } from '../state/records.ts';

const hasPath = (value: unknown): value is Record<string, unknown> & { path: string } =>
  isRecord(value) &&
  typeof value.path === 'string' &&
  value.path.startsWith('/') &&
  !value.path.split('/').includes('..') &&
  typeof value.type === 'string';

const isEntry = (value: unknown): value is IntegrityEntry => hasPath(value) && Number.isInteger(value.mode);

/** On Windows a colon would name another stream or drive, and a backslash another folder. */
const isWimEntry = (value: unknown): value is WimIntegrityEntry =>
  hasPath(value) && Number.isInteger(value.attributes) && !/[\\:]/.test(value.path);

const entryRules = { 'imprint/integrity/v1': isEntry, 'imprint/integrity-wim/v1': isWimEntry } as const;
const schemas = Object.keys(entryRules).join(', ');

/** Reads the integrity manifest of a verified release. @throws AGENT_EVIDENCE_MALFORMED */
export function readIntegrityManifest(
  name: string,
  bytes: Buffer,
  release: VerifiedRelease,
): AnyIntegrityManifest {
  const manifest = parseEvidence(name, bytes);
  const refuse = (expected: string) => agentError('AGENT_EVIDENCE_MALFORMED', { name, expected });
  const { schema } = manifest;
  if (schema !== 'imprint/integrity/v1' && schema !== 'imprint/integrity-wim/v1') {
    throw refuse(`a schema of ${schemas}`);
  }
  if (manifest.lockSha256 !== release.lockSha256) throw refuse(`lock ${release.lockSha256}`);
  const { entries } = manifest;
  if (!Array.isArray(entries) || !entries.every(entryRules[schema]))
    throw refuse('entries with absolute paths');
  return manifest as unknown as AnyIntegrityManifest;
}
