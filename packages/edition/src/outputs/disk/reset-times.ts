import type { Inside } from '../../engine/chroot.ts';
import type { TreeEntry } from '../../tree/index.ts';
import type { Extent } from './layout.ts';

const firstFreeInode = 11;

/** True for e2fsprogs from 1.47.1 on, which takes every time from SOURCE_DATE_EPOCH. */
export function honoursSourceDateEpoch(versionText: string): boolean {
  const [major = 0, minor = 0, patch = 0] = (/mke2fs (\d+)\.(\d+)(?:\.(\d+))?/.exec(versionText) ?? [])
    .slice(1)
    .map((part) => Number(part ?? 0));
  return major > 1 || (major === 1 && (minor > 47 || (minor === 47 && patch >= 1)));
}

/** Inodes a fresh file system with these entries uses, the reserved ones and lost+found included. */
export function usedInodes(entries: readonly TreeEntry[]): number {
  const linked = entries.filter(
    ({ hardlinks, path }) => hardlinks !== undefined && hardlinks !== path,
  ).length;
  return firstFreeInode + entries.length - 1 - linked;
}

/** debugfs commands that give every used inode the same access, change and creation times. Source: debugfs(8). */
export function resetScript(inodes: number, epoch: number): string {
  const lines: string[] = [];
  for (let inode = 1; inode <= inodes; inode++)
    for (const field of ['atime', 'ctime', 'crtime'])
      lines.push(`sif <${inode}> ${field} @${epoch}`, `sif <${inode}> ${field}_extra 0`);
  return `${lines.join('\n')}\n`;
}

/** Sets the times older e2fsprogs copies from the machine that presses. */
export async function resetTimes(
  tools: Inside,
  path: string,
  extent: Extent,
  entries: readonly TreeEntry[],
  epoch: number,
): Promise<void> {
  const script = resetScript(usedInodes(entries), epoch);
  const env = { E2FSPROGS_FAKE_TIME: String(epoch) };
  await tools.run(['debugfs', '-w', '-f', '-', `${path}?offset=${extent.startBytes}`], {
    input: script,
    env,
    onStdout: () => {},
  });
}
