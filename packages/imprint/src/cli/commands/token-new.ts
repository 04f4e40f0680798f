import type { Command } from '../command.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';
import { optionalCountOf } from '../whole-number.ts';

export const tokenNew: Command = {
  name: 'token new',
  summary: { en: 'issue a one-time enrolment token for a device', 'zh-CN': '签发一次性设备注册令牌' },
  description: [
    {
      en: 'The secret is shown this once. The server must run; its operator token is read from the state directory.',
      'zh-CN': '密文仅显示这一次。服务器须在运行；其运营方令牌取自状态目录。',
    },
  ],
  args: [],
  flags: [
    {
      name: 'label',
      type: 'string',
      value: 'TEXT',
      summary: { en: 'what it is for', 'zh-CN': '用途说明' },
    },
    {
      name: 'valid-seconds',
      type: 'string',
      value: 'N',
      summary: { en: 'how long it may be used', 'zh-CN': '有效秒数' },
    },
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint token new --label front-desk',
      summary: { en: 'for the next device', 'zh-CN': '供下一台设备使用' },
    },
  ],
  async run(input) {
    const label = input.text('label');
    const validSeconds = optionalCountOf('valid-seconds', input.text('valid-seconds'), { most: 999_999_999 });
    const answer = (await callServer(input, 'POST /v1/enrolment-tokens', {
      body: {
        ...(label === undefined ? {} : { label }),
        ...(validSeconds === undefined ? {} : { validSeconds }),
      },
    })) as { secret: string };
    return { data: answer, text: [answer.secret] };
  },
};
