import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StagedFile } from './fixture-stage.ts';
import type { DescriptorKind } from './security-descriptor.ts';

/** One way in which an image can differ from the vendor's, for tests of what finds it. Paths are primary names. */
export type FixtureChange =
  | { readonly kind: 'flip-byte'; readonly path: string }
  | { readonly kind: 'extra-file'; readonly path: string; readonly text: string }
  | { readonly kind: 'descriptor'; readonly path: string; readonly descriptor: DescriptorKind }
  /** The names stay and their bytes too, but each becomes a file of its own. */
  | { readonly kind: 'break-link'; readonly path: string };

async function flippedCopy(work: string, from: string, name: string): Promise<string> {
  const bytes = await readFile(from);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  const to = join(work, `flipped-${name.replaceAll('/', '_')}`);
  await writeFile(to, bytes);
  return to;
}

async function changeFile(
  work: string,
  file: StagedFile,
  change: FixtureChange,
): Promise<readonly StagedFile[]> {
  if (file.path !== change.path) return [file];
  if (change.kind === 'flip-byte') return [{ ...file, from: await flippedCopy(work, file.from, file.path) }];
  if (change.kind === 'descriptor') return [{ ...file, descriptor: change.descriptor }];
  const { links = [], ...alone } = file;
  return [alone, ...links.map((path) => ({ ...alone, path }))];
}

/** Applies changes to the files before they are captured; a change of a path that is not there is refused. */
export async function applyChanges(
  work: string,
  files: readonly StagedFile[],
  changes: readonly FixtureChange[],
): Promise<readonly StagedFile[]> {
  let changed = files;
  for (const change of changes) {
    if (change.kind === 'extra-file') {
      const from = join(work, `extra-${change.path.replaceAll('/', '_')}`);
      await writeFile(from, change.text);
      changed = [...changed, { path: change.path, from }];
      continue;
    }
    if (!changed.some(({ path }) => path === change.path))
      throw new RangeError(`the fixture has no ${change.path} to change`);
    changed = (await Promise.all(changed.map((file) => changeFile(work, file, change)))).flat();
  }
  return changed;
}
