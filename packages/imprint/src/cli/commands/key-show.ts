import { readKeyFileHeader } from '@imprint/trust';
import { writeDurably } from '../../platform/files.ts';
import type { Command } from '../command.ts';
import { publicKeyLines, readKeyText } from '../key-files.ts';

export const keyShow: Command = {
  name: 'key show',
  summary: { en: "show a key file's public half", 'zh-CN': '显示密钥文件的公开部分' },
  description: [
    {
      en: 'No passphrase is asked. With --out the public half becomes a file that "imprint trust init" reads.',
      'zh-CN': '不需要口令。使用 --out 可将公开部分写成 “imprint trust init” 可读取的文件。',
    },
  ],
  args: [
    {
      name: 'KEY',
      summary: {
        en: 'key file, or its name in the state directory',
        'zh-CN': '密钥文件，或其在状态目录中的名称',
      },
    },
  ],
  flags: [
    {
      name: 'out',
      type: 'string',
      value: 'FILE',
      summary: { en: 'write the public half here', 'zh-CN': '将公开部分写入此文件' },
    },
  ],
  examples: [
    {
      line: 'imprint key show operator --out operator.pub.json',
      summary: { en: 'what the operator hands to the others', 'zh-CN': '运营方交给其他各方的内容' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { text } = await readKeyText(context, input.argument('KEY'));
    const { holder, createdAt, profile, publicKeys } = readKeyFileHeader(text);
    const data = { schema: 'imprint/public-keys/v1', holder, createdAt, profile, publicKeys };
    const out = input.text('out');
    if (out !== undefined) await writeDurably(context.path(out), `${JSON.stringify(data, undefined, 2)}\n`);
    return {
      data,
      text: [
        `${holder}  ${profile}  ${createdAt}`,
        ...publicKeyLines(publicKeys),
        ...publicKeys.map((key) => key.pem.trim()),
      ],
    };
  },
};
