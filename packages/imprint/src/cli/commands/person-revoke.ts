import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { agencyIdOf } from '../licence.ts';
import { personOf } from '../person.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';

export const personRevoke: Command = {
  name: 'person revoke',
  summary: { en: 'take a role away; it ends with the next request', 'zh-CN': '撤销角色，自下一次请求起失效' },
  args: [
    { name: 'LOGIN', summary: { en: 'what they sign in as', 'zh-CN': '登录名' } },
    { name: 'ROLE', summary: { en: 'the role', 'zh-CN': '角色' } },
  ],
  flags: [{ ...agencyFlag, required: true }, serverDryRunFlag, serverFlag],
  examples: [
    {
      line: 'imprint person revoke li.wei licensing-officer --agency GRID-N',
      summary: { en: 'no longer', 'zh-CN': '撤销' },
    },
  ],
  async run(input) {
    const [login, role, agency] = [
      input.argument('LOGIN'),
      input.argument('ROLE'),
      input.requiredText('agency'),
    ];
    const person = await personOf(input, login);
    const agencyId = await agencyIdOf(input, agency);
    const grant = person.grants.find((one) => one.role === role && one.agencyId === agencyId);
    if (grant === undefined) throw cliError('CLI_GRANT_UNKNOWN', { login, role, agency });
    await changeOnServer(input, `DELETE /v1/people/${person.id}/grants/${grant.id}`);
    const text = input.context.say({
      en: `${login} is no longer ${role}`,
      'zh-CN': `${login} 不再是 ${role}`,
    });
    return {
      data: { revoked: grant, dryRun: input.has('dry-run') },
      text: [text, ...dryRunLines(input)],
    };
  },
};
