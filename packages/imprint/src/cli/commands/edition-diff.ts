import { diffEditions, lockSha256, openContentStore, renderDiffHtml, renderDiffText } from '@imprint/edition';
import { writeDurably } from '../../platform/files.ts';
import type { Command } from '../command.ts';
import { namedLock } from '../edition-input.ts';

const side = (name: string) => ({
  name,
  summary: {
    en: 'a lock, or a directory with an edition.lock.json',
    'zh-CN': '锁文件，或含 edition.lock.json 的目录',
  },
});

export const editionDiff: Command = {
  name: 'edition diff',
  summary: { en: 'compare two editions by their locks', 'zh-CN': '按锁比较两个版本' },
  description: [
    {
      en: 'Packages, the CVEs their own changelogs close, policy, components and settings.',
      'zh-CN': '软件包、其变更日志所修复的 CVE、策略、组件与设置。',
    },
  ],
  args: [side('A'), side('B')],
  flags: [
    {
      name: 'html',
      type: 'string',
      value: 'FILE',
      summary: { en: 'write a page for people, in both languages', 'zh-CN': '另写一份双语网页' },
    },
  ],
  examples: [
    {
      line: 'imprint edition diff old.lock.json editions/gov-base/edition.lock.json',
      summary: { en: 'what a new lock brings', 'zh-CN': '新锁带来的变化' },
    },
  ],
  async run(input) {
    const { context } = input;
    const [a, b] = [await namedLock(input, 'A'), await namedLock(input, 'B')];
    const from = { lock: a.lock, lockSha256: lockSha256(a.lock) };
    const to = { lock: b.lock, lockSha256: lockSha256(b.lock) };
    const store = openContentStore(context.home.store);
    const diff = await diffEditions(from, to, { store, signal: context.signal });
    const html = input.text('html');
    if (html !== undefined) await writeDurably(context.path(html), renderDiffHtml(diff));
    return { data: diff, text: [renderDiffText(diff, context.language).trimEnd()] };
  },
};
