import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AntivirusDefinitions } from '@imprint/protocol';
import Value from 'typebox/value';
import { sha256OfFile, writeFileDurably } from '../store/index.ts';
import { antivirusError } from './errors.ts';

/** Ends of the files that ClamAV loads. Source: ClamAV manual, "Signatures". */
export const signatureExtensions = [
  '.cvd',
  '.cld',
  '.hdb',
  '.hsb',
  '.ndb',
  '.ldb',
  '.ign2',
  '.fp',
  '.yar',
] as const;

export interface PackOptions {
  readonly now: Date;
  /** A set of the same files younger than this is kept as it is. */
  readonly keepHours?: number;
}

export interface PackedDefinitions {
  readonly definitions: AntivirusDefinitions;
  /** Of `definitions.json`. */
  readonly file: string;
  readonly state: 'packed' | 'kept';
}

type SignatureFile = AntivirusDefinitions['files'][number];

async function signatureFiles(directory: string): Promise<SignatureFile[]> {
  const names = (await readdir(directory)).filter((name) =>
    signatureExtensions.some((end) => name.endsWith(end)),
  );
  if (names.length === 0)
    throw antivirusError('ANTIVIRUS_NO_SIGNATURES', { directory, extensions: signatureExtensions.join(' ') });
  const files: SignatureFile[] = [];
  for (const name of names.sort()) {
    const file = join(directory, name);
    if ((await stat(file)).size === 0) throw antivirusError('ANTIVIRUS_SIGNATURES_EMPTY', { file });
    files.push({ name, sha256: (await sha256OfFile(file)).sha256 });
  }
  return files;
}

async function standingSet(file: string): Promise<AntivirusDefinitions | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(AntivirusDefinitions, value) ? value : undefined;
  } catch {
    return undefined;
  }
}

async function isWhole(directory: string, files: readonly SignatureFile[]): Promise<boolean> {
  for (const { name, sha256 } of files) {
    const found = await sha256OfFile(join(directory, name)).catch(() => undefined);
    if (found?.sha256 !== sha256) return false;
  }
  return true;
}

/** `2026.11.23-1a2b3c4d`: the day it was packed and what is in it. */
function versionOf(builtAt: string, files: readonly SignatureFile[]): string {
  const content = createHash('sha256').update(JSON.stringify(files)).digest('hex').slice(0, 8);
  return `${builtAt.slice(0, 10).replaceAll('-', '.')}-${content}`;
}

/**
 * Packs a directory of signature files as an edition's definitions set: the files and `definitions.json`, written last.
 * Its age counts from the packing, which is when somebody last vouched that this is the set to use.
 *
 * @throws ANTIVIRUS_NO_SIGNATURES, ANTIVIRUS_SIGNATURES_EMPTY, STORE_FULL
 */
export async function packDefinitions(
  source: string,
  out: string,
  { now, keepHours = 0 }: PackOptions,
): Promise<PackedDefinitions> {
  const files = await signatureFiles(source);
  const file = join(out, 'definitions.json');
  const standing = await standingSet(file);
  if (standing !== undefined && JSON.stringify(standing.files) === JSON.stringify(files)) {
    const ageMs = now.getTime() - Date.parse(standing.builtAt);
    const isYoung = ageMs >= 0 && ageMs < keepHours * 3_600_000;
    if (isYoung && (await isWhole(out, files))) return { definitions: standing, file, state: 'kept' };
  }
  await mkdir(out, { recursive: true });
  for (const { name } of files) await writeFileDurably(join(out, name), await readFile(join(source, name)));
  const builtAt = `${now.toISOString().slice(0, 19)}Z`;
  const definitions = { version: versionOf(builtAt, files), builtAt, files };
  await writeFileDurably(file, `${JSON.stringify(definitions, undefined, 2)}\n`);
  return { definitions, file, state: 'packed' };
}
