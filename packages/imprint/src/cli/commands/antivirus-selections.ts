import { type SelectionsAnswer, selectionsOutcome } from '../antivirus.ts';
import type { Command } from '../command.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

export const antivirusSelections: Command = {
  name: 'antivirus selections',
  summary: {
    en: 'show which antivirus providers are chosen, and what your devices are told',
    'zh-CN': '显示已选的杀毒产品以及本机构设备收到的指令',
  },
  args: [],
  flags: [serverFlag],
  examples: [
    {
      line: 'imprint antivirus selections',
      summary: {
        en: 'what do our devices run, and who chose it?',
        'zh-CN': '我们的设备使用什么产品，由谁指定？',
      },
    },
  ],
  async run(input) {
    const answer = await callServer(input, 'GET /v1/antivirus/selections');
    return selectionsOutcome(input, answer as SelectionsAnswer);
  },
};
