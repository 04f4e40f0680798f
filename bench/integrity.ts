import { execFileSync } from 'node:child_process';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compare, measureCommand } from './measure.ts';
import type { Section } from './table.ts';
import { buildOf, type Workshop } from './workshop.ts';

const rounds = 5;

/** Reading and hashing a whole system tree: every path with mode, owner and attributes, against contents alone. */
export async function integritySection(workshop: Workshop): Promise<Section> {
  const artifacts = await buildOf(workshop);
  const archive = (await readdir(artifacts)).find((name) => name.endsWith('.tar.zst'));
  if (archive === undefined) throw new TypeError(`expected a root archive in ${artifacts}`);
  const tree = join(workshop.directory, 'tree');
  await mkdir(tree);
  execFileSync('tar', ['-C', tree, '--xattrs', '--xattrs-include=*', '-xf', join(artifacts, archive)]);
  const everyFile = ['-c', 'find "$1" -xdev -type f -print0 | xargs -0 sha256sum > /dev/null', 'sh', tree];
  const rows = await compare(
    [
      { name: 'find and sha256sum, contents alone', run: () => measureCommand('sh', everyFile) },
      {
        name: 'imprint, the whole scan with its start',
        run: () => measureCommand(process.execPath, [join(import.meta.dirname, 'scan-tree.ts'), tree]),
      },
    ],
    rounds,
  );
  return {
    title: 'Core-integrity scan of gov-base',
    note: 'One tree, warm cache. Both hash every file with SHA-256; imprint also records type, mode, owner, links and extended attributes.',
    base: rows[0]?.name ?? '',
    rows,
  };
}
