import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { AnyIntegrityManifest, type IntegrityCounts } from '@imprint/protocol';
import { canonicalJson, merkleRoot } from '@imprint/trust';
import type { Check } from '../model.ts';
import type { Candidate } from './candidate.ts';
import { compared } from './checks.ts';
import { exists, malformed, parseDocument, readBounded } from './files.ts';
import { candidateNames } from './paths.ts';

/** Largest integrity manifest once unpacked, bytes: some 400 000 paths. */
const maximumUnpackedBytes = 256_000_000;
const unpack = promisify(gunzip);

/** Counts each class in the entries themselves; `missing` and `violations` leave no entry and are taken as stated. */
export function countEntries(manifest: AnyIntegrityManifest): IntegrityCounts {
  const classes = manifest.entries.map((entry) => entry.class);
  const count = (wanted: string) => classes.filter((one) => one === wanted).length;
  const { missing, violations } = manifest.counts;
  return { core: count('core'), overlay: count('overlay'), modified: count('modified'), missing, violations };
}

/** The integrity evidence of a candidate, and what reading it again showed. */
export interface IntegrityReview {
  readonly checks: readonly Check[];
  readonly integrity: AnyIntegrityManifest | undefined;
}

/** Reads the integrity evidence again: its identity, its counts from its entries, its Merkle root, and its sums in the release. */
export async function reviewIntegrity(candidate: Candidate): Promise<IntegrityReview> {
  const { manifest, directory } = candidate;
  const record = manifest.evidence.find((evidence) => evidence.kind === 'integrity');
  const absent = (check: Check) => ({ checks: [check], integrity: undefined });
  const id = 'core integrity';
  if (record === undefined)
    return absent({ id, state: 'failed', expected: 'integrity evidence', got: 'none' });
  const file = join(directory, candidateNames.evidence, record.name);
  if (!(await exists(file))) return absent({ id, state: 'absent' });
  const integrity = await readIntegrity(file);
  const text = (value: unknown) => Buffer.from(canonicalJson(value)).toString('utf8');
  const checks = [
    compared('integrity identity', identityOf(integrity), identityOf(manifest)),
    compared('integrity lock', integrity.lockSha256, manifest.lockSha256),
    compared('integrity counts', text(countEntries(integrity)), text(manifest.integrity)),
    compared('integrity Merkle root', integrityRoot(integrity), integrity.merkleRoot),
    compared(
      'integrity vendor policy',
      integrity.mutableCoreSha256 ?? 'none',
      manifest.mutableCoreSha256 ?? 'none',
    ),
    compared('core missing', '0', String(integrity.counts.missing)),
    compared('core violations', '0', String(integrity.counts.violations)),
  ];
  return { checks, integrity };
}

const identityOf = ({ edition, version }: { edition: string; version: string }) => `${edition} ${version}`;

function integrityRoot({ entries }: AnyIntegrityManifest): string {
  return merkleRoot(entries.map((entry) => canonicalJson(entry)));
}

/** Reads a gzipped integrity manifest. @throws RELEASE_FILE_MALFORMED */
export async function readIntegrity(file: string): Promise<AnyIntegrityManifest> {
  const packed = await readBounded(file, 'integrity manifest', maximumUnpackedBytes);
  const bytes = await unpack(packed, { maxOutputLength: maximumUnpackedBytes }).catch((cause: unknown) => {
    throw malformed('gzip', file, cause);
  });
  return parseDocument(AnyIntegrityManifest, bytes, file);
}
