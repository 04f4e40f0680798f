import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { runTool } from '../../../tools/run-tool.ts';
import { refOptions } from './wimlib.ts';
import { runWimlib, type WimlibOptions } from './wimlib-run.ts';

/** Says why an image cannot be mounted here, or nothing when it can. */
export function mountObstacle(): string | undefined {
  if (!existsSync('/dev/fuse')) return '/dev/fuse is missing';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  return undefined;
}

/** Mounts an image for writing through FUSE; `unmountImage` must follow. @throws WINDOWS_TOOL_MOUNT */
export async function mountImage(
  wim: string,
  index: number,
  directory: string,
  options: WimlibOptions & { readonly refs?: readonly string[]; readonly stagingDirectory?: string } = {},
): Promise<void> {
  const { refs = [], stagingDirectory } = options;
  const how = [
    ...refOptions(refs),
    ...(stagingDirectory === undefined ? [] : [`--staging-dir=${stagingDirectory}`]),
  ];
  const args = ['mountrw', wim, String(index), directory, ...how];
  await runWimlib({ file: wim, index, args }, options);
}

const detachTries = 500;
const detachWaitMs = 20;

/** wimlib answers once it has committed; the kernel lets go of the mount a moment later. Source: proc_mounts(5), fstab(5). */
async function waitUntilDetached(directory: string): Promise<void> {
  const octal = (character: string) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  const target = ` ${resolve(directory).replace(/[\t\n \\]/g, octal)} `;
  for (let tries = 0; tries < detachTries; tries++) {
    if (!(await readFile('/proc/self/mounts', 'utf8')).includes(target)) return;
    await setTimeout(detachWaitMs);
  }
  await runTool(['umount', '--lazy', directory], { accept: [0, 1, 32] });
}

/** Unmounts an image and keeps or drops what changed; no signal stops it, and a failure still detaches the mount. */
export async function unmountImage(
  directory: string,
  { commit, onProgress }: { readonly commit: boolean } & Pick<WimlibOptions, 'onProgress'>,
): Promise<void> {
  const args = ['unmount', directory, ...(commit ? ['--commit'] : [])];
  try {
    await runWimlib({ file: directory, args }, { onProgress });
    await waitUntilDetached(directory);
  } catch (error) {
    await runTool(['umount', '--lazy', directory], { accept: [0, 1, 32] });
    throw error;
  }
}

/** Runs `work` inside a mounted image; its changes are kept when it ends well and dropped when it throws. */
export async function inMountedImage<T>(
  wim: string,
  index: number,
  directory: string,
  work: (root: string) => Promise<T>,
  options: Parameters<typeof mountImage>[3] = {},
): Promise<T> {
  await mkdir(directory, { recursive: true });
  try {
    await mountImage(wim, index, directory, options);
    let isDone = false;
    try {
      const result = await work(directory);
      options.signal?.throwIfAborted();
      isDone = true;
      return result;
    } finally {
      await unmountImage(directory, { commit: isDone, onProgress: options.onProgress });
    }
  } finally {
    await rmdir(directory).catch((cause: NodeJS.ErrnoException) => {
      // What was there before the mount is the caller's.
      if (cause.code !== 'ENOTEMPTY') throw cause;
    });
  }
}
