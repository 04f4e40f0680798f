import { readDraft, releasePaths, signRootDraft } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { keyFlag, openNamedKey } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';
import { draftData, draftLines } from '../root-lines.ts';

export const trustSignRoot: Command = {
  name: 'trust sign-root',
  summary: { en: 'sign the root and targets as a party', 'zh-CN': '以参与方身份签署根与目标元数据' },
  description: [
    {
      en: 'Works on the two files in the root directory, which may be carried from party to party.',
      'zh-CN': '处理根目录中的两个文件，可在各方之间携带传递。',
    },
  ],
  args: [],
  flags: [
    { ...keyFlag, many: true, required: true },
    {
      name: 'dir',
      type: 'string',
      value: 'DIR',
      summary: {
        en: 'where root.json and targets.json are, default release/root',
        'zh-CN': 'root.json 与 targets.json 所在目录，默认 release/root',
      },
    },
    passphraseFlag,
  ],
  examples: [
    {
      line: 'imprint trust sign-root --key regulator.key.json --dir /media/usb/root',
      summary: { en: 'the regulator signs on its own machine', 'zh-CN': '监管方在自己的机器上签署' },
    },
  ],
  async run(input) {
    const { context } = input;
    const given = input.text('dir');
    const directory = given === undefined ? releasePaths(context.home).root : context.path(given);
    let draft = await readDraft(directory);
    for (const [position, key] of input.list('key').entries()) {
      const { holder, signers } = await openNamedKey(input, key, position);
      draft = await signRootDraft(directory, holder, signers);
    }
    return { data: draftData(draft), text: draftLines(draft, context) };
  },
};
