import { openContentStore } from '@imprint/edition';
import { openServiceKey, serviceKeyFiles } from '../../platform/service-key.ts';
import { completeRelease, releasePaths } from '../../rooms/release/index.ts';
import { candidateArgument, namedCandidate } from '../candidate-input.ts';
import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { dryRunFlag } from '../texts.ts';

export const releaseComplete: Command = {
  name: 'release complete',
  summary: {
    en: 'publish what the parties said after an emergency release',
    'zh-CN': '发布各方对紧急版本的事后批准或否决',
  },
  description: [
    {
      en: 'With the approval of every party it becomes a release like any other. With the rejection of one it is withdrawn. Until one of them is published, devices that have not installed it refuse it once its time is over.',
      'zh-CN':
        '各方均批准后，它即成为普通版本；任何一方否决，则予以撤回。在此之前，期限一过，尚未安装的设备将拒绝它。',
    },
  ],
  args: [candidateArgument],
  flags: [dryRunFlag],
  examples: [
    {
      line: 'imprint release complete gov-base-2026.11.1-2',
      summary: { en: 'bring the late approvals to the devices', 'zh-CN': '将补齐的批准发布给设备' },
    },
  ],
  async run(input) {
    const { context } = input;
    const online = await openServiceKey(context.home.keys, 'online');
    if (online === undefined)
      throw cliError('CLI_ONLINE_KEY', { file: serviceKeyFiles(context.home.keys, 'online').key });
    const completion = await completeRelease({
      paths: releasePaths(context.home),
      candidate: await namedCandidate(input),
      store: openContentStore(context.home.store),
      online,
      now: context.now(),
      dryRun: input.has('dry-run'),
    });
    const { manifest, sha256, outcome, by, written } = completion;
    const name = `${manifest.edition} ${manifest.version}`;
    const done =
      outcome === 'completed'
        ? context.say({ en: `${name} has every approval`, 'zh-CN': `${name} 已获各方批准` })
        : context.say({ en: `${name} is withdrawn`, 'zh-CN': `${name} 已撤回` });
    return {
      data: completion,
      text: [
        written
          ? done
          : context.say({ en: `${done}; nothing was written`, 'zh-CN': `${done}；未写入任何内容` }),
        ...columns([
          ['sha256', sha256],
          [context.say({ en: 'by', 'zh-CN': '签署方' }), by.join(', ')],
        ]),
      ],
    };
  },
};
