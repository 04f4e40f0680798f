import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { OutputRecord } from '../../../outputs/output-store.ts';
import type { WindowsOutputKind } from '../../../plan/model.ts';
import { writeFileDurably } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { hashInThreads } from '../press/hash-in-threads.ts';
import { keepDirectory } from '../press/keep-directory.ts';

/** A file of an output, and where it is kept. */
export type KeptFile = readonly [OutputRecord, string];

/** An output may be several files; `files.json`, written last, has them in order. */
const recordName = 'files.json';

/** Returns the files kept under a key, if an earlier build left them. */
export async function findKeptFiles(home: string, key: string): Promise<readonly KeptFile[] | undefined> {
  const directory = join(home, 'outputs', key);
  try {
    const records = JSON.parse(await readFile(join(directory, recordName), 'utf8')) as OutputRecord[];
    return records.map((record) => [record, join(directory, record.name)]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Runs `make` in a fresh directory and keeps the files it names there, in that order, whole or not at all. */
export async function keepFiles(
  home: string,
  { key, kind }: { readonly key: string; readonly kind: WindowsOutputKind },
  make: (directory: string) => Promise<readonly string[]>,
): Promise<readonly KeptFile[]> {
  const outputs = join(home, 'outputs');
  const records = await keepDirectory(outputs, key, async (directory) => {
    const paths = await make(directory);
    const made: OutputRecord[] = [];
    for (const path of paths) {
      const { sha256, sm3, sizeBytes } = await hashInThreads(path);
      made.push({ kind, name: basename(path), digests: { sha256, sm3 }, sizeBytes });
    }
    await runTool(['sync', ...paths]);
    await writeFileDurably(join(directory, recordName), `${JSON.stringify(made)}\n`);
    return made;
  });
  return records.map((record) => [record, join(outputs, key, record.name)]);
}
