import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { ContentStore } from '@imprint/edition';
import { type AnyIntegrityManifest, BuildRecord, EditionLock, type ReleaseManifest } from '@imprint/protocol';
import {
  canonicalJson,
  encodeMetadata,
  type Metadata,
  parseMetadata,
  sha256Hex,
  type TargetsSigned,
} from '@imprint/trust';
import { syncDirectory, writeDurably } from '../../../platform/files.ts';
import { refusalError, releaseError } from '../errors.ts';
import type { CandidateSheet } from '../model.ts';
import { proposeRefusals } from '../rules.ts';
import { readCurrentRelease } from '../tuf/published.ts';
import { readRepository } from '../tuf/repository.ts';
import { candidateId } from './candidate.ts';
import { installersOf } from './checks.ts';
import { readDefinitions } from './definitions.ts';
import { composeRelease, factsOfLock } from './derive.ts';
import { emergencyProposeRefusals, placeEmergencyMetadata } from './emergency.ts';
import { exists, parseDocument, placeFile, readBounded } from './files.ts';
import { readIntegrity } from './integrity-check.ts';
import { releaseMetadata, renewedTargets, wholeSeconds } from './metadata.ts';
import { patchSetRecord, patchSetRefusals, placePatchSet, readEncodedSet } from './patch-set.ts';
import { candidateNames, type ReleasePaths } from './paths.ts';
import { writePrevious } from './previous.ts';
import { readRoot } from './root.ts';
import { approvalStatement } from './statement.ts';
import { placeVendorPolicy } from './vendor-policy.ts';

export interface ProposeOptions {
  readonly paths: ReleasePaths;
  /** A build directory: `build.json`, the artifacts and the evidence it names. */
  readonly build: string;
  /** The lock the build was made from; looked for in the build directory when not given. */
  readonly lock?: string;
  readonly channel: string;
  /** One more than the channel's present sequence when not given. */
  readonly sequence?: number;
  readonly expiresAt: Date;
  readonly proposedBy: string;
  /** The directory of an encoded patch set: what brings devices of the release before to this one in place. */
  readonly patchSet?: string;
  /** Holds the edition's inputs; needed where the lock pins antivirus definitions. */
  readonly store?: ContentStore;
  /** Asks for the emergency lane of the root, and says why. */
  readonly emergency?: { readonly reason: string };
  readonly now: Date;
  readonly dryRun?: boolean;
}

export interface Proposal {
  readonly id: string;
  readonly directory: string;
  readonly sha256: string;
  readonly manifest: ReleaseManifest;
  /** False for a dry run: nothing was written. */
  readonly written: boolean;
}

/**
 * Makes a candidate directory of a build, complete enough to be carried to parties that are offline.
 * @throws RELEASE_PATCH_SET_OTHER · RELEASE_PROPOSE_REFUSED with every reason, or the only one · RELEASE_CANDIDATE_EXISTS · RELEASE_POLICY_UNSIGNED
 */
export async function proposeRelease(options: ProposeOptions): Promise<Proposal> {
  const { paths, build, channel, now } = options;
  const root = await readRoot(paths.root);
  const record = await readBuildRecord(build);
  const { bytes: lockBytes, lock } = await readBuildLock(build, options.lock);
  const state = await readRepository(paths.repository);
  const current = await readCurrentRelease(paths.repository, record.edition, channel);
  const sequence = options.sequence ?? (current?.manifest.sequence ?? 0) + 1;
  const expiresAt = wholeSeconds(options.expiresAt);
  const encoded = options.patchSet === undefined ? undefined : await readEncodedSet(options.patchSet);
  const refusals = [
    ...proposeRefusals({
      record,
      lockSha256: sha256Hex(lockBytes),
      channel,
      sequence,
      currentSequence: current?.manifest.sequence,
      expiresAt,
      now,
    }),
    ...emergencyProposeRefusals(options.emergency, root, state),
    ...(encoded === undefined ? [] : patchSetRefusals(encoded.set, record, current?.manifest.lockSha256)),
  ];
  if (refusals.length > 0) throw refusalError('RELEASE_PROPOSE_REFUSED', refusals);
  const definitions = await readDefinitions(lock, options.store);
  const manifest = composeRelease(record, lock, {
    channel,
    sequence,
    proposedAt: wholeSeconds(now),
    expiresAt,
    ...(definitions === undefined ? {} : { antivirusDefinitions: definitions.facts }),
    ...(encoded === undefined ? {} : { patchSet: patchSetRecord(encoded) }),
    ...(options.emergency === undefined ? {} : { emergency: options.emergency }),
    ...(current === undefined
      ? {}
      : {
          previous: {
            version: current.manifest.version,
            sequence: current.manifest.sequence,
            sha256: current.sha256,
          },
        }),
  });
  const releaseBytes = canonicalJson(manifest);
  const targets = state?.targets ?? (await rootTargets(paths.root));
  const sheet: CandidateSheet = {
    schema: 'imprint/candidate/v1',
    id: candidateId(manifest),
    releaseSha256: sha256Hex(releaseBytes),
    rootVersion: root.version,
    rootSha256: root.sha256,
    baseVersion: state?.release.signed.version ?? 0,
    proposedBy: options.proposedBy,
    proposedAt: manifest.proposedAt,
  };
  const directory = join(paths.candidates, sheet.id);
  if (await exists(directory)) throw releaseError('RELEASE_CANDIDATE_EXISTS', { id: sheet.id });
  const policy = factsOfLock(lock).mutableCoreSha256;
  if (options.dryRun !== true) {
    await atomically(directory, async (at) => {
      await writeDocuments(at, { sheet, releaseBytes, manifest, lockBytes, targets, before: state?.release });
      await placeEmergencyMetadata(at, manifest, releaseBytes, state);
      await placeBuildFiles(build, at, record);
      if (encoded !== undefined) await placePatchSet(encoded, await builtIntegrity(at, record), at);
      if (policy !== undefined) await placeVendorPolicy(paths.policies, policy, at);
      await placeInstallers(at, manifest, options.store);
      if (definitions !== undefined)
        await writeDurably(join(at, candidateNames.definitions), definitions.bytes);
      await writePrevious(at, paths.repository, targets, current);
    });
  }
  return { id: sheet.id, directory, sha256: sheet.releaseSha256, manifest, written: options.dryRun !== true };
}

