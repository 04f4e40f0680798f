import { join, resolve } from 'node:path';
import type { ImprintError, LockedImage, LockedInput, WindowsLock, WindowsManifest } from '@imprint/protocol';
import { storeInputs } from '../../../lock/inputs.ts';
import type { ResolveOptions } from '../../../lock/model.ts';
import { lockedOverrides } from '../../../lock/overrides.ts';
import type { LoadedManifest } from '../../../manifest/index.ts';
import { beginStage } from '../../../progress.ts';
import { unsupportedPolicies } from '../data/policies/index.ts';
import {
  asInstalled,
  chooseImage,
  imageEpoch,
  imageProblems,
  type StatedImage,
  statedImage,
  wishProblems,
} from './check-image.ts';
import { inputProblems } from './check-inputs.ts';
import { componentSignatures } from './component-signatures.ts';
import { windowsLockError } from './errors.ts';
import { openImageSource } from './image-source.ts';
import type { ImageSource, LockContext, PinnedFiles, WantedImage } from './model.ts';
import { problemsOf, throwProblems } from './problems.ts';
import { readBase } from './read-base.ts';
import { type ReadHives, readHives } from './read-hives.ts';
import { withTemporary } from './temporary.ts';

type Loaded = LoadedManifest<WindowsManifest>;

interface Examined {
  readonly problems: readonly ImprintError[];
  readonly source: ImageSource;
  readonly image: StatedImage;
  readonly epoch: number;
  readonly hives: Pick<ReadHives, 'hives' | 'controlSet'>;
}

function wantedImage({ files, manifest, file }: Loaded): WantedImage {
  const found = files.find(({ role }) => role === 'windows-image');
  if (found === undefined) throw new TypeError(`${file} names no image`);
  return { ...found, keepMedium: manifest.outputs.includes('iso') };
}

function policyProblems(stated: StatedImage, { manifest, placeOf }: Loaded): ImprintError[] {
  const image: LockedImage = { ...stated, parts: [], controlSet: 'ControlSet001', hives: [] };
  return unsupportedPolicies({ manifest, image }).map(({ id, supported }) =>
    windowsLockError(
      'WINDOWS_LOCK_POLICY',
      { policy: id, edition: `${stated.editionId} ${stated.version.build}`, supported },
      { place: placeOf(`/policy/${id}`) },
    ),
  );
}

/** Reads the chosen image and collects what speaks against it. */
async function examine(
  source: ImageSource,
  loaded: Loaded,
  { directory, options: { signal } }: LockContext,
): Promise<Examined> {
  const { index } = loaded.manifest.base.windows;
  const place = loaded.placeOf('/base/windows/index');
  const { parts, hasMedium } = source;
  const { name } = parts[0];
  const described = chooseImage(await readBase(parts), index, name, place);
  const read = await readHives({ parts, index, directory, place, signal });
  const image = asInstalled(described, read.installed);
  const stated = statedImage(image);
  const problems = [
    ...imageProblems(described, name, loaded, read.installed),
    ...wishProblems(stated, name, hasMedium, loaded),
    ...policyProblems(stated, loaded),
    ...read.problems,
  ];
  const hives = { hives: read.hives, controlSet: read.controlSet };
  return { problems, source, image: stated, epoch: imageEpoch(image), hives };
}

/** Examines image and inputs, refuses with all that is wrong with either, and returns what both come to. */
async function examineAll(loaded: Loaded, inputs: readonly LockedInput[], context: LockContext) {
  const { store } = context.options;
  const image = wantedImage(loaded);
  let examined: Examined | undefined;
  const ofImage = await problemsOf(image.place, async () => {
    examined = await examine(await openImageSource(image, context), loaded, context);
    return examined.problems;
  });
  const checked = await componentSignatures(loaded, inputs, context);
  const ofInputs = [...(await inputProblems(loaded, inputs, store)), ...checked.problems];
  throwProblems([...ofImage, ...ofInputs], loaded.file);
  if (examined === undefined) throw new TypeError('an image without problems was examined');
  return { ...examined, signatures: checked.signatures };
}

/** Takes the vendor's files into the store; another digest and a file that changes are told at their place. */
async function pinned(source: ImageSource, loaded: Loaded): Promise<PinnedFiles> {
  let files: PinnedFiles | undefined;
  const problems = await problemsOf(loaded.placeOf('/base/windows/image'), async () => {
    files = await source.pin();
    return [];
  });
  throwProblems(problems, loaded.file);
  if (files === undefined) throw new TypeError('an image without problems is pinned');
  return files;
}

async function lockWith(loaded: Loaded, context: LockContext): Promise<WindowsLock> {
  const { manifest } = loaded;
  const inputs = await storeInputs(loaded, context.options.store);
  const { source, image, epoch, hives, signatures } = await examineAll(loaded, inputs, context);
  const { parts, medium } = await pinned(source, loaded);
  const overrides = lockedOverrides(loaded);
  return {
    lockVersion: 1,
    edition: manifest.edition,
    version: manifest.version,
    manifest,
    architecture: 'amd64',
    sourceDateEpoch: epoch,
    image: {
      parts,
      ...(medium === undefined ? {} : { medium }),
      ...image,
      ...hives,
    },
    inputs,
    signatures,
    ...(overrides.length === 0 ? {} : { overrides }),
  };
}

/** Refuses directories whose files the commands of wimlib cannot name. @throws WINDOWS_LOCK_DIRECTORY */
function assertPlainDirectories(directories: readonly string[]): void {
  for (const directory of directories)
    if (/["'\\\p{Cc}]/u.test(directory)) throw windowsLockError('WINDOWS_LOCK_DIRECTORY', { directory });
}

/**
 * Resolves a manifest with a Windows base to exact inputs: the vendor's image by digest and by what it says of itself,
 * the edition's own files by digest and publisher. All files go to the store; those of the vendor's stay as they are.
 *
 * @throws LOCK_UNRESOLVED with a detail per problem (WINDOWS_LOCK_*, WINDOWS_WIM_*, WINDOWS_HIVE_*, LOCK_DIGEST_MISMATCH
 *   of the image), each with its place in the manifest; LOCK_DIGEST_MISMATCH of another file, WINDOWS_LOCK_DIRECTORY,
 *   TOOL_MISSING, STORE_FULL
 */
export async function resolveWindowsLock(loaded: Loaded, given: ResolveOptions): Promise<WindowsLock> {
  const options = { ...given, cacheDir: resolve(given.cacheDir) };
  assertPlainDirectories([resolve(options.store.directory), options.cacheDir]);
  const stage = beginStage(options.reporter, 'resolve');
  const lock = await withTemporary(join(options.cacheDir, 'windows'), (directory) =>
    lockWith(loaded, { options, stage, directory }),
  );
  stage.finish({ done: lock.image.files, total: lock.image.files, unit: 'files' });
  return lock;
}
