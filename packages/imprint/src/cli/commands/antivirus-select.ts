import { type SelectionsAnswer, selectionsOutcome } from '../antivirus.ts';
import type { Command } from '../command.ts';
import { agencyIdOf } from '../licence.ts';
import { callServer } from '../server-api.ts';
import { agencyFlag, serverFlag } from '../texts.ts';

export const antivirusSelect: Command = {
  name: 'antivirus select',
  summary: {
    en: 'choose the antivirus provider of an agency, or of a class of its devices',
    'zh-CN': '为机构或其某类设备选择杀毒产品',
  },
  description: [
    {
      en: 'A choice counts for the agency and those below it until one of them chooses among what is allowed. It is given whole: without PROVIDER, --ring, --allow and --fix it is taken back. Devices switch without a moment unprotected.',
      'zh-CN':
        '选择对该机构及其下级有效，直至下级在允许范围内另选。每次给出完整选择：不带 PROVIDER、--ring、--allow、--fix 时取消选择。设备切换产品期间始终受到保护。',
    },
  ],
  args: [{ name: 'PROVIDER', optional: true, summary: { en: 'name of the provider', 'zh-CN': '产品名称' } }],
  flags: [
    agencyFlag,
    {
      name: 'class',
      type: 'string',
      value: 'CLASS',
      choices: ['desktop', 'laptop', 'thin-client', 'server', 'virtual'],
      summary: { en: 'only devices of this class', 'zh-CN': '仅此类设备' },
    },
    {
      name: 'ring',
      type: 'string',
      value: 'RING',
      summary: { en: 'whose definitions they take', 'zh-CN': '使用哪个环的病毒库' },
    },
    {
      name: 'allow',
      type: 'string',
      value: 'PROVIDER',
      many: true,
      summary: { en: 'what agencies below may choose among', 'zh-CN': '下级机构可选的产品' },
    },
    {
      name: 'fix',
      type: 'boolean',
      summary: { en: 'agencies below choose nothing', 'zh-CN': '下级机构不得另选' },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint antivirus select clamav --class server --ring canary',
      summary: { en: 'servers take the early definitions', 'zh-CN': '服务器使用早期病毒库' },
    },
  ],
  async run(input) {
    const [agency, deviceClass, definitionsRing] = ['agency', 'class', 'ring'].map((flag) =>
      input.text(flag),
    );
    const provider = input.optionalArgument('PROVIDER');
    const allowed = input.list('allow');
    const body = {
      ...(agency === undefined ? {} : { agencyId: await agencyIdOf(input, agency) }),
      ...(deviceClass === undefined ? {} : { deviceClass }),
      ...(provider === undefined ? {} : { provider }),
      ...(definitionsRing === undefined ? {} : { definitionsRing }),
      ...(allowed.length === 0 ? {} : { allowed }),
      ...(input.has('fix') ? { isFixed: true } : {}),
    };
    const answer = await callServer(input, 'PUT /v1/antivirus/selections', { body });
    return selectionsOutcome(input, answer as SelectionsAnswer);
  },
};
