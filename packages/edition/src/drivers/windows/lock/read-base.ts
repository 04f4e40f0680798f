import { wimError } from '../formats/wim/errors.ts';
import { readBlobTable } from '../formats/wim/read-blob-table.ts';
import { readWimHeader, type WimHeader } from '../formats/wim/read-header.ts';
import { readWimXml, type WimImage } from '../formats/wim/read-xml.ts';
import { withWim } from '../formats/wim/wim-file.ts';
import type { ImagePart, ImageSource } from './model.ts';
import { namingFile } from './problems.ts';

/** Reads the header and refuses what cannot be edited in place: an ESD, whose version also marks every WIM of LZMS. */
export function readEditableHeader({ name: file, path }: ImagePart): Promise<WimHeader> {
  return namingFile(file, async () => {
    const header = await withWim(path, readWimHeader);
    if (header.isSolid) throw wimError('WINDOWS_WIM_SOLID', { file });
    return header;
  });
}

async function readPart(part: ImagePart): Promise<readonly WimImage[]> {
  const header = await readEditableHeader(part);
  return namingFile(part.name, () =>
    withWim(part.path, async (file) => {
      await readBlobTable(file, header);
      return readWimXml(file, header);
    }),
  );
}

/**
 * Reads what every part says of itself, down to where each blob ends, and returns the images.
 *
 * @throws WINDOWS_WIM_TRUNCATED, WINDOWS_WIM_MALFORMED, WINDOWS_WIM_SOLID, WINDOWS_WIM_UNSUPPORTED
 */
export async function readBase([first, ...others]: ImageSource['parts']): Promise<readonly WimImage[]> {
  const images = await readPart(first);
  for (const part of others) await readPart(part);
  return images;
}
