import { packDefinitions } from '@imprint/edition';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';

export const antivirusPack: Command = {
  name: 'antivirus pack',
  summary: {
    en: 'pack signature files as the definitions set of an edition',
    'zh-CN': '将病毒特征文件打包为版本的病毒库',
  },
  description: [
    {
      en: 'The set states each file by digest and when it was packed; devices judge its age by that. A release names the set, so its approvals sign it.',
      'zh-CN':
        '病毒库按摘要列出每个文件并注明打包时间；设备据此判断其时效。发布引用病毒库，因此批准即对其签名。',
    },
  ],
  args: [{ name: 'DIR', summary: { en: 'directory of signature files', 'zh-CN': '特征文件所在目录' } }],
  flags: [
    {
      name: 'out',
      type: 'string',
      value: 'DIR',
      required: true,
      summary: {
        en: 'where the set goes; a manifest names its definitions.json',
        'zh-CN': '病毒库的输出目录；清单引用其中的 definitions.json',
      },
    },
    {
      name: 'keep',
      type: 'boolean',
      summary: {
        en: 'keep a set of the same files that is younger than a day',
        'zh-CN': '若已有内容相同且不足一天的病毒库则保留',
      },
    },
  ],
  examples: [
    {
      line: 'imprint antivirus pack editions/gov-base/antivirus --out dist/antivirus',
      summary: { en: 'the set of the sample edition', 'zh-CN': '示例版本的病毒库' },
    },
  ],
  async run(input) {
    const { context } = input;
    const options = { now: context.now(), keepHours: input.has('keep') ? 24 : 0 };
    const out = context.path(input.requiredText('out'));
    const { definitions, file, state } = await packDefinitions(
      context.path(input.argument('DIR')),
      out,
      options,
    );
    const { version, builtAt, files } = definitions;
    return {
      data: { file, state, version, builtAt, files },
      text: [
        file,
        ...columns([
          ['version', version],
          ['builtAt', builtAt],
          ...files.map((one): [string, string] => [one.name, one.sha256]),
        ]),
      ],
    };
  },
};
