import { openContentStore, renderScan, scanPatches } from '@imprint/edition';
import type { Command } from '../command.ts';
import { manifestArgument } from '../edition-input.ts';
import { importedFeed } from '../patch/feed.ts';
import { fromLockFlag, keyringFlag } from '../patch/flags.ts';
import { patchStart } from '../patch/start.ts';
import { withProgress } from '../with-progress.ts';

const exits = { none: 0, open: 1, unknown: 4 } as const;

export const patchScan: Command = {
  name: 'patch scan',
  summary: { en: 'compare an edition with what upstream has now', 'zh-CN': '将版本与上游现状比较' },
  description: [
    {
      en: 'Resolves the manifest against base, updates and security as they are now and names every change, the archive it comes from and the CVEs its changelog names as fixed. Exit 1: something security-relevant waits. 0: nothing does. 4: not everything could be asked.',
      'zh-CN':
        '按基础、更新与安全仓库的现状解析清单，列出每项变化、来源仓库及变更日志注明已修复的 CVE。退出码 1：有待处理的安全更新；0：没有；4：未能查询全部来源。',
    },
  ],
  args: [manifestArgument],
  flags: [
    fromLockFlag,
    keyringFlag,
    {
      name: 'no-fetch',
      type: 'boolean',
      summary: {
        en: 'do not fetch the new packages; CVEs of those not in the store are unknown',
        'zh-CN': '不获取新软件包；内容库中没有的，其 CVE 为未知',
      },
    },
  ],
  examples: [
    {
      line: 'imprint patch scan editions/gov-base',
      summary: { en: 'what waits for the sample edition', 'zh-CN': '示例版本的待处理更新' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { loaded, lock, resolve } = await patchStart(input);
    const feed = await importedFeed(context);
    const scan = await withProgress(context, (reporter) =>
      scanPatches(loaded, lock, {
        ...resolve,
        store: openContentStore(context.home.store),
        reporter,
        signal: context.signal,
        now: context.now(),
        feed,
        fetch: !input.has('no-fetch'),
      }),
    );
    return { data: scan, text: renderScan(scan, context.language), exit: exits[scan.verdict] };
  },
};
