import type { PackReference, PatchSet, PatchSetPackage } from '@imprint/protocol';
import { agentError } from '../errors.ts';
import { parseEvidence } from '../release/evidence.ts';
import { isRecord } from '../state/json.ts';
import type { EvidenceFile, VerifiedRelease } from '../state/records.ts';

const isDigest = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
const isSize = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
/** What names and versions may be made of, so that a file is named by them and nothing else. Source: Debian Policy 5.6. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9+.-]{1,200}$/.test(value);
const isVersion = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9.+~:-]{0,200}$/.test(value);
const isArchitecture = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9-]{0,60}$/.test(value);

const isDeb = (value: unknown): boolean =>
  isRecord(value) && isDigest(value.sha256) && isSize(value.sizeBytes);
const isReference = (value: unknown): value is PackReference =>
  isRecord(value) &&
  isDigest(value.sha256) &&
  isSize(value.headBytes) &&
  isSize(value.sizeBytes) &&
  isDeb(value.deb);
const isPatch = (value: unknown): boolean =>
  isRecord(value) &&
  isVersion(value.fromVersion) &&
  isArchitecture(value.fromArchitecture) &&
  isReference(value.patch);

const isPackage = (value: unknown): value is PatchSetPackage =>
  isRecord(value) &&
  isName(value.name) &&
  isVersion(value.version) &&
  isArchitecture(value.architecture) &&
  isDeb(value.deb) &&
  isReference(value.pack) &&
  Array.isArray(value.patches) &&
  value.patches.every(isPatch);

const isOrigin = (value: unknown): boolean =>
  isRecord(value) && typeof value.version === 'string' && isDigest(value.lockSha256);

/** Reads the patch set of a verified release, whose digest was compared. @throws AGENT_EVIDENCE_MALFORMED */
export function readPatchSet(file: EvidenceFile, bytes: Buffer, release: VerifiedRelease): PatchSet {
  const refuse = (expected: string) => agentError('AGENT_EVIDENCE_MALFORMED', { name: file.name, expected });
  const set = parseEvidence(file.name, bytes);
  if (set.schema !== 'imprint/patch-set/v1') throw refuse('the schema imprint/patch-set/v1');
  if (set.lockSha256 !== release.lockSha256) throw refuse(`lock ${release.lockSha256}`);
  if (!Array.isArray(set.from) || !set.from.every(isOrigin)) throw refuse('the releases it leads from');
  if (!Array.isArray(set.packages) || !set.packages.every(isPackage))
    throw refuse('packages with their packs');
  return set as unknown as PatchSet;
}
