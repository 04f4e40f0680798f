import { writeFileDurably } from '@imprint/edition';
import { cliError } from './errors.ts';
import { exists } from './exists.ts';

/** Writes a file that is not there yet. @throws CLI_FILE_EXISTS */
export async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  if (await exists(file)) throw cliError('CLI_FILE_EXISTS', { file });
  await writeFileDurably(file, content);
}
