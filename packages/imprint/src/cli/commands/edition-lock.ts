import { join } from 'node:path';
import {
  fetchLocked,
  loadManifest,
  lockSha256,
  openContentStore,
  resolveLock,
  writeLock,
} from '@imprint/edition';
import { type EditionLock, isWindowsLock, type LockedImage } from '@imprint/protocol';
import { releasePaths } from '../../rooms/release/index.ts';
import { ownArchiveKey } from '../archive-key.ts';
import type { Command } from '../command.ts';
import { lockBeside, manifestArgument, manifestFile } from '../edition-input.ts';
import { exists } from '../exists.ts';
import { columns } from '../help.ts';
import { withProgress } from '../with-progress.ts';

function countsOf(lock: EditionLock): Record<string, number> {
  const upstream = isWindowsLock(lock)
    ? { image: lock.image.parts.length }
    : { base: lock.base.length, packages: lock.packages.length, tools: lock.tools.length };
  return { ...upstream, inputs: lock.inputs.length };
}

function imageColumns({ name, editionId, version, languages }: LockedImage): [string, string][] {
  const build = `${version.major}.${version.minor}.${version.build}.${version.revision}`;
  return [
    ['name', `${name} (${editionId})`],
    ['build', build],
    ['languages', languages.join(', ')],
  ];
}

export const editionLock: Command = {
  name: 'edition lock',
  summary: {
    en: 'pin every input of a manifest by digest, and fetch it',
    'zh-CN': '按摘要锁定清单的全部输入并获取',
  },
  description: [
    {
      en: 'Resolved by apt over base, updates and security together. From the lock an edition builds later without any network.',
      'zh-CN': '由 apt 在基础、更新与安全仓库中一并解析。之后可仅凭锁在无网络的情况下构建。',
    },
    {
      en: 'A Windows edition is locked from your own install.wim, split set or installation medium; the file is read, never changed.',
      'zh-CN': 'Windows 版本由您自有的 install.wim、分卷集或安装介质锁定；只读取该文件，绝不改动。',
    },
  ],
  args: [manifestArgument],
  flags: [
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'the lock, default edition.lock.json beside the manifest',
        'zh-CN': '锁文件，默认清单旁的 edition.lock.json',
      },
    },
    {
      name: 'release-root',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'the root devices pin, default release/root/root.json',
        'zh-CN': '设备固定的根，默认 release/root/root.json',
      },
    },
    {
      name: 'image',
      type: 'string',
      value: 'FILE',
      summary: {
        en: "Windows: your image or medium, in place of the manifest's",
        'zh-CN': 'Windows：您的映像或介质，替代清单所写的文件',
      },
    },
    {
      name: 'no-fetch',
      type: 'boolean',
      summary: {
        en: 'resolve only; packages are fetched by the build',
        'zh-CN': '仅解析；软件包由构建时获取',
      },
    },
  ],
  examples: [
    {
      line: 'imprint edition lock editions/gov-base',
      summary: { en: 'lock the sample edition', 'zh-CN': '锁定示例版本' },
    },
    {
      line: 'imprint edition lock editions/gov-desktop-windows --image install.wim',
      summary: { en: 'lock a Windows edition from your own image', 'zh-CN': '由自有映像锁定 Windows 版本' },
    },
  ],
  async run(input) {
    const { context } = input;
    const image = input.text('image');
    const loaded = await loadManifest(await manifestFile(input), {
      image: image === undefined ? undefined : context.path(image),
    });
    const given = input.text('out');
    const file = given === undefined ? lockBeside(loaded.file) : context.path(given);
    const own = join(releasePaths(context.home).root, 'root.json');
    const named = input.text('release-root');
    const releaseRoot = named === undefined ? ((await exists(own)) ? own : undefined) : context.path(named);
    const store = openContentStore(context.home.store);
    const { signal } = context;
    const cacheDir = join(context.home.directory, 'cache');
    const lock = await withProgress(context, async (reporter) => {
      const inputs = { releaseRoot, archiveKey: await ownArchiveKey(context) };
      const resolved = await resolveLock(loaded, { store, cacheDir, reporter, ...inputs, signal });
      if (!input.has('no-fetch')) await fetchLocked(resolved, { store, reporter, signal });
      return resolved;
    });
    await writeLock(file, lock);
    const sha256 = lockSha256(lock);
    const counts = countsOf(lock);
    return {
      data: { file, sha256, edition: lock.edition, version: lock.version, counts },
      text: [
        file,
        ...columns([
          ['sha256', sha256],
          ...(isWindowsLock(lock) ? imageColumns(lock.image) : []),
          ...Object.entries(counts).map(([name, n]): [string, string] => [name, String(n)]),
        ]),
      ],
    };
  },
};
