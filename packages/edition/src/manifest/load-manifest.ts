import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { EditionManifest, ErrorPlace, ImprintError } from '@imprint/protocol';
import { checkBase } from './check-base.ts';
import { checkSchema } from './check-schema.ts';
import { checkValues } from './check-values.ts';
import { manifestFileSchema, manifestSchema } from './file-schema.ts';
import { findInputs, type InputFile } from './input-files.ts';
import { type Located, placeAt, plainOf } from './located.ts';
import { looseningProblems } from './loosening.ts';
import { mergeManifests, type Override } from './merge.ts';
import { invalid, readChain, withoutExtends, workspaceAround } from './read-chain.ts';
import { withPathsFrom } from './relative-paths.ts';

/** A manifest with its overlays applied and every file it names found. */
export interface LoadedManifest<M extends EditionManifest = EditionManifest> {
  /** Paths in it are relative to the directory of `file`. */
  readonly manifest: M;
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
  /** The Windows image to use in place of the one the manifest names; it may lie outside the workspace. */
  readonly image?: string | undefined;
}

/** Each problem once (a fault seen in a file is seen again after merging), in the order of the files and their lines. */
function inOrder(problems: readonly ImprintError[], sources: readonly string[]): ImprintError[] {
  const found = new Map<string, ImprintError>();
  for (const problem of problems) {
    const { code, params, place } = problem;
    const key = JSON.stringify([code, params, place?.file, place?.line, place?.column]);
    if (!found.has(key)) found.set(key, problem);
  }
  const rank = ({ place }: ImprintError) => [
    sources.indexOf(place?.file ?? ''),
    place?.line ?? 0,
    place?.column ?? 0,
  ];
  return [...found.values()].sort((a, b) => {
    const [left, right] = [rank(a), rank(b)];
    return (
      left.map((value, index) => value - (right[index] ?? 0)).find((difference) => difference !== 0) ?? 0
    );
  });
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
  const inputs = await findInputs(value, workspace, options.image);
  const sources = chain.map((link) => link.file);
  const found = [
    ...chain.flatMap((link) => checkSchema(fileSchema, link.value, { partial: true })),
    ...checkSchema(manifestSchema, value, { partial: false }),
    ...checkValues(value),
    ...checkBase(value),
    ...looseningProblems(overrides),
    ...inputs.problems,
  ];
  const problems = inOrder(found, sources);
  if (problems.length > 0) throw invalid(file, problems);
  return {
    manifest: plainOf(withPathsFrom(value, leafDirectory)) as EditionManifest,
    file,
    sources,
    files: inputs.files,
    overrides,
    placeOf: (pointer) => placeAt(value, pointer),
  };
}
