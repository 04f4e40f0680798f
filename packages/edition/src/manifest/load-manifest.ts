import { existsSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { EditionManifest, ErrorPlace, ImprintError } from '@imprint/protocol';
import { checkSchema } from './check-schema.ts';
import { checkValues } from './check-values.ts';
import { manifestError } from './errors.ts';
import { manifestFileSchema, manifestSchema } from './file-schema.ts';
import { findInputs, type InputFile } from './input-files.ts';
import { childOf, type Located, type LocatedRecord, placeAt, plainOf } from './located.ts';
import { looseningProblems } from './loosening.ts';
import { mergeManifests, type Override } from './merge.ts';
import { parseYaml } from './parse-yaml.ts';
import { withPathsFrom } from './relative-paths.ts';

const largestFileBytes = 1024 * 1024;
const longestChain = 8;

/** A manifest with its overlays applied and every file it names found. */
export interface LoadedManifest {
  /** Paths in it are relative to the directory of `file`. */
  readonly manifest: EditionManifest;
  /** The manifest asked for, as it was given. */
  readonly file: string;
  /** All manifests of the chain, the lowest first. */
  readonly sources: readonly string[];
  readonly files: readonly InputFile[];
  readonly overrides: readonly Override[];
  /** Where the value at an RFC 6901 pointer was written. */
  placeOf(pointer: string): ErrorPlace;
}

export interface LoadOptions {
  /** No file outside this directory is read; the directory of the repository around the manifest if not given. */
  readonly workspace?: string;
}

interface Link {
  readonly file: string;
  readonly value: LocatedRecord;
}

/** The nearest directory upwards that holds a repository, else the manifest's own. */
function workspaceAround(directory: string): string {
  for (let current = directory; current !== dirname(current); current = dirname(current))
    if (existsSync(join(current, '.git'))) return current;
  return directory;
}

async function readBounded(file: string, place: ErrorPlace | undefined): Promise<string> {
  const options = place === undefined ? {} : { place };
  try {
    const { size } = await stat(file);
    if (size > largestFileBytes)
      throw manifestError(
        'MANIFEST_TOO_LARGE',
        { limitBytes: largestFileBytes, sizeBytes: size },
        { place: { file } },
      );
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'MANIFEST_TOO_LARGE') throw cause;
    const reason = cause instanceof TypeError ? 'not UTF-8' : (code ?? 'unreadable');
    throw manifestError('MANIFEST_FILE_UNREADABLE', { file, reason }, { cause, ...options });
  }
}

function invalid(file: string, problems: readonly ImprintError[]): ImprintError {
  const [first] = problems;
  return manifestError(
    'MANIFEST_INVALID',
    { file, count: problems.length },
    { details: problems, ...(first?.place === undefined ? {} : { place: first.place }) },
  );
}

/** Reads a manifest and those it extends, the given one first; refuses loops and chains without end. */
async function readChain(file: string, workspace: string): Promise<Link[]> {
  const chain: Link[] = [];
  const seen: string[] = [];
  let next: { file: string; place?: ErrorPlace } | undefined = { file };
  while (next !== undefined) {
    const { file: current, place }: { file: string; place?: ErrorPlace } = next;
    const options = place === undefined ? {} : { place };
    const real = await realpath(current).catch(() => resolve(current));
    if (place !== undefined && relative(workspace, real).split('/')[0] === '..')
      throw manifestError('MANIFEST_PATH_OUTSIDE', { path: current, workspace }, options);
    if (seen.includes(real)) {
      const names = [...chain.map((link) => link.file), current].join(' → ');
      throw manifestError('MANIFEST_EXTENDS_LOOP', { chain: names }, options);
    }
    if (chain.length === longestChain)
      throw manifestError('MANIFEST_EXTENDS_DEPTH', { limit: longestChain }, options);
    seen.push(real);
    const parsed = parseYaml({
      file: current,
      directory: dirname(resolve(current)),
      text: await readBounded(current, place),
    });
    if ('problems' in parsed) throw invalid(current, parsed.problems);
    const value = parsed.value as LocatedRecord;
    chain.push({ file: current, value });
    next = extendedBy(current, value);
  }
  return chain;
}

function extendedBy(file: string, value: LocatedRecord): { file: string; place: ErrorPlace } | undefined {
  const located = childOf(value, 'extends');
  if (located?.kind !== 'scalar' || typeof located.value !== 'string') return undefined;
  const place = { ...located.place, pointer: '/extends' };
  if (isAbsolute(located.value))
    throw manifestError('MANIFEST_PATH_ABSOLUTE', { path: located.value }, { place });
  return { file: join(dirname(file), located.value), place };
}

function withoutExtends(value: LocatedRecord): LocatedRecord {
  return { ...value, entries: new Map([...value.entries].filter(([key]) => key !== 'extends')) };
}

/** One problem per place, code and parameters: a fault seen in a file is seen again after merging. */
function distinct(problems: readonly ImprintError[]): ImprintError[] {
  const keyOf = ({ code, params, place }: ImprintError) =>
    JSON.stringify([code, params, place?.file, place?.line, place?.column]);
  const found = new Map<string, ImprintError>();
  for (const problem of problems) if (!found.has(keyOf(problem))) found.set(keyOf(problem), problem);
  return [...found.values()];
}

/**
 * Loads an edition manifest with everything it extends.
 *
 * @throws MANIFEST_INVALID with every problem as a detail, each naming file, line, column and pointer;
 *   MANIFEST_FILE_UNREADABLE, MANIFEST_TOO_LARGE, MANIFEST_EXTENDS_LOOP, MANIFEST_EXTENDS_DEPTH,
 *   MANIFEST_PATH_OUTSIDE, MANIFEST_PATH_ABSOLUTE when the chain itself cannot be read
 */
export async function loadManifest(file: string, options: LoadOptions = {}): Promise<LoadedManifest> {
  const leafDirectory = dirname(resolve(file));
  const workspace = await realpath(options.workspace ?? workspaceAround(leafDirectory)).catch(
    () => leafDirectory,
  );
  const chain = (await readChain(file, workspace)).reverse();
  const fileSchema = manifestFileSchema();
  const { value, overrides } = mergeManifests(chain.map((link): Located => withoutExtends(link.value)));
  const inputs = await findInputs(value, workspace);
  const problems = distinct([
    ...chain.flatMap((link) => checkSchema(fileSchema, link.value, { partial: true })),
    ...checkSchema(manifestSchema, value, { partial: false }),
    ...checkValues(value),
    ...looseningProblems(overrides),
    ...inputs.problems,
  ]);
  if (problems.length > 0) throw invalid(file, problems);
  return {
    manifest: plainOf(withPathsFrom(value, leafDirectory)) as EditionManifest,
    file,
    sources: chain.map((link) => link.file),
    files: inputs.files,
    overrides,
    placeOf: (pointer) => placeAt(value, pointer),
  };
}
