import { copyFile, link, mkdir, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Static, TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { releaseError } from '../errors.ts';

/** Largest JSON document a ceremony reads, bytes; a lock of some thousand packages is the largest. */
export const maximumDocumentBytes = 32_000_000;

/** Reads a bounded file. @throws RELEASE_FILE_MISSING · RELEASE_FILE_MALFORMED when it is larger */
export async function readBounded(
  file: string,
  what: string,
  maximum = maximumDocumentBytes,
): Promise<Buffer> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw releaseError('RELEASE_FILE_MISSING', { what, file }, { cause });
  });
  try {
    const { size } = await handle.stat();
    if (size > maximum) throw malformed(`${what} of at most ${maximum} bytes`, file);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

export async function readOptional(
  file: string,
  maximum = maximumDocumentBytes,
): Promise<Buffer | undefined> {
  return (await exists(file)) ? readBounded(file, basename(file), maximum) : undefined;
}

export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

export function malformed(expected: string, file: string, cause?: unknown) {
  return releaseError('RELEASE_FILE_MALFORMED', { expected, file }, { cause });
}

const validators = new WeakMap<TSchema, Validator>();

function validatorOf(schema: TSchema): Validator {
  const known = validators.get(schema) ?? Compile(schema);
  validators.set(schema, known);
  return known;
}

/** Parses a document and checks its shape. @throws RELEASE_FILE_MALFORMED · RELEASE_DOCUMENT_INVALID */
export function parseDocument<S extends TSchema>(schema: S, bytes: Uint8Array, file: string): Static<S> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw malformed('JSON', file, cause);
  }
  const validator = validatorOf(schema);
  if (validator.Check(value)) return value as Static<S>;
  const [first] = validator.Errors(value);
  const pointer = first?.instancePath ?? '';
  const problem = first?.message ?? 'is of another shape';
  throw releaseError('RELEASE_DOCUMENT_INVALID', { problem }, { place: { file, pointer } });
}

/** True for a name that stays inside the directory it is joined to. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._+~-]{0,200}$/.test(name);
}

/** Puts a file at another place: a hard link where the file system allows it, a copy otherwise. */
export async function placeFile(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await link(from, to).catch(() => copyFile(from, to));
}

/** Names of the JSON files in a directory, sorted; none when it does not exist. */
export async function jsonFiles(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => [] as string[]);
  return names.filter((name) => name.endsWith('.json') && isPlainName(name)).sort();
}