/** Reads and checks a build's record. @throws RELEASE_FILE_MISSING · RELEASE_FILE_MALFORMED */
export async function readBuildRecord(build: string): Promise<BuildRecord> {
  const file = join(build, 'build.json');
  return parseDocument(BuildRecord, await readBounded(file, 'a build record'), file);
}

async function readBuildLock(build: string, given: string | undefined) {
  const choices =
    given === undefined ? ['edition.lock.json', 'lock.json'].map((name) => join(build, name)) : [given];
  for (const file of choices) {
    if (!(await exists(file))) continue;
    const bytes = await readBounded(file, 'the lock');
    return { bytes, lock: parseDocument(EditionLock, bytes, file) };
  }
  throw releaseError('RELEASE_FILE_MISSING', { what: 'the lock of this build', file: choices[0] ?? build });
}

/** The targets metadata signed with the root, used until a repository stands. */
async function rootTargets(rootDirectory: string): Promise<Metadata<TargetsSigned>> {
  return parseMetadata(await readBounded(join(rootDirectory, 'targets.json'), 'targets metadata'), 'targets');
}

async function writeDocuments(
  at: string,
  documents: {
    readonly sheet: CandidateSheet;
    readonly releaseBytes: Uint8Array;
    readonly manifest: ReleaseManifest;
    readonly lockBytes: Uint8Array;
    readonly targets: Metadata<TargetsSigned>;
    readonly before: Metadata<TargetsSigned> | undefined;
  },
): Promise<void> {
  const { releaseBytes, manifest } = documents;
  const put = (name: string, bytes: Uint8Array) => writeDurably(join(at, name), bytes);
  await put(candidateNames.release, releaseBytes);
  await put(candidateNames.statement, approvalStatement(releaseBytes));
  await put(candidateNames.lock, documents.lockBytes);
  const metadata = releaseMetadata(documents.before, releaseBytes, manifest);
  await put(join(candidateNames.metadata, 'release.json'), encodeMetadata(metadata));
  const renewed = renewedTargets(documents.targets, manifest);
  if (renewed !== undefined)
    await put(join(candidateNames.metadata, 'targets.json'), encodeMetadata(renewed));
  await mkdir(join(at, candidateNames.approvals), { recursive: true });
  await put(candidateNames.sheet, Buffer.from(`${JSON.stringify(documents.sheet, undefined, 2)}\n`));
}

/** Links the packages of antivirus alternatives from the store. @throws RELEASE_ARTIFACT_ABSENT */
async function placeInstallers(
  at: string,
  manifest: ReleaseManifest,
  store: ContentStore | undefined,
): Promise<void> {
  for (const { name, digests } of installersOf(manifest)) {
    if (store === undefined || !(await store.has(digests.sha256)))
      throw releaseError('RELEASE_ARTIFACT_ABSENT', { name });
    await placeFile(store.path(digests.sha256), join(at, candidateNames.installers, name));
  }
}

/** Links artifacts and evidence into the candidate, wherever in the build directory they stand. */
async function placeBuildFiles(build: string, at: string, record: BuildRecord): Promise<void> {
  const place = async (folder: string, name: string) => {
    const choices = [join(build, name), join(build, folder, name)];
    for (const file of choices) {
      if (await exists(file)) return placeFile(file, join(at, folder, basename(name)));
    }
    throw releaseError('RELEASE_ARTIFACT_ABSENT', { name });
  };
  for (const { name } of record.artifacts) await place(candidateNames.artifacts, name);
  for (const { name } of record.evidence) await place(candidateNames.evidence, name);
}

/** The integrity evidence of a build whose files are placed. */
async function builtIntegrity(at: string, record: BuildRecord): Promise<AnyIntegrityManifest> {
  const name = record.evidence.find(({ kind }) => kind === 'integrity')?.name;
  if (name === undefined) throw releaseError('RELEASE_ARTIFACT_ABSENT', { name: 'integrity' });
  return readIntegrity(join(at, candidateNames.evidence, basename(name)));
}

/** Fills a directory under another name and renames it, so that a candidate is whole or not there. */
async function atomically(directory: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(directory), `.${basename(directory)}.partial`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await fill(temporary);
  await rename(temporary, directory);
  await syncDirectory(dirname(directory));
}
