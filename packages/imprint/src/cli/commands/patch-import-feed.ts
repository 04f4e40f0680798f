import { createHash } from 'node:crypto';
import { largestFeedBytes, parseSeverityFeed } from '@imprint/edition';
import { writeDurably } from '../../platform/files.ts';
import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { feedFile } from '../patch/feed.ts';
import { readBounded } from '../read-file.ts';

export const patchImportFeed: Command = {
  name: 'patch import-feed',
  summary: { en: 'take in how grave CVEs are', 'zh-CN': '导入 CVE 严重程度数据' },
  description: [
    {
      en: "Debian's security tracker as JSON, a debsecan list, or a file of schema imprint/severity-feed/v1. Kept with its date, which every scan shows; what it does not name stays unknown.",
      'zh-CN':
        '可为 Debian 安全跟踪器的 JSON、debsecan 列表，或 imprint/severity-feed/v1 格式的文件。连同日期保存，每次扫描都会显示；未提及的条目仍为未知。',
    },
  ],
  args: [{ name: 'FILE', summary: { en: 'the file that was carried in', 'zh-CN': '带入的文件' } }],
  flags: [
    {
      name: 'date',
      type: 'string',
      value: 'WHEN',
      summary: {
        en: 'when it was made, an instant; where the file does not say',
        'zh-CN': '生成时刻，用于文件本身未注明时',
      },
    },
  ],
  examples: [
    {
      line: 'imprint patch import-feed tracker.json --date 2026-11-20T00:00:00Z',
      summary: { en: "the security tracker's data of that day", 'zh-CN': '当日的安全跟踪器数据' },
    },
  ],
  async run(input) {
    const { context } = input;
    const file = context.path(input.argument('FILE'));
    const stated = input.text('date');
    const date = stated === undefined ? undefined : new Date(stated);
    if (date !== undefined && Number.isNaN(date.getTime())) throw cliError('CLI_DATE', { got: stated ?? '' });
    const bytes = await readBounded(file, largestFeedBytes);
    const importedAt = context.now().toISOString();
    const feed = { ...parseSeverityFeed(bytes, file, date), importedAt };
    await writeDurably(feedFile(context), `${JSON.stringify(feed)}\n`);
    const count = Object.keys(feed.severities).length;
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const at = feed.date ?? context.say({ en: 'unknown', 'zh-CN': '未知' });
    return {
      data: { source: feed.source, date: feed.date, importedAt, count, sha256 },
      text: columns([
        [context.say({ en: 'source', 'zh-CN': '来源' }), feed.source],
        [context.say({ en: 'date', 'zh-CN': '日期' }), at],
        ['CVE', String(count)],
        ['sha256', sha256],
      ]),
    };
  },
};
