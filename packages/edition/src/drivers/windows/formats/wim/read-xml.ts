import { wimError } from './errors.ts';
import type { WimHeader } from './read-header.ts';
import { readPlainResource, type WimFile } from './wim-file.ts';
import { parseXml, type XmlElement } from './xml-elements.ts';

export interface WimBuild {
  readonly major: number;
  readonly minor: number;
  readonly build: number;
  /** The SPBUILD of the XML: what Windows shows after the build's dot. */
  readonly revision: number;
}

/** What the XML says of an image; absent where the XML does not say. Times are epoch seconds. */
export interface WimImage {
  readonly index: number;
  readonly name: string;
  readonly description: string | undefined;
  readonly flags: string | undefined;
  readonly editionId: string | undefined;
  readonly installationType: string | undefined;
  readonly architecture: string | undefined;
  readonly build: WimBuild | undefined;
  readonly languages: readonly string[];
  readonly defaultLanguage: string | undefined;
  readonly creation: number | undefined;
  readonly lastModified: number | undefined;
  readonly totalBytes: number;
  readonly fileCount: number;
  readonly directoryCount: number;
  readonly hardLinkBytes: number;
}

const limitBytes = 16 * 1024 * 1024;
/** Source: SYSTEM_INFO wProcessorArchitecture. */
const architectures: Readonly<Record<string, string>> = { 0: 'x86', 5: 'arm', 9: 'amd64', 12: 'arm64' };
const filetimeOfEpochSeconds = 11_644_473_600n;

function find(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>(
    (at, name) => at?.children.find((child) => child.name === name),
    element,
  );
}

const textAt = (element: XmlElement, ...path: readonly string[]): string | undefined =>
  find(element, ...path)?.text.trim() || undefined;

function numberAt(element: XmlElement, ...path: readonly string[]): number | undefined {
  const text = textAt(element, ...path);
  if (text === undefined) return undefined;
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new SyntaxError(`<${path.join('><')}> is not a number: ${text}`);
  return value;
}

function timeAt(image: XmlElement, name: string): number | undefined {
  const [high, low] = [numberAt(image, name, 'HIGHPART'), numberAt(image, name, 'LOWPART')];
  if (high === undefined || low === undefined) return undefined;
  const seconds = ((BigInt(high) << 32n) | BigInt(low)) / 10_000_000n - filetimeOfEpochSeconds;
  return Number(seconds);
}

function buildOf(image: XmlElement): WimBuild | undefined {
  const part = (name: string) => numberAt(image, 'WINDOWS', 'VERSION', name);
  const [major, minor, build] = [part('MAJOR'), part('MINOR'), part('BUILD')];
  if (major === undefined || minor === undefined || build === undefined) return undefined;
  return { major, minor, build, revision: part('SPBUILD') ?? 0 };
}

function architectureOf(image: XmlElement): string | undefined {
  const number = textAt(image, 'WINDOWS', 'ARCH');
  return number === undefined ? undefined : (architectures[number] ?? `unknown ${number}`);
}

function imageOf(element: XmlElement): WimImage {
  const index = Number(element.attributes.INDEX);
  if (!Number.isSafeInteger(index) || index < 1) throw new SyntaxError('an <IMAGE> has no INDEX');
  const languages = find(element, 'WINDOWS', 'LANGUAGES')?.children ?? [];
  return {
    index,
    name: textAt(element, 'NAME') ?? '',
    description: textAt(element, 'DESCRIPTION'),
    flags: textAt(element, 'FLAGS'),
    editionId: textAt(element, 'WINDOWS', 'EDITIONID'),
    installationType: textAt(element, 'WINDOWS', 'INSTALLATIONTYPE'),
    architecture: architectureOf(element),
    build: buildOf(element),
    languages: languages.filter(({ name }) => name === 'LANGUAGE').map(({ text }) => text.trim()),
    defaultLanguage: textAt(element, 'WINDOWS', 'LANGUAGES', 'DEFAULT'),
    creation: timeAt(element, 'CREATIONTIME'),
    lastModified: timeAt(element, 'LASTMODIFICATIONTIME'),
    totalBytes: numberAt(element, 'TOTALBYTES') ?? 0,
    fileCount: numberAt(element, 'FILECOUNT') ?? 0,
    directoryCount: numberAt(element, 'DIRCOUNT') ?? 0,
    hardLinkBytes: numberAt(element, 'HARDLINKBYTES') ?? 0,
  };
}

/** Parses the text of the XML resource. Source: [MS-WIM] "XML Data", as wimlib and DISM write it. @throws SyntaxError */
export function parseWimXml(text: string): readonly WimImage[] {
  const root = parseXml(text);
  if (root.name !== 'WIM') throw new SyntaxError(`expected the root <WIM>, got <${root.name}>`);
  return root.children.filter(({ name }) => name === 'IMAGE').map(imageOf);
}

/**
 * Reads the XML and returns the images in its order.
 *
 * @throws WINDOWS_WIM_MALFORMED, WINDOWS_WIM_TRUNCATED
 */
export async function readWimXml(file: WimFile, header: WimHeader): Promise<readonly WimImage[]> {
  const bytes = await readPlainResource(file, header.xml, { name: 'XML', limitBytes });
  try {
    const images = parseWimXml(new TextDecoder('utf-16le', { fatal: true }).decode(bytes));
    if (images.length === header.imageCount) return images;
    throw new SyntaxError(`${images.length} images in the XML and ${header.imageCount} in the header`);
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof TypeError || cause instanceof RangeError))
      throw cause;
    const got = cause.message;
    throw wimError('WINDOWS_WIM_MALFORMED', { file: file.path, expected: 'well-formed XML', got }, { cause });
  }
}

/** Picks an image by its index. @throws WINDOWS_WIM_INDEX with the number of images and their names */
export function imageAt(images: readonly WimImage[], index: number, file: string): WimImage {
  const image = images.find((one) => one.index === index);
  if (image !== undefined) return image;
  const names = images.map((one) => `${one.index} ${one.name}`).join(', ');
  throw wimError('WINDOWS_WIM_INDEX', { file, index, count: images.length, names });
}
