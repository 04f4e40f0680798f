import { loadManifest } from '@imprint/edition';
import type { Command } from '../command.ts';
import { manifestArgument, manifestFile } from '../edition-input.ts';
import { columns } from '../help.ts';

export const editionCheck: Command = {
  name: 'edition check',
  summary: { en: 'check a manifest with everything it extends', 'zh-CN': '检查清单及其继承的全部内容' },
  description: [
    {
      en: 'Every problem at once, each with file, line, column and what was expected.',
      'zh-CN': '一次列出全部问题，各含文件、行、列与期望内容。',
    },
  ],
  args: [manifestArgument],
  flags: [],
  examples: [
    {
      line: 'imprint edition check editions/gov-base',
      summary: { en: 'the sample edition', 'zh-CN': '示例版本' },
    },
  ],
  async run(input) {
    const { manifest, file, sources, overrides } = await loadManifest(await manifestFile(input));
    const { say, language } = input.context;
    return {
      data: { manifest, file, sources, overrides },
      text: [
        say({ en: `${file} is in order`, 'zh-CN': `${file} 检查通过` }),
        ...columns([
          [`${manifest.edition} ${manifest.version}`, manifest.title[language]],
          [say({ en: 'from', 'zh-CN': '来源' }), sources.join(' → ')],
          [say({ en: 'overrides', 'zh-CN': '覆盖' }), String(overrides.length)],
        ]),
      ],
    };
  },
};
