import type { Command } from '../command.ts';
import { actOnRollout, rolloutArgument, whyFlag } from '../rollout.ts';
import { serverFlag } from '../texts.ts';

export const rolloutStop: Command = {
  name: 'rollout stop',
  summary: { en: 'end a rollout for good', 'zh-CN': '终止升级' },
  description: [
    {
      en: 'Nothing more is offered. What a device has begun it finishes.',
      'zh-CN': '不再提供更新。设备已开始的安装会继续完成。',
    },
  ],
  args: [rolloutArgument],
  flags: [whyFlag, serverFlag],
  examples: [
    {
      line: 'imprint rollout stop 01KB1A2B3C4D5E6F7G8H9JKMNP --reason "fixed in 2026.12.1"',
      summary: { en: 'before the fix begins', 'zh-CN': '在修复版本开始之前' },
    },
  ],
  run: (input) => actOnRollout(input, 'stop', { en: 'stopped', 'zh-CN': '已终止' }),
};
