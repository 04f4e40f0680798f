import { randomBytes } from 'node:crypto';
import { chmod, constants, copyFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { guardSpace, publishFile } from '../../../store/index.ts';
import { runTool } from '../../../tools/run-tool.ts';
import { emitReg } from '../formats/reg/emit-reg.ts';
import type { RegistryEdit } from '../formats/reg/model.ts';
import { changesOfEdits, editsOfChanges } from '../formats/regf/changes-of-edits.ts';
import { checkHive } from '../formats/regf/check-hive.ts';
import type { HiveChange } from '../formats/regf/diff-hives.ts';
import { repairKeyIndex } from '../formats/regf/key-index.ts';
import { foldName } from '../formats/regf/names.ts';
import { openHive, readHive } from '../formats/regf/read-hive.ts';

/** Stands for the hive's root in the tool's input; any word would do. */
const prefix = 'HIVE';
/** Makes Perl read and compare names as characters; as bytes, a value named in Chinese is not replaced but doubled. */
const perlEnvironment = { PERL_UNICODE: 'SD' };

/** What to edit and where the result goes. */
export interface HiveEditing {
  readonly base: string;
  readonly edits: readonly RegistryEdit[];
  readonly out: string;
  readonly signal?: AbortSignal | undefined;
}

async function merge(path: string, changes: readonly HiveChange[], signal?: AbortSignal): Promise<void> {
  const input = emitReg(prefix, editsOfChanges(changes));
  const argv = ['hivexregedit', '--merge', '--prefix', prefix, path];
  await runTool(argv, { input, env: perlEnvironment, signal });
  const { hive, bytes } = await readHive(path);
  const added = changes.flatMap(({ kind, key }) => (kind === 'added-key' ? [foldName(key)] : []));
  repairKeyIndex(bytes, hive, new Set(added));
  await writeFile(path, bytes);
}

/**
 * Writes a base hive with edits to `out` and returns what changed, which was read back and is exactly what was meant.
 * The base stays as it is; without a change, `out` is the base's bytes. The same base and edits give the same bytes.
 *
 * @throws WINDOWS_HIVE_* of the base or the edits, WINDOWS_HIVE_MISMATCH, TOOL_MISSING, TOOL_FAILED, STORE_FULL
 */
export async function editHive({ base, edits, out, signal }: HiveEditing): Promise<HiveChange[]> {
  const { hive } = await readHive(base);
  const changes = changesOfEdits(hive, edits);
  const temporary = `${out}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await guardSpace(dirname(out), out, async () => {
      await copyFile(base, temporary, constants.COPYFILE_EXCL);
      await chmod(temporary, 0o644);
      if (changes.length > 0) await merge(temporary, changes, signal);
      const edited = openHive((await readHive(temporary)).bytes, basename(base));
      checkHive({ base: hive, edited, intended: changes });
      await publishFile(temporary, out);
    });
  } finally {
    await rm(temporary, { force: true });
  }
  return changes;
}
