import type { Command } from '../command.ts';
import { actOnRollout, rolloutArgument, whyFlag } from '../rollout.ts';
import { serverFlag } from '../texts.ts';

export const rolloutSkip: Command = {
  name: 'rollout skip',
  summary: { en: 'wait no longer for a ring that holds a rollout up', 'zh-CN': '不再等待阻挡升级的环' },
  description: [
    {
      en: 'For the group that is open, or for a ring of which no device has answered. Its devices stay offered.',
      'zh-CN': '用于已开放的组，或没有任何设备回应的环。其设备仍可获得更新。',
    },
  ],
  args: [rolloutArgument],
  flags: [
    {
      name: 'ring',
      type: 'string',
      value: 'NAME',
      required: true,
      summary: { en: 'the ring that holds it up', 'zh-CN': '阻挡升级的环' },
    },
    whyFlag,
    serverFlag,
  ],
  examples: [
    {
      line: 'imprint rollout skip 01KB1A2B3C4D5E6F7G8H9JKMNP --ring canary --reason "tested in the laboratory"',
      summary: { en: 'go on without its evidence', 'zh-CN': '无需该环的依据即继续' },
    },
  ],
  run: (input) =>
    actOnRollout(input, 'skip', { en: 'skipped', 'zh-CN': '已跳过' }, { ring: input.requiredText('ring') }),
};
