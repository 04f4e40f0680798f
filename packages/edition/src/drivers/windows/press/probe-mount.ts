import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { inMountedImage } from '../tools/wimlib-mount.ts';
import { runWimlib } from '../tools/wimlib-run.ts';

/**
 * Edits a tiny image through FUSE and says what stood in the way, or nothing when it works here. A device node that
 * exists says little: containers have it without the right to mount.
 */
export async function probeMount(work: string): Promise<string | undefined> {
  const directory = join(work, 'probe');
  await mkdir(join(directory, 'tree'), { recursive: true });
  await writeFile(join(directory, 'tree', 'file'), 'before');
  const wim = join(directory, 'probe.wim');
  await runWimlib({ file: wim, args: ['capture', join(directory, 'tree'), wim, '--compress=none'] });
  try {
    await inMountedImage(wim, 1, join(directory, 'mounted'), (root) =>
      writeFile(join(root, 'file'), 'after'),
    );
    return await inMountedImage(wim, 1, join(directory, 'mounted'), async (root) =>
      (await readFile(join(root, 'file'), 'utf8')) === 'after'
        ? undefined
        : 'a written file read back as before',
    );
  } catch (error) {
    if (isImprintError(error, 'WINDOWS_TOOL_MOUNT')) return String(error.params.reason);
    if (isImprintError(error, 'WINDOWS_TOOL_WIMLIB')) return String(error.params.lastLines);
    throw error;
  }
}
