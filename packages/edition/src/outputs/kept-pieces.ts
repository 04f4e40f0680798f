import { mkdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapLimited } from '../engine/map-limited.ts';
import { runTool } from '../tools/run-tool.ts';
import type { PressContext } from './press-context.ts';

export interface PieceWork<T> {
  /** Ends a piece's name; tells kinds apart. */
  readonly suffix: string;
  /** Names a piece by all that decides its bytes. */
  keyOf(item: T): string;
  make(item: T): Promise<Buffer>;
}

/**
 * Makes the pieces that no earlier press left, and returns where each is, in order. New ones get their names
 * together, once they are on disk, so that a piece that can be found is whole.
 */
export async function keptPieces<T>(
  context: PressContext,
  items: readonly T[],
  { suffix, keyOf, make }: PieceWork<T>,
): Promise<string[]> {
  await mkdir(context.pieces, { recursive: true });
  let done = 0;
  const made = await mapLimited(items, 3, async (item) => {
    context.signal?.throwIfAborted();
    const name = `${keyOf(item)}${suffix}`;
    const path = join(context.pieces, name);
    const fresh = join(context.pieces, `.tmp-${name}`);
    const isKept = (await stat(path).catch(() => undefined)) !== undefined;
    if (!isKept) await writeFile(fresh, await make(item));
    context.progress({ kind: 'progress', done: ++done, total: items.length, unit: 'steps' });
    return { path, fresh: isKept ? undefined : fresh };
  });
  const fresh = made.filter((piece) => piece.fresh !== undefined);
  if (fresh.length > 0) await runTool(['sync', '--file-system', context.pieces], { signal: context.signal });
  for (const piece of fresh) if (piece.fresh !== undefined) await rename(piece.fresh, piece.path);
  return made.map(({ path }) => path);
}
