import { copyFile, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { runTool } from '../../../tools/run-tool.ts';
import { inNtfsImage, makeNtfsImage } from '../testing/ntfs-image.ts';
import { mountImage, unmountImage } from '../tools/wimlib-mount.ts';

const ntfsSizeBytes = 192 * 1024 * 1024;

/** Copies a pressed WIM and lets `work` change the mounted copy; for tests. */
export async function tamperMounted(
  pressed: string,
  to: string,
  work: (root: string) => Promise<void>,
): Promise<string> {
  await copyFile(pressed, to);
  const mount = `${to}.mount`;
  await mkdir(mount);
  await mountImage(to, 1, mount);
  try {
    await work(mount);
  } finally {
    await unmountImage(mount, { commit: true });
  }
  return to;
}

/** Applies a pressed WIM to an NTFS volume, lets `work` change it there and captures it again; for tests. */
export async function tamperOnNtfs(
  pressed: string,
  to: string,
  work: (root: string) => Promise<void>,
): Promise<string> {
  const volume = `${to}.ntfs`;
  await makeNtfsImage(volume, ntfsSizeBytes);
  await runTool(['wimlib-imagex', 'apply', pressed, '1', volume]);
  await inNtfsImage(volume, work);
  await runTool(['wimlib-imagex', 'capture', volume, to, 'tampered', '--compress=none', '--nocheck']);
  await rm(volume);
  return to;
}

/** Copies a WIM and flips one bit of it. */
export async function flipStoredByte(pressed: string, to: string, offset: number): Promise<string> {
  await copyFile(pressed, to);
  await flipByte(to, offset);
  return to;
}

/** Flips one bit of a file in place; the last byte if no offset is given. */
export async function flipByte(file: string, offset?: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const at = offset ?? (await stat(file)).size - 1;
    const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
    buffer[0] = (buffer[0] ?? 0) ^ 1;
    await handle.write(buffer, 0, 1, at);
  } finally {
    await handle.close();
  }
}

/** An attribute of a file on a mounted NTFS volume. Source: ntfs-3g(8), "extended attributes". */
export async function ntfsAttribute(file: string, name: string): Promise<string> {
  const { stdout } = await runTool(['getfattr', '--only-values', '--name', name, file]);
  return `0x${stdout.toString('hex')}`;
}

export async function setNtfsAttribute(file: string, name: string, value: string): Promise<void> {
  await runTool(['setfattr', '--name', name, '--value', value, file]);
}

/** Replaces one name of a file with several by a file of its own that is the same in all else. */
export async function cutLink(file: string): Promise<void> {
  const names = ['system.ntfs_acl', 'system.ntfs_attrib', 'system.ntfs_times'];
  const values = await Promise.all(names.map((name) => ntfsAttribute(file, name)));
  const content = await readFile(file);
  await rm(file);
  const handle = await open(file, 'w');
  await handle.writeFile(content);
  await handle.close();
  for (const [at, name] of names.entries()) await setNtfsAttribute(file, name, values[at] ?? '');
}
