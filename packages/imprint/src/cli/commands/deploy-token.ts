import type { Command } from '../command.ts';
import { agencyIdOf } from '../licence.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';
import { countOf } from '../whole-number.ts';

interface Issued {
  readonly token: { readonly id: string; readonly expiresAt: string };
  readonly secret: string;
}

export const deployToken: Command = {
  name: 'deploy token',
  summary: {
    en: 'issue a token that a bounded number of devices bring at their first start',
    'zh-CN': '签发供限定数量设备在首次启动时使用的部署令牌',
  },
  args: [],
  flags: [
    {
      name: 'devices',
      type: 'string',
      value: 'N',
      required: true,
      summary: { en: 'how many devices it admits', 'zh-CN': '可用于多少台设备' },
    },
    {
      name: 'agency',
      type: 'string',
      value: 'AGENCY',
      summary: {
        en: 'id or code; lists count at and below it',
        'zh-CN': '机构编号或代码；清单在其及下级机构内有效',
      },
    },
    {
      name: 'days',
      type: 'string',
      value: 'N',
      summary: { en: 'how long it counts, default 30', 'zh-CN': '有效天数，默认 30' },
    },
    {
      name: 'unknown',
      type: 'string',
      value: 'WHAT',
      choices: ['refuse', 'hold'],
      summary: {
        en: 'machines on no list: refuse (default), or hold until somebody places them',
        'zh-CN': '不在清单中的机器：refuse 拒绝（默认），hold 待人工安置',
      },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint deploy token --devices 200 --agency GRID-N',
      summary: { en: 'for one delivery', 'zh-CN': '用于一批交付' },
    },
  ],
  async run(input) {
    const { say } = input.context;
    const [agency, days, unknown] = [input.text('agency'), input.text('days'), input.text('unknown')];
    const body = {
      mostDevices: countOf('devices', input.requiredText('devices'), { most: 999_999 }),
      ...(agency === undefined ? {} : { agencyId: await agencyIdOf(input, agency) }),
      ...(days === undefined ? {} : { validSeconds: countOf('days', days, { most: 999_999 }) * 86_400 }),
      ...(unknown === undefined ? {} : { unknownSerials: unknown }),
    };
    const issued = (await callServer(input, 'POST /v1/deployment-tokens', { body })) as Issued;
    return {
      data: issued,
      text: [
        issued.secret,
        say({
          en: `counts until ${issued.token.expiresAt}; it is shown this once`,
          'zh-CN': `有效至 ${issued.token.expiresAt}；仅显示这一次`,
        }),
      ],
    };
  },
};
