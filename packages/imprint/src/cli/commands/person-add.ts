import type { Command } from '../command.ts';
import { agencyIdOf } from '../licence.ts';
import type { PersonRow } from '../person.ts';
import { changeOnServer, dryRunLines } from '../server-api.ts';
import { agencyFlag, serverDryRunFlag, serverFlag } from '../texts.ts';

interface Invited {
  readonly person: PersonRow;
  readonly invitation: string;
}

export const personAdd: Command = {
  name: 'person add',
  summary: {
    en: 'add a person, without roles yet, and invite them',
    'zh-CN': '添加人员（尚无角色）并发出邀请',
  },
  description: [
    {
      en: 'The invitation is shown this once: give it to the person, who chooses a password or passkey with it.',
      'zh-CN': '邀请仅显示这一次：请交给本人，由其据此设置口令或通行密钥。',
    },
  ],
  args: [{ name: 'LOGIN', summary: { en: 'what they sign in as', 'zh-CN': '登录名' } }],
  flags: [
    {
      name: 'name',
      type: 'string',
      value: 'TEXT',
      required: true,
      summary: { en: 'their name', 'zh-CN': '姓名' },
    },
    {
      name: 'email',
      type: 'string',
      value: 'ADDRESS',
      summary: { en: 'their mail address', 'zh-CN': '邮箱地址' },
    },
    { ...agencyFlag, required: true },
    {
      name: 'language',
      type: 'string',
      value: 'LANG',
      choices: ['en', 'zh-CN'],
      summary: { en: 'language of what they see', 'zh-CN': '界面语言' },
    },
    serverDryRunFlag,
    serverFlag,
  ],
  examples: [
    {
      line: "imprint person add li.wei --name '李伟' --email li.wei@example.test --agency GRID-N",
      summary: { en: 'one person', 'zh-CN': '添加一人' },
    },
  ],
  async run(input) {
    const [email, language] = [input.text('email'), input.text('language')];
    const body = {
      agencyId: await agencyIdOf(input, input.requiredText('agency')),
      login: input.argument('LOGIN'),
      name: input.requiredText('name'),
      ...(email === undefined ? {} : { email }),
      ...(language === undefined ? {} : { language }),
    };
    const answer = (await changeOnServer(input, 'POST /v1/people', body)) as Invited;
    // An invitation that was not kept invites nobody.
    if (input.has('dry-run')) return { data: { person: answer.person }, text: dryRunLines(input) };
    return { data: answer, text: [answer.invitation] };
  },
};
