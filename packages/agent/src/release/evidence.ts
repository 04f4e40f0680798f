import { gunzipSync } from 'node:zlib';
import { sha256Hex, sm3Hex } from '@imprint/trust';
import { agentError } from '../errors.ts';
import type { ContentFetch } from '../http/content.ts';
import type { StateFiles } from '../state/files.ts';
import type { EvidenceFile, VerifiedRelease } from '../state/records.ts';

const maxEvidenceBytes = 256 * 1024 * 1024;
const maxUnpackedBytes = 1024 * 1024 * 1024;

/** Where a blob lies below the content tree. */
export const blobPath = (sha256: string): string => `blobs/sha256/${sha256.slice(0, 2)}/${sha256}`;

const cachedName = (sha256: string): string => `blobs/${sha256}`;

function isExactly(bytes: Uint8Array, file: EvidenceFile): boolean {
  if (bytes.length !== file.sizeBytes || sha256Hex(bytes) !== file.sha256) return false;
  return file.sm3 === undefined || sm3Hex(bytes) === file.sm3;
}

/** A piece of evidence kept from an earlier download, if it is still what the release names. */
export function cachedEvidence(files: StateFiles, file: EvidenceFile): Buffer | undefined {
  const bytes = files.read(cachedName(file.sha256));
  return bytes !== undefined && isExactly(bytes, file) ? bytes : undefined;
}

const filesOf = ({ evidence, patchSet }: VerifiedRelease): readonly EvidenceFile[] =>
  patchSet === undefined ? evidence : [...evidence, patchSet];

/** Drops evidence that no remembered release names. */
export function forgetEvidence(
  files: StateFiles,
  before: VerifiedRelease | undefined,
  keep: readonly VerifiedRelease[],
) {
  const kept = new Set(keep.flatMap((release) => filesOf(release).map(({ sha256 }) => sha256)));
  for (const { sha256 } of before === undefined ? [] : filesOf(before)) {
    if (!kept.has(sha256)) files.remove(cachedName(sha256));
  }
}

/**
 * Gets evidence of a verified release by digest, from the cache or the server; keeps nothing.
 * @throws AGENT_EVIDENCE_MISSING, AGENT_EVIDENCE_DIGEST and what the fetch throws
 */
export async function fetchEvidence(
  files: StateFiles,
  fetch: ContentFetch,
  file: EvidenceFile,
): Promise<Buffer> {
  const cached = cachedEvidence(files, file);
  if (cached !== undefined) return cached;
  const limit = Math.min(file.sizeBytes, maxEvidenceBytes);
  const bytes = await fetch(blobPath(file.sha256), limit);
  if (bytes === undefined) throw agentError('AGENT_EVIDENCE_MISSING', { name: file.name });
  if (!isExactly(bytes, file)) {
    const params = { name: file.name, expected: file.sha256, got: sha256Hex(bytes) };
    throw agentError('AGENT_EVIDENCE_DIGEST', params);
  }
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Keeps evidence of a release that was adopted. */
export function keepEvidence(files: StateFiles, file: EvidenceFile, bytes: Uint8Array): void {
  if (cachedEvidence(files, file) === undefined) files.write(cachedName(file.sha256), bytes);
}

/** Unpacks gzipped or plain JSON evidence. @throws AGENT_EVIDENCE_MALFORMED */
export function parseEvidence(name: string, bytes: Buffer): Record<string, unknown> {
  try {
    const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const text = isGzip ? gunzipSync(bytes, { maxOutputLength: maxUnpackedBytes }) : bytes;
    const value: unknown = JSON.parse(text.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw agentError('AGENT_EVIDENCE_MALFORMED', { name, expected: 'JSON' }, { cause });
  }
  throw agentError('AGENT_EVIDENCE_MALFORMED', { name, expected: 'a JSON object' });
}
