import type { Localized } from '@imprint/protocol';
import { approvalText } from '../antivirus.ts';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

interface Listed {
  readonly edition: string;
  readonly channel: string;
  readonly provider: {
    readonly name: string;
    readonly title: Localized;
    readonly supplier: string;
    readonly approvedUntil: string;
    readonly sendsOut: readonly Localized[];
  };
  readonly approval: string;
  readonly daysLeft: number;
}

export const antivirusProviders: Command = {
  name: 'antivirus providers',
  summary: {
    en: 'list the antivirus providers that the current releases allow',
    'zh-CN': '列出当前发布所允许的杀毒产品',
  },
  description: [
    {
      en: 'Every party has approved each of them with the release, for a time, with what it sends out of a device.',
      'zh-CN': '各方已随发布批准这些产品、其期限及其从设备外发的数据。',
    },
  ],
  args: [],
  flags: [serverFlag],
  examples: [
    {
      line: 'imprint antivirus providers',
      summary: { en: 'what may be chosen, and until when?', 'zh-CN': '可选哪些产品，期限多久？' },
    },
  ],
  async run(input) {
    const answer = (await callServer(input, 'GET /v1/antivirus/providers')) as {
      providers: readonly Listed[];
    };
    const { say, language } = input.context;
    const rows = answer.providers.map(
      ({ edition, channel, provider, approval, daysLeft }): [string, string] => {
        const sent = provider.sendsOut.map((one) => one[language]).join(say({ en: '; ', 'zh-CN': '；' }));
        return [
          `${edition}/${channel}  ${provider.name}`,
          [
            `${provider.title[language]}, ${provider.supplier}`,
            approvalText(input, approval, daysLeft),
            sent === ''
              ? say({ en: 'sends nothing out', 'zh-CN': '不外发数据' })
              : say({ en: `sends out: ${sent}`, 'zh-CN': `外发：${sent}` }),
          ].join('  '),
        ];
      },
    );
    const none = say({
      en: 'no current release lists providers: each device runs the one in its image',
      'zh-CN': '当前发布未列出产品：设备使用镜像自带的产品',
    });
    return { data: answer, text: rows.length === 0 ? [none] : columns(rows) };
  },
};
