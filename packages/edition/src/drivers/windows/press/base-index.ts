import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beginStage } from '../../../progress.ts';
import { writeFileDurably } from '../../../store/index.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { imageKey } from '../image-key.ts';
import { listImage } from '../tools/wimlib.ts';
import { refsOf } from './base-image.ts';
import type { WindowsShop } from './shop.ts';

/** What the press needs to know of a path of the base image. */
export interface BasePath {
  /** As the image spells it. */
  readonly path: string;
  readonly isDirectory: boolean;
  readonly linkCount: number;
  /** SHA-1 of the unnamed stream. */
  readonly sha1: string | undefined;
}

type Row = readonly [path: string, isDirectory: boolean, linkCount: number, sha1: string | null];

/** The paths of the base image, found as Windows finds them: whatever their case. */
export type BaseIndex = ReadonlyMap<string, BasePath>;

/** Where what is remembered of a base image lies. */
export function imageCache({ home, lock }: Pick<WindowsShop, 'home' | 'lock'>): string {
  return join(home, 'cache', 'windows', imageKey(lock.image));
}

async function keptRows(file: string): Promise<readonly Row[] | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Row[];
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function listRows({ base, report, signal }: WindowsShop): Promise<readonly Row[]> {
  const stage = beginStage(report, 'list-base');
  const entries = await listImage(base.file, base.index, { refs: refsOf(base), signal });
  stage.finish({ done: entries.length, unit: 'files' });
  return entries.map(({ path, isDirectory, linkCount, sha1 }) => [
    path,
    isDirectory,
    linkCount,
    sha1 ?? null,
  ]);
}

/** Lists the base image; once for each image, later builds read what was kept. */
export async function baseIndex(shop: WindowsShop): Promise<BaseIndex> {
  const directory = imageCache(shop);
  const file = join(directory, 'paths.json');
  const kept = await keptRows(file);
  const rows = kept ?? (await listRows(shop));
  if (kept === undefined) {
    await mkdir(directory, { recursive: true });
    await writeFileDurably(file, JSON.stringify(rows));
  }
  return new Map(
    rows.map(([path, isDirectory, linkCount, sha1]) => [
      foldPath(path),
      { path, isDirectory, linkCount, sha1: sha1 ?? undefined },
    ]),
  );
}
