import { join } from 'node:path';
import {
  type ContentStore,
  encodePatchSet,
  extractLooseFiles,
  lockSha256,
  type PatchSource,
  type Reporter,
  readLock,
} from '@imprint/edition';
import { isWindowsLock, type PatchSet, packPath } from '@imprint/protocol';
import { patchSources, readBuildRecord } from '../../rooms/release/index.ts';
import type { Flag } from '../command.ts';
import type { Context } from '../context.ts';
import { exists } from '../exists.ts';
import { formatBytes } from '../progress-format.ts';

export const noPatchSetFlag: Flag = {
  name: 'no-patch-set',
  type: 'boolean',
  summary: {
    en: 'make nothing that brings earlier releases here in place: devices are set up anew',
    'zh-CN': '不生成就地更新所需内容：设备须重新装机',
  },
};

export const patchFromFlag: Flag = {
  name: 'patch-from',
  type: 'string',
  value: 'LOCK',
  many: true,
  summary: {
    en: 'lock of a further release that devices run; those the channel knows need not be named',
    'zh-CN': '设备仍在运行的其他发布的锁；通道已知的发布无需指定',
  },
};

/** What was encoded of a build, or why nothing was. */
export type EncodedBuild =
  | { readonly directory: string; readonly set: PatchSet }
  | { readonly reason: 'first' | 'base' | 'rootfs' };

export interface EncodeBuildOptions {
  readonly build: string;
  /** The lock of the build; the one in it when not given. */
  readonly lock?: string | undefined;
  readonly channel: string;
  /** Files of further locks to start from. */
  readonly from: readonly string[];
  readonly store: ContentStore;
  readonly reporter: Reporter;
}

async function furtherSources(
  files: readonly string[],
  known: readonly PatchSource[],
): Promise<PatchSource[]> {
  const sources: PatchSource[] = [];
  for (const file of files) {
    const lock = await readLock(file);
    const digest = lockSha256(lock);
    if (!isWindowsLock(lock) && known.every((source) => source.lockSha256 !== digest))
      sources.push({ lock, lockSha256: digest });
  }
  return sources;
}

/**
 * Encodes what brings devices of a channel's releases to a build in place, below the state directory: the same build goes on
 * where an earlier run ended.
 *
 * @throws what packs, patches and the build's files throw
 */
export async function encodeBuild(context: Context, options: EncodeBuildOptions): Promise<EncodedBuild> {
  const { build, channel, store, reporter } = options;
  const { home, signal } = context;
  const record = await readBuildRecord(build);
  const beside = join(build, 'edition.lock.json');
  const lock = await readLock(options.lock ?? ((await exists(beside)) ? beside : join(build, 'lock.json')));
  if (isWindowsLock(lock)) return { reason: 'base' };
  const known = await patchSources(home.repository, record.edition, channel);
  if (known.length === 0) return { reason: 'first' };
  if (record.artifacts.every(({ kind }) => kind !== 'rootfs')) return { reason: 'rootfs' };
  const directory = join(home.directory, 'patch', 'encoded', record.lockSha256);
  await extractLooseFiles(build, directory, signal);
  const set = await encodePatchSet({
    lock,
    lockSha256: record.lockSha256,
    from: [...known, ...(await furtherSources(options.from, known))],
    cacheDirectory: join(home.directory, 'cache', 'packs'),
    published: (sha256) => join(home.repository, packPath(sha256)),
    ...{ store, directory, reporter, signal },
  });
  return { directory, set };
}

const reasons = {
  first: { en: 'none: nothing stands on this channel yet', 'zh-CN': '无：该通道尚无发布' },
  base: { en: 'none: not a Debian edition', 'zh-CN': '无：不是 Debian 版本' },
  rootfs: { en: 'none: the build has no root file system', 'zh-CN': '无：构建不含根文件系统' },
} as const;

/** One line for people: how many packages, how much at most is fetched, and from where. */
export function encodedText(context: Pick<Context, 'say'>, encoded: EncodedBuild | undefined): string {
  if (encoded === undefined) return context.say({ en: 'none asked for', 'zh-CN': '未要求' });
  if ('reason' in encoded) return context.say(reasons[encoded.reason]);
  const { packages, from } = encoded.set;
  const bytes = formatBytes(packages.reduce((sum, { pack }) => sum + pack.sizeBytes, 0));
  const versions = from.map(({ version }) => version).join(', ');
  return context.say({
    en: `${packages.length} packages, ${bytes} whole; from ${versions}`,
    'zh-CN': `${packages.length} 个软件包，完整内容 ${bytes}；起点 ${versions}`,
  });
}
