import type { Command } from '../command.ts';
import { type AgencyRow, agencyIdOf } from '../licence.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { serverDryRunFlag, serverFlag } from '../texts.ts';

export const agencyAdd: Command = {
  name: 'agency add',
  summary: { en: 'add an agency below one you may see', 'zh-CN': '在您可见的机构之下添加机构' },
  description: [
    {
      en: 'Many at once come from a file: imprint licence import.',
      'zh-CN': '批量添加请使用文件：imprint licence import。',
    },
  ],
  args: [{ name: 'CODE', summary: { en: 'what it is registered under', 'zh-CN': '登记代码' } }],
  flags: [
    {
      name: 'parent',
      type: 'string',
      value: 'AGENCY',
      required: true,
      summary: { en: 'id or code of the agency above', 'zh-CN': '上级机构的编号或代码' },
    },
    {
      name: 'kind',
      type: 'string',
      value: 'KIND',
      required: true,
      choices: ['ministry', 'province', 'agency', 'site'],
      summary: { en: 'its level', 'zh-CN': '机构类型' },
    },
    {
      name: 'sector',
      type: 'string',
      value: 'SECTOR',
      choices: ['government', 'energy', 'telecoms', 'transport', 'finance', 'other'],
      summary: { en: "its sector, default its parent's", 'zh-CN': '行业，默认同上级机构' },
    },
    {
      name: 'name-en',
      type: 'string',
      value: 'TEXT',
      required: true,
      summary: { en: 'its English name', 'zh-CN': '英文名称' },
    },
    {
      name: 'name-zh',
      type: 'string',
      value: 'TEXT',
      required: true,
      summary: { en: 'its Chinese name', 'zh-CN': '中文名称' },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: "imprint agency add GRID-N --parent ENERGY --kind agency --name-en 'Northern grid' --name-zh '北方电网'",
      summary: { en: 'one more agency', 'zh-CN': '新增一个机构' },
    },
  ],
  async run(input) {
    const { say } = input.context;
    const code = input.argument('CODE');
    const sector = input.text('sector');
    const body = {
      parentId: await agencyIdOf(input, input.requiredText('parent')),
      kind: input.requiredText('kind'),
      code,
      ...(sector === undefined ? {} : { sector }),
      name: { en: input.requiredText('name-en'), 'zh-CN': input.requiredText('name-zh') },
    };
    const agency = (await changeOnServer(input, 'POST /v1/agencies', body)) as AgencyRow;
    return {
      data: agency,
      text: [
        say({ en: `agency ${code}: ${agency.id}`, 'zh-CN': `机构 ${code}：${agency.id}` }),
        ...dryRunLines(input),
      ],
    };
  },
};
