import { lstat, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isImprintError } from '@imprint/protocol';
import { storeError } from '../../../store/errors.ts';
import { runTool, runToolText } from '../../../tools/run-tool.ts';
import { windowsLockError } from './errors.ts';

/** A file on a medium; `path` as the medium spells it. */
interface MediumFile {
  readonly path: string;
  readonly sizeBytes: number;
}

const listingLimitBytes = 64 * 1024 * 1024;

async function readMedium<T>(file: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isImprintError(error, 'TOOL_FAILED')) throw error;
    const reason = String(error.params.lastLines).split('\n').filter(Boolean).join('; ').slice(0, 400);
    const params = { file: basename(file), reason: reason || String(error.params.outcome) };
    throw windowsLockError('WINDOWS_LOCK_MEDIUM_DAMAGED', params, { cause: error });
  }
}

/**
 * Lists the files of a medium through its UDF tree, or that of ISO 9660 if it has no other. Source: 7z(1), `l -slt`.
 *
 * @throws WINDOWS_LOCK_MEDIUM_DAMAGED, TOOL_MISSING
 */
export async function listMedium(file: string, signal?: AbortSignal): Promise<MediumFile[]> {
  const argv = ['7z', 'l', '-slt', '-ba', '-spd', '--', file];
  const options = { signal, maxOutputBytes: listingLimitBytes };
  const text = await readMedium(file, () => runToolText(argv, options));
  return text.split(/\r?\n\r?\n/).flatMap((block) => {
    const path = /^Path = (.*)$/m.exec(block)?.[1];
    const size = /^Size = (\d+)$/m.exec(block)?.[1];
    const isFolder = /^Folder = \+$/m.test(block);
    return path === undefined || size === undefined || isFolder ? [] : [{ path, sizeBytes: Number(size) }];
  });
}

const installImages = [/^sources\/install\.wim$/i, /^sources\/install\d*\.swm$/i, /^sources\/install\.esd$/i];

/** Finds the installation image among a medium's files, every part of a split set included. @throws WINDOWS_LOCK_MEDIUM_EMPTY */
export function findInstallImage(file: string, files: readonly MediumFile[]): readonly MediumFile[] {
  const found = installImages
    .map((pattern) => files.filter(({ path }) => pattern.test(path)))
    .find((list) => list.length > 0);
  if (found === undefined) throw windowsLockError('WINDOWS_LOCK_MEDIUM_EMPTY', { file: basename(file) });
  return found;
}

async function assertSpace(directory: string, files: readonly MediumFile[]): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const needed = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const name = files.map(({ path }) => basename(path)).join(', ');
  if (bavail * bsize < needed) throw storeError('STORE_FULL', { directory, name });
}

/**
 * Extracts files of a medium into a directory, without their directories, and returns their paths in order.
 *
 * @throws WINDOWS_LOCK_MEDIUM_DAMAGED also when a file comes out shorter than listed or as a link, STORE_FULL
 */
export async function extractFromMedium(
  file: string,
  files: readonly MediumFile[],
  directory: string,
  signal?: AbortSignal,
): Promise<string[]> {
  await assertSpace(directory, files);
  const argv = ['7z', 'e', '-y', '-bd', '-bso0', '-spd', `-o${directory}`, '--', file];
  await readMedium(file, () => runTool([...argv, ...files.map(({ path }) => path)], { signal }));
  for (const { path, sizeBytes } of files) {
    const found = await lstat(join(directory, basename(path))).catch(() => undefined);
    if (found?.isFile() === true && found.size === sizeBytes) continue;
    const got = found?.isFile() === true ? found.size : 0;
    const params = { file: basename(file), reason: `${path}: ${got} of ${sizeBytes} bytes` };
    throw windowsLockError('WINDOWS_LOCK_MEDIUM_DAMAGED', params);
  }
  return files.map(({ path }) => join(directory, basename(path)));
}
