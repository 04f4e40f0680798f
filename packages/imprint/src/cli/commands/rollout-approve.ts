import type { Command } from '../command.ts';
import { actOnRollout, rolloutArgument, whyFlag } from '../rollout.ts';
import { serverFlag } from '../texts.ts';

export const rolloutApprove: Command = {
  name: 'rollout approve',
  summary: {
    en: 'approve after the fact what somebody else began in the emergency lane',
    'zh-CN': '事后批准他人经紧急通道启动的升级',
  },
  args: [rolloutArgument],
  flags: [whyFlag, serverFlag],
  examples: [
    {
      line: 'imprint rollout approve 01KB1A2B3C4D5E6F7G8H9JKMNP --reason "confirmed with the vendor"',
      summary: { en: 'before its time is over', 'zh-CN': '在期限之前' },
    },
  ],
  run: (input) => actOnRollout(input, 'approve-emergency', { en: 'approved', 'zh-CN': '已批准' }),
};
