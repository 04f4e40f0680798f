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
import type { Flag, Input } from '../command.ts';
import type { Context } from '../context.ts';
import { exists } from '../exists.ts';
import { formatBytes } from '../progress-format.ts';
import { withProgress } from '../with-progress.ts';

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
  | { readonly reason: 'first' | 'base' | 'rootfs' | 'unasked' | 'rehearsed' };

export interface EncodeBuildOptions {
  readonly build: string;
  /** The lock of the build; the one in it when not given. */
  readonly lock?: string | undefined;
  readonly channel: string;
  readonly store: ContentStore;
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

async function encodeFrom(
  files: readonly string[],
  { build, channel, store, ...options }: EncodeBuildOptions,
  { home, signal }: Context,
  reporter: Reporter,
): Promise<EncodedBuild> {
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
    from: [...known, ...(await furtherSources(files, known))],
    cacheDirectory: join(home.directory, 'cache', 'packs'),
    published: (sha256) => join(home.repository, packPath(sha256)),
    ...{ store, directory, reporter, signal },
  });
  return { directory, set };
}

/**
 * Encodes what brings devices of a channel's releases to a build in place, as the flags of a command ask for: below the state
 * directory, and going on where an earlier run of the same build ended.
 *
 * @throws what packs, patches and the build's files throw
 */
export async function encodeBuild(input: Input, options: EncodeBuildOptions): Promise<EncodedBuild> {
  const { context } = input;
  if (input.has('dry-run')) return { reason: 'rehearsed' };
  if (input.has('no-patch-set')) return { reason: 'unasked' };
  const files = input.list('patch-from').map((file) => context.path(file));
  return withProgress(context, (reporter) => encodeFrom(files, options, context, reporter));
}

const reasons = {
  unasked: { en: 'none asked for', 'zh-CN': '未要求' },
  rehearsed: { en: 'encoded when it is proposed', 'zh-CN': '提出时编码' },
  first: { en: 'none: nothing stands on this channel yet', 'zh-CN': '无：该通道尚无发布' },
  base: { en: 'none: not a Debian edition', 'zh-CN': '无：不是 Debian 版本' },
  rootfs: { en: 'none: the build has no root file system', 'zh-CN': '无：构建不含根文件系统' },
} as const;

/** One line for people: how many packages, how much at most is fetched, and from where. */
export function encodedText(context: Pick<Context, 'say'>, encoded: EncodedBuild): string {
  if ('reason' in encoded) return context.say(reasons[encoded.reason]);
  const { packages, from } = encoded.set;
  const bytes = formatBytes(packages.reduce((sum, { pack }) => sum + pack.sizeBytes, 0));
  const versions = from.map(({ version }) => version).join(', ');
  return context.say({
    en: `${packages.length} packages, ${bytes} whole; from ${versions}`,
    'zh-CN': `${packages.length} 个软件包，完整内容 ${bytes}；起点 ${versions}`,
  });
}
