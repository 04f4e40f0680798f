import type { ErrorPlace, ImprintError, LockedImage, WindowsManifest } from '@imprint/protocol';
import type { LoadedManifest } from '../../../manifest/index.ts';
import { windowsReleases } from '../data/builds.ts';
import { wimError } from '../formats/wim/errors.ts';
import type { WimImage } from '../formats/wim/read-xml.ts';
import { windowsLockError } from './errors.ts';
import type { InstalledBuild } from './read-hives.ts';

/** What an image says of itself, without what its hives add. */
export type StatedImage = Omit<LockedImage, 'parts' | 'medium' | 'controlSet' | 'hives'>;

const installations = ['Client', 'Server', 'Server Core'];
/** What every output can hold as a time: FAT begins in 1980 and ends in 2107. */
const epochs = { first: Date.UTC(1980, 0, 2) / 1000, last: Date.UTC(2099, 11, 31) / 1000 } as const;

const supported = () =>
  windowsReleases.map(({ build, names }) => `${build} (${names.join(', ')})`).join('; ');

/** Picks the image an edition is made from. @throws WINDOWS_WIM_INDEX with every image's name and edition */
export function chooseImage(
  images: readonly WimImage[],
  index: number,
  file: string,
  place: ErrorPlace,
): WimImage {
  const image = images.find((candidate) => candidate.index === index);
  if (image !== undefined) return image;
  const names = images.map(({ index: at, name, editionId }) => `${at}: ${name} (${editionId ?? '-'})`);
  const params = { file, index, count: images.length, names: names.join(', ') };
  throw wimError('WINDOWS_WIM_INDEX', params, { place });
}

/** The image with the build its own system reports, which is what devices are compared with. */
export function asInstalled(image: WimImage, installed: InstalledBuild | undefined): WimImage {
  const { build } = image;
  return build === undefined || installed === undefined
    ? image
    : { ...image, build: { ...build, ...installed } };
}

/** What an image must state and does not, by the names of its XML. */
function unstated(image: WimImage): string[] {
  const stated = {
    ARCH: image.architecture,
    EDITIONID: image.editionId,
    INSTALLATIONTYPE: image.installationType,
    VERSION: image.build,
    LANGUAGES: image.languages[0],
    LASTMODIFICATIONTIME: image.lastModified,
  };
  return Object.entries(stated).flatMap(([name, value]) => (value === undefined ? [name] : []));
}

/** Refuses an image that no edition can be made from: other machines, other builds, no installed Windows. */
export function imageProblems(
  image: WimImage,
  file: string,
  { placeOf }: Pick<LoadedManifest, 'placeOf'>,
  installed?: InstalledBuild,
): ImprintError[] {
  const { index, architecture, build, installationType } = image;
  const place = placeOf('/base/windows/index');
  const problems = unstated(image).map((what) =>
    windowsLockError('WINDOWS_LOCK_INCOMPLETE', { file, index, what }, { place }),
  );
  if (architecture !== undefined && architecture !== 'amd64')
    problems.push(windowsLockError('WINDOWS_LOCK_ARCHITECTURE', { architecture }, { place }));
  if (installationType !== undefined && !installations.includes(installationType)) {
    const params = { index, installation: installationType, supported: installations.join(', ') };
    problems.push(windowsLockError('WINDOWS_LOCK_INSTALLATION', params, { place }));
  }
  for (const version of [build, asInstalled(image, installed).build]) {
    if (version === undefined || windowsReleases.some((release) => release.build === version.build)) continue;
    const text = `${version.major}.${version.minor}.${version.build}.${version.revision}`;
    const params = { index, version: text, supported: supported() };
    problems.push(windowsLockError('WINDOWS_LOCK_BUILD', params, { place }));
    break;
  }
  return problems;
}

/** An image as a lock states it; one without `imageProblems` states all of it. */
export function statedImage(image: WimImage): StatedImage {
  const { index, name, editionId = '', installationType = '', build, languages } = image;
  return {
    index,
    name,
    editionId,
    installationType,
    version: build ?? { major: 0, minor: 0, build: 0, revision: 0 },
    languages: [...languages],
    defaultLanguage: image.defaultLanguage ?? languages[0] ?? '',
    files: image.fileCount,
    directories: image.directoryCount,
    totalBytes: image.totalBytes,
  };
}

/** The instant of an image's last modification, within what every output can hold as a time. Seconds. */
export function imageEpoch({ lastModified = epochs.first }: WimImage): number {
  return Math.min(Math.max(lastModified, epochs.first), epochs.last);
}

/** `zh_CN.UTF-8` as Windows says it; a script in between (`sr-Latn-RS`) is not told apart. */
function isLanguage(tag: string, wanted: string): boolean {
  const parts = tag.toLowerCase().split('-');
  return `${parts[0]}-${parts.at(-1)}` === wanted.toLowerCase();
}

/** Refuses wishes of the manifest that this image cannot meet. */
export function wishProblems(
  image: Pick<StatedImage, 'languages'>,
  file: string,
  hasMedium: boolean,
  { manifest, placeOf }: LoadedManifest<WindowsManifest>,
): ImprintError[] {
  const language = manifest.locale.language.replace('.UTF-8', '').replace('_', '-');
  const packs = (manifest.base.windows.languagePacks ?? []).map((pack) => pack.language);
  const problems: ImprintError[] = [];
  if (![...image.languages, ...packs].some((tag) => isLanguage(tag, language))) {
    const params = { language, languages: [...image.languages, ...packs].join(', ') };
    problems.push(windowsLockError('WINDOWS_LOCK_LANGUAGE', params, { place: placeOf('/locale/language') }));
  }
  const output = manifest.outputs.indexOf('iso');
  if (output >= 0 && !hasMedium)
    problems.push(
      windowsLockError('WINDOWS_LOCK_OUTPUT_MEDIUM', { file }, { place: placeOf(`/outputs/${output}`) }),
    );
  return problems;
}
