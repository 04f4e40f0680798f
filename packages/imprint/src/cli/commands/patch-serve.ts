import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import { releasePaths, serveRing } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';
import { optionalCountOf } from '../whole-number.ts';

export const patchServe: Command = {
  name: 'patch serve',
  summary: {
    en: "put a published release into a ring's apt suite",
    'zh-CN': '将已发布版本放入某环的 apt 仓库',
  },
  description: [
    {
      en: 'Refuses a lock that no published and approved release is made of, and a set that apt could not install from the suite alone. A running server signs the suite anew before it expires; without one, run it again. Packages that no ring names any more leave the pool.',
      'zh-CN':
        '若没有由该锁构建且已批准发布的版本，或 apt 无法仅凭该仓库安装，则拒绝。运行中的服务器会在到期前重新签名；若无服务器，请再次运行。不再被任何环引用的软件包将移出软件包池。',
    },
  ],
  args: [
    {
      name: 'LOCK',
      summary: { en: 'the lock of the release, as its build has it', 'zh-CN': '该版本构建所用的锁' },
    },
  ],
  flags: [
    {
      name: 'ring',
      type: 'string',
      value: 'NAME',
      required: true,
      summary: { en: 'the ring, which is the suite', 'zh-CN': '环的名称，即仓库套件名' },
    },
    {
      name: 'channel',
      type: 'string',
      value: 'NAME',
      summary: { en: 'where it was published, default stable', 'zh-CN': '发布所在通道，默认 stable' },
    },
    {
      name: 'valid-days',
      type: 'string',
      value: 'N',
      summary: {
        en: 'how long devices take it, default 14; longer only where no network reaches',
        'zh-CN': '设备接受的天数，默认 14；仅在无网络处使用更长时间',
      },
    },
    {
      name: 'allow-older',
      type: 'boolean',
      summary: {
        en: 'serve packages older than those that stand; devices need a pin above 1000 to follow',
        'zh-CN': '允许提供比现有更旧的软件包；设备须将优先级设为 1000 以上才会跟随',
      },
    },
  ],
  examples: [
    {
      line: 'imprint patch serve editions/gov-base/edition.lock.json --ring pilot',
      summary: { en: 'let the pilot ring have it', 'zh-CN': '提供给试点环' },
    },
  ],
  async run(input) {
    const { context } = input;
    const validDays = optionalCountOf('valid-days', input.text('valid-days'), { most: 9_999 });
    const served = await serveRing({
      paths: releasePaths(context.home),
      store: openContentStore(context.home.store),
      keyDirectory: join(context.home.keys, 'apt'),
      lockFile: context.path(input.argument('LOCK')),
      channel: input.text('channel') ?? 'stable',
      ring: input.requiredText('ring'),
      ...(validDays === undefined ? {} : { validDays }),
      allowOlder: input.has('allow-older'),
      now: context.now(),
      signal: context.signal,
    });
    return {
      data: served,
      text: columns([
        [
          context.say({ en: 'suite', 'zh-CN': '套件' }),
          `${served.ring} (${served.edition} ${served.version})`,
        ],
        [context.say({ en: 'packages', 'zh-CN': '软件包' }), String(served.packages)],
        [context.say({ en: 'valid until', 'zh-CN': '有效至' }), served.validUntil],
        [
          context.say({ en: 'taken out of the pool', 'zh-CN': '移出软件包池' }),
          String(served.swept.packages),
        ],
        [context.say({ en: 'CVEs fixed', 'zh-CN': '已修复的 CVE' }), String(served.fixedCves)],
        [
          context.say({ en: 'without changelog', 'zh-CN': '无变更日志' }),
          String(served.unknownSources.length),
        ],
      ]),
    };
  },
};
