import { readDraft, releasePaths } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { draftData, draftLines } from '../root-lines.ts';

export const trustShow: Command = {
  name: 'trust show',
  summary: { en: 'show the root: parties, keys and who has signed', 'zh-CN': '显示根：各方、密钥与签署情况' },
  args: [],
  flags: [
    {
      name: 'dir',
      type: 'string',
      value: 'DIR',
      summary: {
        en: 'where root.json and targets.json are, default release/root',
        'zh-CN': 'root.json 与 targets.json 所在目录，默认 release/root',
      },
    },
  ],
  examples: [
    { line: 'imprint trust show', summary: { en: 'who may approve a release', 'zh-CN': '谁可以批准发布' } },
  ],
  async run(input) {
    const { context } = input;
    const given = input.text('dir');
    const draft = await readDraft(
      given === undefined ? releasePaths(context.home).root : context.path(given),
    );
    return {
      data: draftData(draft),
      text: draftLines(draft, context),
      exit: draft.missing.length === 0 ? 0 : 1,
    };
  },
};
