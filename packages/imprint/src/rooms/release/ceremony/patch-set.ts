import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { looseFilesOf, patchSetNames } from '@imprint/edition';
import {
  type AnyIntegrityManifest,
  type IntegrityManifest,
  type PackKind,
  type PackReference,
  PatchSet,
  patchSetLimits,
  type ReleaseManifest,
} from '@imprint/protocol';
import { canonicalJson, digestsOf } from '@imprint/trust';
import { releaseError } from '../errors.ts';
import type { Refusal } from '../model.ts';
import type { Candidate } from './candidate.ts';
import { exists, malformed, parseDocument, placeFile, readBounded } from './files.ts';
import { candidateNames } from './paths.ts';

/** A patch set as it stands in a directory. */
export interface EncodedSet {
  readonly directory: string;
  readonly bytes: Uint8Array;
  readonly set: PatchSet;
}

/** Reads the document of an encoded patch set. @throws RELEASE_FILE_MISSING · RELEASE_FILE_MALFORMED */
export async function readEncodedSet(directory: string): Promise<EncodedSet> {
  const file = join(directory, patchSetNames.document);
  const bytes = await readBounded(file, 'a patch set', patchSetLimits.documentBytes);
  const set = parseDocument(PatchSet, bytes, file);
  if (!Buffer.from(canonicalJson(set)).equals(bytes)) throw malformed('canonical JSON', file);
  return { directory, bytes, set };
}

/** What a release says of its patch set. */
export function patchSetRecord({ bytes }: EncodedSet): NonNullable<ReleaseManifest['patchSet']> {
  return { name: patchSetNames.document, digests: digestsOf(bytes), sizeBytes: bytes.length };
}

/** Why a patch set does not go with a release; empty when it does. */
export function patchSetRefusals(
  set: PatchSet,
  facts: { readonly edition: string; readonly version: string; readonly lockSha256: string },
  previousLock: string | undefined,
): Refusal[] {
  const other = (what: string, expected: string, got: string): Refusal[] =>
    expected === got ? [] : [{ code: 'RELEASE_PATCH_SET_OTHER', params: { what, expected, got } }];
  const from = set.from.map(({ lockSha256 }) => lockSha256);
  return [
    ...other('edition', `${facts.edition} ${facts.version}`, `${set.edition} ${set.version}`),
    ...other('lock', facts.lockSha256, set.lockSha256),
    ...(previousLock !== undefined && from.includes(previousLock)
      ? []
      : other('start', previousLock ?? 'no release before', from.join(', '))),
  ];
}

/** Every pack and patch that a set names, each once. */
export function packsOf({
  packages,
}: PatchSet): { readonly kind: PackKind; readonly reference: PackReference }[] {
  const found = packages.flatMap(({ pack, patches }) => [
    { kind: 'pack' as const, reference: pack },
    ...patches.map(({ patch }) => ({ kind: 'patch' as const, reference: patch })),
  ]);
  return [...new Map(found.map((one) => [one.reference.sha256, one])).values()];
}

/** Digests of the files that a device in place fetches one by one; none for an image that has no such notion. */
export function looseDigests(integrity: AnyIntegrityManifest | undefined): string[] {
  return isOfTree(integrity) ? [...looseFilesOf(integrity.entries).keys()] : [];
}

const isOfTree = (integrity: AnyIntegrityManifest | undefined): integrity is IntegrityManifest =>
  integrity?.schema === 'imprint/integrity/v1';

/** Links a patch set, and all that it and the image's loose files need, into a candidate. @throws RELEASE_ARTIFACT_ABSENT */
export async function placePatchSet(
  { directory, set }: EncodedSet,
  integrity: AnyIntegrityManifest,
  at: string,
): Promise<void> {
  const place = async (...names: readonly string[]) => {
    const from = join(directory, ...names);
    if (!(await exists(from))) throw releaseError('RELEASE_ARTIFACT_ABSENT', { name: names.join('/') });
    await placeFile(from, join(at, candidateNames.patchSet, ...names));
  };
  await mkdir(join(at, candidateNames.patchSet), { recursive: true });
  for (const { reference } of packsOf(set)) await place(patchSetNames.packs, reference.sha256);
  for (const sha256 of looseDigests(integrity)) await place(patchSetNames.files, sha256);
  await place(patchSetNames.document);
}

/** Where a candidate keeps its patch set. */
export function candidateSetPath({ directory }: Candidate, ...names: readonly string[]): string {
  return join(directory, candidateNames.patchSet, ...names);
}

/** Reads a candidate's patch set; undefined where its release has none or it is not here. */
export async function readCandidateSet(candidate: Candidate): Promise<EncodedSet | undefined> {
  if (candidate.manifest.patchSet === undefined) return undefined;
  if (!(await exists(candidateSetPath(candidate, patchSetNames.document)))) return undefined;
  return readEncodedSet(candidateSetPath(candidate));
}
