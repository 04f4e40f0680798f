import { join } from 'node:path';
import { executeBuild, fetchLocked, openContentStore, planBuild, writeLock } from '@imprint/edition';
import type { Command } from '../command.ts';
import { lockArgument, namedLock, profileFlag } from '../edition-input.ts';
import { exists } from '../exists.ts';
import { columns } from '../help.ts';
import { formatBytes } from '../progress-format.ts';
import { withProgress } from '../with-progress.ts';

export const editionBuild: Command = {
  name: 'edition build',
  summary: { en: 'build artifacts and evidence from a lock', 'zh-CN': '按锁构建制品与证据' },
  description: [
    {
      en: 'Fetches what the store lacks, redoes only the layers whose inputs changed, and can be interrupted: the same command goes on.',
      'zh-CN': '获取存储中缺少的内容，仅重做输入有变的层；可以中断，再次运行同一命令即可继续。',
    },
  ],
  args: [lockArgument],
  flags: [
    profileFlag,
    {
      name: 'catalog-key',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'Windows: the PEM key that signs the catalog of added files; it is read, never kept',
        'zh-CN': 'Windows：为新增文件的目录签名的 PEM 密钥；只读取，不保存',
      },
    },
  ],
  examples: [
    {
      line: 'imprint edition build editions/gov-base',
      summary: { en: 'the sample edition', 'zh-CN': '示例版本' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { lock } = await namedLock(input);
    const profile = input.text('profile') === 'preview' ? 'preview' : 'release';
    const store = openContentStore(context.home.store);
    const { signal } = context;
    const { record, directory } = await withProgress(context, async (reporter) => {
      await fetchLocked(lock, { store, reporter, signal });
      const plan = planBuild(lock, { profile });
      const key = input.text('catalog-key');
      const catalogKey = key === undefined ? undefined : context.path(key);
      return executeBuild(plan, lock, { home: context.home.directory, store, reporter, signal, catalogKey });
    });
    const lockFile = join(directory, 'edition.lock.json');
    if (!(await exists(lockFile))) await writeLock(lockFile, lock);
    const { core, overlay, modified, violations } = record.counts;
    return {
      data: { directory, record },
      text: [
        directory,
        ...columns([
          ...record.artifacts.map((file): [string, string] => [
            file.name,
            `${formatBytes(file.sizeBytes)}  ${file.digests.sha256}`,
          ]),
          ['core', `${core}`],
          ['overlay', `${overlay}`],
          ['modified', `${modified}`],
          ['violations', `${violations}`],
        ]),
      ],
    };
  },
};
