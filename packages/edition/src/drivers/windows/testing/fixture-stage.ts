import { copyFile, link, lutimes, mkdir, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runTool } from '../../../tools/run-tool.ts';
import { type FixtureFile, fixtureDirectories } from './fixture-tree.ts';
import { type DescriptorKind, descriptors } from './security-descriptor.ts';

/** A file of the fixture with the file on disk that holds its bytes. */
export type StagedFile = Omit<FixtureFile, 'content'> & { readonly from: string };

const filetimeOfEpoch = 116_444_736_000_000_000n;

/** Turns epoch seconds into a FILETIME. Source: [MS-DTYP] §2.3.3. */
export const filetime = (epochSeconds: number): bigint =>
  BigInt(epochSeconds) * 10_000_000n + filetimeOfEpoch;

/** Writes files, hard links and empty directories below a root, one after another so that inodes have an order. */
export async function materialise(root: string, files: readonly StagedFile[]): Promise<void> {
  for (const path of Object.keys(fixtureDirectories)) await mkdir(join(root, path), { recursive: true });
  for (const { path, from, links = [] } of files) {
    const target = join(root, path);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(from, target);
    for (const name of links) {
      await mkdir(dirname(join(root, name)), { recursive: true });
      await link(target, join(root, name));
    }
  }
}

async function everyPath(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true });
  return entries.sort();
}

/** Gives all below the root one time, children before their directories. */
export async function pinTimes(root: string, epochSeconds: number): Promise<void> {
  for (const path of (await everyPath(root)).reverse())
    await lutimes(join(root, path), epochSeconds, epochSeconds);
  await utimes(root, epochSeconds, epochSeconds);
}

/** A path as `setfattr --restore` reads it: octal escapes for all that is not plain. Source: setfattr(1). */
function escaped(path: string): string {
  return [...Buffer.from(path, 'utf8')]
    .map((byte) =>
      byte > 0x20 && byte < 0x7f && byte !== 0x5c
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, '0')}`,
    )
    .join('');
}

type Attributes = Readonly<Record<string, Uint8Array>>;

async function setAttributes(root: string, all: readonly (readonly [string, Attributes])[]): Promise<void> {
  const blocks = all.map(([path, attributes]) => {
    const lines = Object.entries(attributes).map(
      ([name, value]) => `${name}=0x${Buffer.from(value).toString('hex')}`,
    );
    return [`# file: ${escaped(path)}`, ...lines, '', ''].join('\n');
  });
  const restore = `${root}.attributes`;
  await writeFile(restore, blocks.join(''));
  try {
    await runTool(['setfattr', `--restore=${restore}`], { cwd: root });
  } finally {
    await rm(restore);
  }
}

/** Descriptors, short names, streams and times through ntfs-3g's attributes. Source: ntfs-3g(8), "extended attributes". */
export async function setNtfsMetadata(
  root: string,
  files: readonly StagedFile[],
  epochSeconds: number,
): Promise<void> {
  const byPath = new Map(
    files.flatMap((file) => [file.path, ...(file.links ?? [])].map((path) => [path, file])),
  );
  const paths = await everyPath(root);
  const described = paths.map((path) => {
    const file = byPath.get(`/${path}`);
    const kind: DescriptorKind = file?.descriptor ?? 'directory';
    const shortName = file?.path === `/${path}` ? file.shortName : fixtureDirectories[`/${path}`];
    const streams = file?.path === `/${path}` ? (file.streams ?? {}) : {};
    return [
      path,
      {
        'system.ntfs_acl': descriptors[kind],
        ...(shortName === undefined ? {} : { 'system.ntfs_dos_name': Buffer.from(shortName) }),
        ...Object.fromEntries(
          Object.entries(streams).map(([name, text]) => [`user.${name}`, Buffer.from(text)]),
        ),
      },
    ] as const;
  });
  await setAttributes(root, [['.', { 'system.ntfs_acl': descriptors.directory }], ...described]);
  const times = Buffer.alloc(24);
  for (const at of [0, 8, 16]) times.writeBigUInt64LE(filetime(epochSeconds), at);
  await setAttributes(
    root,
    ['.', ...paths].map((path) => [path, { 'system.ntfs_times': times }]),
  );
}
