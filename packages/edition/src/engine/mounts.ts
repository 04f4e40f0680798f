import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { runTool } from '../tools/run-tool.ts';

/** Mounts made in this process's private namespace; they vanish with it, whatever ends it. */
export async function mountOverlay(
  work: string,
  name: string,
  lowerDirectories: readonly string[],
  upper?: string,
): Promise<string> {
  const target = join(work, name);
  await mkdir(target, { recursive: true });
  // Short relative names: the mount call takes at most a page of options, newer ones 256 bytes each.
  const links = await Promise.all(
    lowerDirectories.map((directory, at) => shortName(work, `${name}.${at}`, directory)),
  );
  const options = [`lowerdir=${[...links].reverse().join(':')}`];
  if (upper !== undefined) {
    const scratch = `${name}.w`;
    await rm(join(work, scratch), { recursive: true, force: true });
    await mkdir(join(work, scratch), { recursive: true });
    options.push(`upperdir=${await shortName(work, `${name}.u`, upper)}`, `workdir=${scratch}`);
  }
  options.push('redirect_dir=off', 'metacopy=off', 'index=off', 'xino=off');
  await runTool(['mount', '-t', 'overlay', 'overlay', '-o', options.join(','), target], { cwd: work });
  return target;
}

async function shortName(work: string, name: string, directory: string): Promise<string> {
  await rm(join(work, name), { force: true });
  await symlink(directory, join(work, name));
  return name;
}

export async function mountTmpfs(target: string, options: string): Promise<void> {
  await mkdir(target, { recursive: true });
  await runTool(['mount', '-t', 'tmpfs', '-o', options, 'tmpfs', target]);
}

export async function bindMount(source: string, target: string, readOnly: boolean): Promise<void> {
  await mkdir(target, { recursive: true });
  await runTool(['mount', '--bind', source, target]);
  if (readOnly) await runTool(['mount', '-o', 'remount,bind,ro', target]);
}

/** Unmounts a tree of mounts. */
export async function unmount(target: string): Promise<void> {
  await runTool(['umount', '--recursive', target]);
}
