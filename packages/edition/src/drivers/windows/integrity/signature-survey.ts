import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { readCatalogMembers } from '../formats/catalog/read-catalog.ts';
import { authenticodeDigest } from '../formats/pe/authenticode-digest.ts';
import { verifySignature } from '../tools/osslsigncode.ts';
import { extractFiles } from '../tools/wimlib.ts';
import type { ImageEntry, ImageFile } from './model.ts';
import { otherParts } from './read-image.ts';

/** Names of programs, by extension; what else a PE may be called is not looked for. */
const programs = /\.(exe|dll|sys|ocx|cpl|drv|efi|scr|mui|winmd)$/i;
const catalogs = /^\/Windows\/System32\/CatRoot\/.*\.cat$/i;

/** What the vendor's own signatures say of the core. Unknown is not clean. */
export type SignatureSurvey =
  | { readonly state: 'unknown'; readonly reason: string }
  | {
      readonly state: 'surveyed';
      /** Programs of the core with different content, and how many of them were looked at. */
      readonly programs: number;
      readonly checked: number;
      readonly embedded: number;
      readonly catalog: number;
      /** Catalogs whose signature leads to the given roots, of all there are. */
      readonly catalogs: { readonly trusted: number; readonly total: number };
      /** Neither signed nor in a trusted catalog: nothing is known of their origin. */
      readonly unknown: readonly string[];
      /** Signed by somebody the given roots do not lead to. */
      readonly untrusted: readonly string[];
      /** The signature is about other bytes than these. */
      readonly mismatched: readonly string[];
    };

export interface SurveyInput {
  readonly image: ImageFile;
  readonly core: readonly ImageEntry[];
  /** PEM file of the authorities that vouch for the vendor. */
  readonly roots: string;
  /** How many programs to look at, spread evenly; all if not given. */
  readonly sample?: number | undefined;
  readonly workDir: string;
  readonly signal?: AbortSignal | undefined;
}

/** Each content once, ordered by digest, so that taking every so-manieth is an even choice and the same each time. */
function chosen(core: readonly ImageEntry[], sample: number | undefined) {
  const byContent = new Map<string, ImageEntry>();
  for (const entry of core)
    if (
      entry.type === 'file' &&
      entry.sha1 !== undefined &&
      programs.test(entry.path) &&
      !byContent.has(entry.sha1)
    )
      byContent.set(entry.sha1, entry);
  const all = [...byContent.values()].sort((a, b) => ((a.sha1 ?? '') < (b.sha1 ?? '') ? -1 : 1));
  const every = sample === undefined ? 1 : Math.max(1, Math.ceil(all.length / sample));
  return { all, some: all.filter((_, index) => index % every === 0) };
}

/**
 * Looks at the programs of the core as the vendor signed them: by their own Authenticode signature, or by the catalogs
 * of the image. Which are neither is told, and stays unknown.
 */
export async function signatureSurvey(input: SurveyInput): Promise<SignatureSurvey> {
  const { core, roots, signal } = input;
  const { all, some } = chosen(core, input.sample);
  const lists = core.filter(({ path, type }) => type === 'file' && catalogs.test(path));
  await mkdir(input.workDir, { recursive: true });
  const directory = await mkdtemp(join(input.workDir, 'signatures-'));
  try {
    await extractTo(directory, input, lists);
    const { members, trusted } = await trustedMembers(lists, directory, roots, signal);
    const found: Found = { embedded: 0, catalog: 0, unknown: [], untrusted: [], mismatched: [] };
    for (const entry of some) {
      const file = join(directory, entry.path);
      await extractTo(directory, input, [entry]);
      const verdict = await verdictOn(file, roots, members, signal);
      await rm(file);
      if (verdict === 'embedded' || verdict === 'catalog') found[verdict] += 1;
      else found[verdict].push(entry.path);
    }
    return {
      state: 'surveyed',
      ...{ programs: all.length, checked: some.length, embedded: found.embedded, catalog: found.catalog },
      catalogs: { trusted, total: lists.length },
      unknown: found.unknown.sort(),
      untrusted: found.untrusted.sort(),
      mismatched: found.mismatched.sort(),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function extractTo(
  directory: string,
  { image, signal }: SurveyInput,
  entries: readonly ImageEntry[],
): Promise<void> {
  const paths = entries.map(({ path }) => path);
  await extractFiles(image.file, image.index, paths, directory, { refs: otherParts(image), signal });
}

interface Found {
  embedded: number;
  catalog: number;
  readonly unknown: string[];
  readonly untrusted: string[];
  readonly mismatched: string[];
}

/** Digests listed by catalogs whose own signature leads to the roots. */
async function trustedMembers(
  lists: readonly ImageEntry[],
  directory: string,
  roots: string,
  signal?: AbortSignal,
): Promise<{ readonly members: ReadonlySet<string>; readonly trusted: number }> {
  const members = new Set<string>();
  let trusted = 0;
  for (const { path } of lists) {
    const file = join(directory, path);
    if ((await verifySignature({ file, roots, signal })).state !== 'verified') continue;
    trusted += 1;
    for (const { digest } of readCatalogMembers(await readFile(file))) members.add(digest);
  }
  return { members, trusted };
}

async function verdictOn(
  file: string,
  roots: string,
  members: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<keyof Found> {
  const { state } = await verifySignature({ file, roots, signal });
  if (state === 'verified') return 'embedded';
  if (state === 'mismatch') return 'mismatched';
  if (await isListed(file, members)) return 'catalog';
  return state === 'untrusted' ? 'untrusted' : 'unknown';
}

/** True if a catalog has the file, by SHA-256 or, as older catalogs do, by SHA-1. */
async function isListed(file: string, members: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const algorithm of ['sha256', 'sha1'] as const)
      if (members.has((await authenticodeDigest(file, algorithm)).digest)) return true;
    return false;
  } catch (error) {
    if (isImprintError(error, 'WINDOWS_SIGNATURE_NOT_PE')) return false;
    throw error;
  }
}
