import { readdir } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { EditionLock, ReleaseManifest } from '@imprint/protocol';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import { releaseError } from '../errors.ts';
import { CandidateSheet } from '../model.ts';
import { exists, isPlainName, malformed, parseDocument, readBounded } from './files.ts';
import { candidateNames } from './paths.ts';

/** A candidate read once into memory: what is shown, checked and signed are these bytes and no others. */
export interface Candidate {
  readonly directory: string;
  readonly sheet: CandidateSheet;
  readonly releaseBytes: Uint8Array;
  readonly sha256: string;
  readonly manifest: ReleaseManifest;
  readonly statementBytes: Uint8Array;
  readonly lockBytes: Uint8Array;
  readonly lock: EditionLock;
  /** Unsigned TUF metadata by file name: `release.json`, `targets.json` when it is renewed, `emergency.json` of an emergency. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/** Directory name of a candidate. */
export function candidateId(manifest: Pick<ReleaseManifest, 'edition' | 'version' | 'sequence'>): string {
  return `${manifest.edition}-${manifest.version}-${manifest.sequence}`;
}

/** Finds a candidate by its id below `candidates`, or by the path of its directory. */
export async function findCandidate(candidates: string, name: string): Promise<string> {
  const inside = join(candidates, name);
  if (isPlainName(name) && (await exists(join(inside, candidateNames.sheet)))) return inside;
  if (
    (isAbsolute(name) || name.includes('/') || name === '.') &&
    (await exists(join(name, candidateNames.sheet)))
  )
    return name;
  throw releaseError('RELEASE_FILE_MISSING', {
    what: 'a candidate',
    file: isPlainName(name) ? inside : name,
  });
}

/** Ids of the candidates in a directory, sorted. */
export async function listCandidates(candidates: string): Promise<string[]> {
  const names = await readdir(candidates).catch(() => [] as string[]);
  const kept: string[] = [];
  for (const name of names.filter(isPlainName).sort()) {
    if (await exists(join(candidates, name, candidateNames.sheet))) kept.push(name);
  }
  return kept;
}

/**
 * Loads a candidate's documents; artifacts and evidence are looked at by the checks.
 * @throws RELEASE_FILE_MISSING · RELEASE_FILE_MALFORMED
 */
export async function loadCandidate(directory: string): Promise<Candidate> {
  const at = (name: string) => join(directory, name);
  const document = (name: string) => readBounded(at(name), name);
  const sheetFile = at(candidateNames.sheet);
  const sheet = parseDocument(CandidateSheet, await document(candidateNames.sheet), sheetFile);
  const releaseBytes = await document(candidateNames.release);
  const manifest = parseRelease(releaseBytes, at(candidateNames.release));
  const lockBytes = await document(candidateNames.lock);
  const metadata = new Map<string, Uint8Array>();
  for (const name of ['release.json', 'targets.json', 'emergency.json']) {
    const file = join(directory, candidateNames.metadata, name);
    if (await exists(file)) metadata.set(name, await readBounded(file, name));
  }
  return {
    directory,
    sheet,
    releaseBytes,
    sha256: sha256Hex(releaseBytes),
    manifest,
    statementBytes: await document(candidateNames.statement),
    lockBytes,
    lock: parseDocument(EditionLock, lockBytes, at(candidateNames.lock)),
    metadata,
  };
}

/** Parses a release manifest that must be canonical and whose file names stay inside their directories. */
export function parseRelease(bytes: Uint8Array, file: string): ReleaseManifest {
  const manifest = parseDocument(ReleaseManifest, bytes, file);
  if (!Buffer.from(canonicalJson(manifest)).equals(Buffer.from(bytes)))
    throw malformed('canonical JSON', file);
  const names = [...manifest.artifacts, ...manifest.evidence].map((record) => record.name);
  const bad =
    names.find((name) => !isPlainName(name)) ?? names.find((name, index) => names.indexOf(name) !== index);
  if (bad !== undefined) throw malformed(`plain and distinct file names (not "${bad}")`, file);
  return manifest;
}
