import type { Command } from '../command.ts';
import { actOnRollout, rolloutArgument, whyFlag } from '../rollout.ts';
import { serverFlag } from '../texts.ts';

export const rolloutPause: Command = {
  name: 'rollout pause',
  summary: { en: 'hold a rollout until it is resumed', 'zh-CN': '暂停升级，直至恢复' },
  args: [rolloutArgument],
  flags: [whyFlag, serverFlag],
  examples: [
    {
      line: 'imprint rollout pause 01KB1A2B3C4D5E6F7G8H9JKMNP --reason "exam week"',
      summary: { en: 'nothing is offered meanwhile', 'zh-CN': '期间不提供更新' },
    },
  ],
  run: (input) => actOnRollout(input, 'pause', { en: 'paused', 'zh-CN': '已暂停' }),
};
