import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { IndexFile, ReleaseHead, SuiteNames, SuitePackage } from './model.ts';

const origin = 'Imprint';
/** Index directory of the one component and architecture an edition has. */
const indexDirectory = 'main/binary-amd64';

export const sha256Of = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

/** Where a package stands in the pool: a directory of its digest, so that a path never means other bytes. */
export function poolPath({ name, version, architecture, sha256 }: SuitePackage): string {
  const file = `${name}_${version.replace(/^\d+:/, '')}_${architecture}.deb`;
  return `pool/${sha256.slice(0, 2)}/${sha256}/${file}`;
}

/** Renders `Packages` and its compressed form: the same packages give the same bytes. Source: deb822(5), Debian Repository Format. */
export function indexFiles(packages: readonly SuitePackage[]): IndexFile[] {
  const order = (item: SuitePackage) => `${item.name} ${item.architecture} ${item.sha256}`;
  const sorted = [...packages].sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const text = sorted
    .map(
      (item) =>
        `${item.control}\nFilename: ${poolPath(item)}\nSize: ${item.sizeBytes}\nSHA256: ${item.sha256}\n\n`,
    )
    .join('');
  const plain = Buffer.from(text);
  return [
    { path: `${indexDirectory}/Packages`, bytes: plain },
    { path: `${indexDirectory}/Packages.gz`, bytes: gzipSync(plain, { level: 9 }) },
  ];
}

/** The by-hash name of an index. */
export function byHashPath({ path, bytes }: IndexFile): string {
  return byHashName(path, sha256Of(bytes));
}

export function byHashName(path: string, sha256: string): string {
  return `${path.slice(0, path.lastIndexOf('/'))}/by-hash/SHA256/${sha256}`;
}

/** A date as a `Release` file has it, in whole seconds. Source: Debian Repository Format, `Date`. */
const releaseDate = (date: Date) => date.toUTCString().replace('GMT', 'UTC');

/** Renders the `Release` text that is signed. */
export function releaseText(
  { edition, ring, version }: SuiteNames,
  indexes: readonly IndexFile[],
  dates: { readonly date: Date; readonly validUntil: Date },
): string {
  return [
    `Origin: ${origin}`,
    `Label: ${edition}`,
    `Suite: ${ring}`,
    `Codename: ${ring}`,
    `Version: ${version}`,
    `Date: ${releaseDate(dates.date)}`,
    `Valid-Until: ${releaseDate(dates.validUntil)}`,
    'Acquire-By-Hash: yes',
    'No-Support-for-Architecture-all: Packages',
    'Architectures: amd64',
    'Components: main',
    `Description: ${edition} ${version}, ring ${ring}`,
    'SHA256:',
    ...indexes.map(({ path, bytes }) => ` ${sha256Of(bytes)} ${bytes.length} ${path}`),
    '',
  ].join('\n');
}

/** Reads the head of a `Release` or `InRelease`; undefined when it is none. */
export function parseRelease(text: string): ReleaseHead | undefined {
  const field = (name: string) => new RegExp(`^${name}: (.+)$`, 'm').exec(text)?.[1]?.trim();
  const [suite, date, validUntil] = [field('Suite'), field('Date'), field('Valid-Until')];
  if (suite === undefined || date === undefined || Number.isNaN(Date.parse(date))) return undefined;
  const digests = [...text.matchAll(/^ ([0-9a-f]{64}) +\d+ (\S+)$/gm)];
  return {
    suite,
    version: field('Version') ?? '',
    date: new Date(date),
    validUntil: validUntil === undefined ? undefined : new Date(validUntil),
    sha256: new Map(digests.map(([, sha256 = '', path = '']) => [path, sha256])),
  };
}
