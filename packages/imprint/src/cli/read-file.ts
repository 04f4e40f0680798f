import { open } from 'node:fs/promises';
import { cliError } from './errors.ts';

/** Reads a file of at most a number of bytes. @throws CLI_FILE_TOO_LARGE, and what the file system says */
export async function readBounded(file: string, maximum: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of handle.createReadStream({ autoClose: false })) {
      chunks.push(chunk as Buffer);
      size += (chunk as Buffer).length;
      if (size > maximum) throw cliError('CLI_FILE_TOO_LARGE', { file, maximum });
    }
    return Buffer.concat(chunks);
  } finally {
    await handle.close();
  }
}
