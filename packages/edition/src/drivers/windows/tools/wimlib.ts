import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { listingReader, type WimEntry } from '../formats/wim/listing.ts';
import { readSplitSet } from '../formats/wim/read-split-set.ts';
import { assertWimPath } from '../formats/wim/wim-path.ts';
import { windowsToolError } from './errors.ts';
import { runWimlib, type WimlibOptions } from './wimlib-run.ts';

/** The first version whose WIMs every DISM takes, by wimlib's NEWS of 1.14.2 and 1.14.5. */
const everyDismTakes = [1, 14, 5] as const;

interface WithParts extends WimlibOptions {
  /** The other parts of a split set, or other WIMs that hold blobs. */
  readonly refs?: readonly string[] | undefined;
}

export interface WimlibVersion {
  readonly version: string;
  /** False below 1.14.5: recent DISM refuses some of its WIMs (named streams on directories, absolute links). */
  readonly isTakenByEveryDism: boolean;
}

/** wimlib reads a reference as a pattern; these files are named, whatever their names hold. Source: glob(7). */
export const refOptions = (refs: readonly string[] = []) =>
  refs.map((ref) => `--ref=${ref.replace(/[\\*?[\]]/g, '\\$&')}`);

/** Reads the version of wimlib, which evidence records. */
export async function wimlibVersion(options: WimlibOptions = {}): Promise<WimlibVersion> {
  const lines: string[] = [];
  const onLine = (line: string) => void lines.push(line);
  await runWimlib({ file: '', args: ['--version'], onLine }, options);
  const version = /using wimlib (\d+\.\d+\.\d+)/.exec(lines[0] ?? '')?.[1];
  if (version === undefined)
    throw windowsToolError('WINDOWS_TOOL_OUTPUT', {
      tool: 'wimlib-imagex --version',
      expected: 'a version',
      line: lines[0] ?? '',
    });
  const parts = version.split('.').map(Number);
  const at = everyDismTakes.findIndex((wanted, i) => parts[i] !== wanted);
  return { version, isTakenByEveryDism: at < 0 || (parts[at] ?? 0) > (everyDismTakes[at] ?? 0) };
}

/** Lists every path of an image with its digests, descriptors and links, from metadata alone. */
export async function listImage(
  wim: string,
  index: number,
  { refs, ...options }: WithParts = {},
): Promise<readonly WimEntry[]> {
  const reader = listingReader();
  const args = ['dir', wim, String(index), '--detailed', ...refOptions(refs)];
  await runWimlib({ file: wim, index, args, onLine: reader.line }, options);
  return reader.end();
}

/** Extracts paths of an image below a directory; the image's directories are kept. Paths are no patterns. */
export async function extractFiles(
  wim: string,
  index: number,
  paths: readonly string[],
  directory: string,
  { refs, ...options }: WithParts = {},
): Promise<void> {
  for (const path of paths) assertWimPath(path);
  const how = ['--no-globs', '--no-acls', '--preserve-dir-structure', `--dest-dir=${directory}`];
  const args = ['extract', wim, String(index), ...paths, ...how, ...refOptions(refs)];
  if (paths.length > 0) await runWimlib({ file: wim, index, args }, options);
}

export type WimUpdate =
  | { readonly kind: 'add'; readonly from: string; readonly to: string }
  | { readonly kind: 'delete'; readonly path: string; readonly recursive?: boolean }
  | { readonly kind: 'rename'; readonly from: string; readonly to: string };

/** Writes a command for wimupdate. Its quoting has no escapes, so quotes and line ends are refused. */
function updateCommand(update: WimUpdate): string {
  if (update.kind === 'delete') {
    assertWimPath(update.path);
    return `delete ${update.recursive ? '--recursive ' : ''}"${update.path}"`;
  }
  assertWimPath(update.from);
  assertWimPath(update.to);
  return `${update.kind} "${update.from}" "${update.to}"`;
}

/** Changes an image by commands, appending to the file. Adding over a path drops its descriptor and its links. */
export async function updateImage(
  wim: string,
  index: number,
  updates: readonly WimUpdate[],
  options: WimlibOptions & { readonly rebuild?: boolean } = {},
): Promise<void> {
  const input = updates.map((update) => `${updateCommand(update)}\n`).join('');
  const args = ['update', wim, String(index), ...(options.rebuild ? ['--rebuild'] : [])];
  await runWimlib({ file: wim, index, args, input }, options);
}

/** Copies an image, or all, into a WIM without what is no longer referenced; resources are not compressed anew. */
export async function exportImage(
  wim: string,
  index: number | 'all',
  to: string,
  {
    refs,
    compress,
    solid,
    ...options
  }: WithParts & {
    readonly compress?: string | undefined;
    readonly solid?: boolean | undefined;
  } = {},
): Promise<void> {
  const how = [...(compress === undefined ? [] : [`--compress=${compress}`]), ...(solid ? ['--solid'] : [])];
  const args = ['export', wim, String(index), to, ...how, ...refOptions(refs)];
  await runWimlib({ file: wim, index, args }, options);
}

/**
 * Splits a WIM into parts of at most so many mebibytes, a single larger file excepted, and returns them in order.
 * The first is named as given, the others with a number: install.swm, install2.swm.
 */
export async function splitWim(
  wim: string,
  firstPart: string,
  partMebibytes: number,
  options: WimlibOptions = {},
): Promise<readonly string[]> {
  await runWimlib({ file: wim, args: ['split', wim, firstPart, String(partMebibytes)] }, options);
  const stem = basename(firstPart, '.swm');
  const names = (await readdir(dirname(firstPart))).filter(
    (name) => name.startsWith(stem) && /^\d*\.swm$/.test(name.slice(stem.length)),
  );
  return readSplitSet(names.map((name) => join(dirname(firstPart), name)));
}

/** Joins a split set into one WIM. */
export async function joinWim(
  parts: readonly string[],
  to: string,
  options: WimlibOptions = {},
): Promise<void> {
  await runWimlib({ file: to, args: ['join', to, ...(await readSplitSet(parts))] }, options);
}

/** Decompresses everything and compares it with its digests. @throws WINDOWS_WIM_CORRUPT, WINDOWS_WIM_BLOB_MISSING */
export async function verifyWim(wim: string, { refs, ...options }: WithParts = {}): Promise<void> {
  await runWimlib({ file: wim, args: ['verify', wim, ...refOptions(refs)] }, options);
}

/** Sets elements of an image's XML by their path, such as `WINDOWS/EDITIONID`. */
export async function setImageProperties(
  wim: string,
  index: number,
  properties: Readonly<Record<string, string>>,
  options: WimlibOptions = {},
): Promise<void> {
  const list = Object.entries(properties).map(([name, value]) => `--image-property=${name}=${value}`);
  await runWimlib({ file: wim, index, args: ['info', wim, String(index), ...list] }, options);
}
