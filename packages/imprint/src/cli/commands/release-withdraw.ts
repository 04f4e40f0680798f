import { releasePaths, withdrawCurrent } from '../../rooms/release/index.ts';
import { pinnedRoot } from '../candidate-input.ts';
import type { Command } from '../command.ts';
import { keyFlag, openNamedKey } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';
import { dryRunFlag, reasonFlag, rootFlag } from '../texts.ts';

export const releaseWithdraw: Command = {
  name: 'release withdraw',
  summary: {
    en: 'withdraw the current release of a channel, as one party',
    'zh-CN': '以任一参与方身份撤回通道的当前发布',
  },
  description: [
    {
      en: 'One mandatory party is enough. Devices refuse a withdrawn release; what replaces it is a new release with a higher sequence.',
      'zh-CN': '任一必要参与方即可。设备拒绝已撤回的发布；替代者是序号更大的新发布。',
    },
  ],
  args: [
    { name: 'EDITION', summary: { en: "the edition's name", 'zh-CN': '版本名称' } },
    { name: 'CHANNEL', summary: { en: 'the channel', 'zh-CN': '通道' } },
  ],
  flags: [
    { ...keyFlag, required: true },
    { ...reasonFlag, many: false, required: true },
    rootFlag,
    dryRunFlag,
    passphraseFlag,
  ],
  examples: [
    {
      line: "imprint release withdraw gov-base stable --key regulator --reason 'defect in the screen lock'",
      summary: { en: 'stop a release', 'zh-CN': '停止某次发布' },
    },
  ],
  async run(input) {
    const { context } = input;
    const withdrawal = await withdrawCurrent({
      paths: releasePaths(context.home),
      root: await pinnedRoot(input),
      edition: input.argument('EDITION'),
      channel: input.argument('CHANNEL'),
      opened: await openNamedKey(input, input.requiredText('key')),
      reason: input.requiredText('reason'),
      now: context.now(),
      dryRun: input.has('dry-run'),
    });
    const { party, version, sequence, published, wanting } = withdrawal;
    const what = `${input.argument('EDITION')} ${version} (${sequence})`;
    const state = published
      ? { en: `${party} withdrew ${what}`, 'zh-CN': `${party} 已撤回 ${what}` }
      : wanting > 0
        ? {
            en: `${party} needs ${wanting} more holders to withdraw ${what}`,
            'zh-CN': `${party} 还需 ${wanting} 位持有者签署才能撤回 ${what}`,
          }
        : {
            en: `${party} would withdraw ${what}; nothing was written`,
            'zh-CN': `${party} 将撤回 ${what}；未写入任何内容`,
          };
    return { data: withdrawal, text: [context.say(state)] };
  },
};
