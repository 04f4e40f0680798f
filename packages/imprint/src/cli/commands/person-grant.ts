import type { Command } from '../command.ts';
import { agencyIdOf } from '../licence.ts';
import { personOf, roleNames } from '../person.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';

export const personGrant: Command = {
  name: 'person grant',
  summary: {
    en: 'give a person a role at an agency and below it',
    'zh-CN': '授予人员在某机构及其下级的角色',
  },
  description: [
    {
      en: `Roles: ${roleNames.join(', ')}. Platform administrator, security administrator and auditor are never one person.`,
      'zh-CN': `角色：${roleNames.join('、')}。平台管理员、安全管理员与审计员不得由同一人担任。`,
    },
  ],
  args: [
    { name: 'LOGIN', summary: { en: 'what they sign in as', 'zh-CN': '登录名' } },
    { name: 'ROLE', summary: { en: 'the role', 'zh-CN': '角色' } },
  ],
  flags: [{ ...agencyFlag, required: true }, serverDryRunFlag, serverFlag],
  examples: [
    {
      line: 'imprint person grant li.wei licensing-officer --agency GRID-N',
      summary: { en: 'who divides seats', 'zh-CN': '指定席位管理员' },
    },
  ],
  async run(input) {
    const { id } = await personOf(input, input.argument('LOGIN'));
    const agencyId = await agencyIdOf(input, input.requiredText('agency'));
    const body = { role: input.argument('ROLE'), agencyId };
    const grant = await changeOnServer(input, `POST /v1/people/${id}/grants`, body);
    const [login, role] = [input.argument('LOGIN'), input.argument('ROLE')];
    const text = input.context.say({ en: `${login} is ${role}`, 'zh-CN': `${login} 现为 ${role}` });
    return { data: grant, text: [text, ...dryRunLines(input)] };
  },
};
