import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LockedFile } from '@imprint/protocol';
import Type from 'typebox';
import Value from 'typebox/value';
import { writeFileDurably } from '../../../store/index.ts';
import type { LockContext } from './model.ts';

const Record = Type.Array(LockedFile, { minItems: 1 });

const recordOf = (mediumSha256: string, { options }: LockContext) =>
  join(options.cacheDir, 'windows', 'media', `${mediumSha256}.json`);

/** Remembers what an image on a medium is in the store, so that the medium need not be extracted again. */
export async function writeMediumRecord(
  mediumSha256: string,
  parts: readonly LockedFile[],
  context: LockContext,
): Promise<void> {
  await writeFileDurably(recordOf(mediumSha256, context), `${JSON.stringify(parts)}\n`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the parts of an image from a medium that was extracted before, if the store still has them whole. */
export async function readMediumRecord(
  mediumSha256: string,
  context: LockContext,
): Promise<LockedFile[] | undefined> {
  const parts = parsed(await readFile(recordOf(mediumSha256, context), 'utf8').catch(() => ''));
  if (!Value.Check(Record, parts)) return undefined;
  for (const { sha256 } of parts) if (!(await context.options.store.verify(sha256))) return undefined;
  return parts;
}
