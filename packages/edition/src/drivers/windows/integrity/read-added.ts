import { mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256OfFile } from '../../../store/index.ts';
import type { CatalogMember } from '../formats/catalog/catalog.ts';
import { authenticodeDigest } from '../formats/pe/authenticode-digest.ts';
import { foldPath } from '../formats/wim/wim-path.ts';
import { extractFiles } from '../tools/wimlib.ts';
import type { ImageEntry, ImageFile } from './model.ts';
import { otherParts } from './read-image.ts';

/** A file read back out of a pressed image, with how a catalog would name it. */
export interface ReadBack {
  readonly sha256: string;
  readonly member: CatalogMember;
}

/** A program's signature covers less than its bytes, so a catalog names it by another digest than a plain file. */
async function memberOf(file: string, sha256: string): Promise<CatalogMember> {
  const handle = await open(file);
  const { buffer } = await handle.read(Buffer.alloc(2), 0, 2, 0).finally(() => handle.close());
  if (buffer.toString('latin1') !== 'MZ') return { kind: 'flat', digest: sha256 };
  return { kind: 'pe', digest: (await authenticodeDigest(file)).digest };
}

/** Takes files back out of a pressed image and hashes what is in them, by folded path; what is not there is left out. */
export async function readBack(
  image: ImageFile,
  listing: readonly ImageEntry[],
  paths: readonly string[],
  context: { readonly workDir: string; readonly signal?: AbortSignal | undefined },
): Promise<ReadonlyMap<string, ReadBack>> {
  const wanted = new Set(paths.map(foldPath));
  const present = listing.filter(({ path, type }) => type === 'file' && wanted.has(foldPath(path)));
  const found = new Map<string, ReadBack>();
  await mkdir(context.workDir, { recursive: true });
  const directory = await mkdtemp(join(context.workDir, 'read-back-'));
  try {
    const options = { refs: otherParts(image), signal: context.signal };
    await extractFiles(
      image.file,
      image.index,
      present.map(({ path }) => path),
      directory,
      options,
    );
    for (const { path } of present) {
      const file = join(directory, path);
      const { sha256 } = await sha256OfFile(file);
      found.set(foldPath(path), { sha256, member: await memberOf(file, sha256) });
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
  return found;
}
