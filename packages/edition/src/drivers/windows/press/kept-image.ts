import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HiveName } from '../model.ts';
import type { HiveMethod } from './shop.ts';

/** `image.json`, written last: a pressed image with what its evidence needs. */
export interface ImageRecord {
  readonly sizeBytes: number;
  readonly digests: { readonly sha256: string; readonly sm3: string };
  readonly method: HiveMethod;
  readonly hives: readonly { readonly name: HiveName; readonly path: string }[];
  readonly added: readonly {
    readonly path: string;
    readonly step: string;
    readonly sha256: string;
    readonly sizeBytes: number;
  }[];
  /** Absent where the edition adds no file. */
  readonly catalog?: { readonly signed: boolean };
}

/** A pressed image where it is kept. */
export interface PressedImage {
  readonly directory: string;
  readonly record: ImageRecord;
}

/** The names of a kept image's files below its directory. */
export const keptNames = {
  wim: 'install.wim',
  hives: 'hives',
  catalog: 'added.cat',
  record: 'image.json',
} as const;

export async function findKeptImage(directory: string): Promise<PressedImage | undefined> {
  try {
    const text = await readFile(join(directory, keptNames.record), 'utf8');
    return { directory, record: JSON.parse(text) as ImageRecord };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
