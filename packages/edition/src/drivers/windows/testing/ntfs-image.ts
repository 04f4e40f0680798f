import { existsSync } from 'node:fs';
import { mkdir, open, rmdir } from 'node:fs/promises';
import { runTool } from '../../../tools/run-tool.ts';

/** Makes an empty NTFS file system in a sparse file. */
export async function makeNtfsImage(image: string, sizeBytes: number): Promise<void> {
  const handle = await open(image, 'w');
  await handle.truncate(sizeBytes);
  await handle.close();
  await runTool(['mkntfs', '-F', '-Q', '-q', image]);
}

/** Says why an NTFS image cannot be mounted here, or nothing when it can. */
export function ntfsMountObstacle(): string | undefined {
  if (!existsSync('/dev/fuse')) return '/dev/fuse is missing';
  if (process.getuid?.() !== 0) return 'mounting needs root';
  return undefined;
}

/** Mounts an image through ntfs-3g, runs `work` in it and always unmounts. */
export async function inNtfsImage(image: string, work: (root: string) => Promise<void>): Promise<void> {
  const root = `${image}.mounted`;
  await mkdir(root);
  try {
    await runTool(['ntfs-3g', image, root]);
    try {
      await work(root);
    } finally {
      await runTool(['umount', root]);
    }
  } finally {
    await rmdir(root);
  }
}
