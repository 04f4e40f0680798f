import { openContentStore } from '@imprint/edition';
import { openServiceKey, serviceKeyFiles } from '../../platform/service-key.ts';
import { publishCandidate, releasePaths } from '../../rooms/release/index.ts';
import { candidateArgument, namedCandidate } from '../candidate-input.ts';
import type { Command } from '../command.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { dryRunFlag } from '../texts.ts';

export const releasePublish: Command = {
  name: 'release publish',
  summary: { en: 'publish an approved candidate into the repository', 'zh-CN': '将已批准的候选发布到仓库' },
  description: [
    {
      en: 'Refused below threshold, with everyone who is missing. The new state is verified as a device would before it is switched to, in one rename.',
      'zh-CN': '未达门限则拒绝，并列出缺少的各方。切换前先按设备的方式验证新状态，切换仅为一次重命名。',
    },
  ],
  args: [candidateArgument],
  flags: [dryRunFlag],
  examples: [
    {
      line: 'imprint release publish gov-base-2026.11.0-1 --dry-run',
      summary: {
        en: 'see whether it may be published, and what would be written',
        'zh-CN': '查看是否可发布以及将写入的内容',
      },
    },
  ],
  async run(input) {
    const { context } = input;
    const online = await openServiceKey(context.home.keys, 'online');
    if (online === undefined)
      throw cliError('CLI_ONLINE_KEY', { file: serviceKeyFiles(context.home.keys, 'online').key });
    const publication = await publishCandidate({
      paths: releasePaths(context.home),
      candidate: await namedCandidate(input),
      store: openContentStore(context.home.store),
      online,
      now: context.now(),
      dryRun: input.has('dry-run'),
    });
    const { manifest, sha256, signedBy, emergency, writes, written } = publication;
    const name = `${manifest.edition} ${manifest.version}`;
    return {
      data: publication,
      text: [
        written
          ? context.say({
              en: `published ${name} on ${manifest.channel}`,
              'zh-CN': `已发布 ${name} 到 ${manifest.channel}`,
            })
          : context.say({
              en: `${name} may be published; nothing was written`,
              'zh-CN': `${name} 可以发布；未写入任何内容`,
            }),
        ...columns([
          ['sha256', sha256],
          [context.say({ en: 'signed by', 'zh-CN': '签署方' }), signedBy.join(', ')],
          [context.say({ en: 'files', 'zh-CN': '文件' }), String(writes.length)],
          [context.say({ en: 'repository', 'zh-CN': '仓库' }), context.home.repository],
        ]),
        ...(emergency === undefined
          ? []
          : [
              context.say({
                en: `in the emergency lane: until ${emergency.until} ${emergency.missing.join(', ')} has to approve, then run imprint release complete`,
                'zh-CN': `经紧急通道发布：${emergency.missing.join('、')} 须在 ${emergency.until} 之前批准，然后运行 imprint release complete`,
              }),
            ]),
        ...(written ? [] : writes.map((path) => `  ${path}`)),
      ],
    };
  },
};
