import type { Command } from '../command.ts';
import { actOnRollout, rolloutArgument, whyFlag } from '../rollout.ts';
import { serverFlag } from '../texts.ts';

export const rolloutResume: Command = {
  name: 'rollout resume',
  summary: { en: 'let a paused or halted rollout go on', 'zh-CN': '恢复已暂停或已停止的升级' },
  description: [
    {
      en: 'Failures there are by now are let pass; those to come are judged as ever.',
      'zh-CN': '此前的失败不再计入，此后的失败照常判断。',
    },
  ],
  args: [rolloutArgument],
  flags: [whyFlag, serverFlag],
  examples: [
    {
      line: 'imprint rollout resume 01KB1A2B3C4D5E6F7G8H9JKMNP --reason "two full disks, not the release"',
      summary: { en: 'after a halt', 'zh-CN': '停止之后恢复' },
    },
  ],
  run: (input) => actOnRollout(input, 'resume', { en: 'resumed', 'zh-CN': '已恢复' }),
};
