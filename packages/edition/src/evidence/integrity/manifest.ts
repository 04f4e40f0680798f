import { gunzipSync, gzipSync } from 'node:zlib';
import type {
  AnyIntegrityManifest,
  IntegrityCounts,
  IntegrityEntry,
  IntegrityManifest,
  WimIntegrityEntry,
} from '@imprint/protocol';
import { canonicalJson, merkleRoot } from '@imprint/trust';
import { evidenceError } from '../errors.ts';

const maximumBytes = 512 * 1024 * 1024;
const schemas: readonly string[] = [
  'imprint/integrity/v1',
  'imprint/integrity-wim/v1',
] satisfies readonly AnyIntegrityManifest['schema'][];

export interface ManifestInput {
  readonly edition: string;
  readonly version: string;
  readonly lockSha256: string;
  readonly mutableCoreSha256?: string | undefined;
  readonly counts: IntegrityCounts;
  readonly entries: readonly IntegrityEntry[];
}

/** Root of the RFC 6962 tree whose leaves are the entries' canonical JSON, in the manifest's order. */
export function integrityRoot(entries: readonly (IntegrityEntry | WimIntegrityEntry)[]): string {
  return merkleRoot(entries.map((entry) => canonicalJson(entry)));
}

export function buildManifest(input: ManifestInput): IntegrityManifest {
  const { edition, version, lockSha256, mutableCoreSha256, counts, entries } = input;
  return {
    schema: 'imprint/integrity/v1',
    edition,
    version,
    lockSha256,
    merkleRoot: integrityRoot(entries),
    counts,
    ...(mutableCoreSha256 === undefined ? {} : { mutableCoreSha256 }),
    entries: [...entries],
  };
}

/**
 * The manifest as it ships: JSON with one entry a line, in gzip whose header holds neither a time nor the writer's
 * system.
 */
export function encodeManifest(manifest: AnyIntegrityManifest): Buffer {
  const { entries, ...head } = manifest;
  const lines = entries.map((entry) => JSON.stringify(entry)).join(',\n');
  const packed = gzipSync(`${JSON.stringify(head).slice(0, -1)},"entries":[\n${lines}\n]}\n`, { level: 6 });
  // RFC 1952 §2.3: MTIME (bytes 4-7) is 0 as zlib leaves it; OS (byte 9) is set to 255, unknown.
  packed[9] = 255;
  return packed;
}

/**
 * Reads a manifest of any kind of image and checks that its entries give the root it states.
 *
 * @throws EVIDENCE_MANIFEST_MALFORMED
 */
export function decodeAnyManifest(packed: Uint8Array): AnyIntegrityManifest {
  let manifest: AnyIntegrityManifest;
  try {
    manifest = JSON.parse(
      gunzipSync(packed, { maxOutputLength: maximumBytes }).toString('utf8'),
    ) as AnyIntegrityManifest;
  } catch (cause) {
    throw evidenceError('EVIDENCE_MANIFEST_MALFORMED', { problem: 'no gzip with JSON in it' }, { cause });
  }
  if (!schemas.includes(manifest.schema) || !Array.isArray(manifest.entries))
    throw evidenceError('EVIDENCE_MANIFEST_MALFORMED', { problem: 'another schema' });
  const root = integrityRoot(manifest.entries);
  if (root !== manifest.merkleRoot)
    throw evidenceError('EVIDENCE_MANIFEST_MALFORMED', { problem: `entries whose root is ${root}` });
  return manifest;
}

/**
 * Reads the manifest of a file tree and checks that its entries give the root it states.
 *
 * @throws EVIDENCE_MANIFEST_MALFORMED
 */
export function decodeManifest(packed: Uint8Array): IntegrityManifest {
  const manifest = decodeAnyManifest(packed);
  if (manifest.schema !== 'imprint/integrity/v1')
    throw evidenceError('EVIDENCE_MANIFEST_MALFORMED', { problem: 'another schema' });
  return manifest;
}
