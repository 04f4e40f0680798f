import { userInfo } from 'node:os';
import { openContentStore } from '@imprint/edition';
import { lifetimes, type ProposeOptions, proposeRelease, releasePaths } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { emergencyFlag, emergencyOf } from '../emergency.ts';
import { cliError } from '../errors.ts';
import { columns } from '../help.ts';
import { encodeBuild, encodedText, noPatchSetFlag, patchFromFlag } from '../patch/encode.ts';
import { dryRunFlag } from '../texts.ts';
import { optionalCountOf } from '../whole-number.ts';

export const releasePropose: Command = {
  name: 'release propose',
  summary: { en: 'make a candidate of a build', 'zh-CN': '将构建提出为候选' },
  description: [
    {
      en: 'The candidate directory holds all that a party needs to look at it offline; carry it, and bring back the files in approvals/.',
      'zh-CN': '候选目录包含各方离线查验所需的全部内容；可携带传递，并带回 approvals/ 中的文件。',
    },
    {
      en: 'Where a release stands on the channel, its devices are to get this one in place: packages and files are encoded first, which can be interrupted.',
      'zh-CN': '通道上已有发布时，其设备将就地更新：先编码软件包与文件，此过程可以中断后继续。',
    },
  ],
  args: [
    {
      name: 'BUILD',
      summary: {
        en: 'a build directory, with build.json and evidence',
        'zh-CN': '构建目录，含 build.json 与证据',
      },
    },
  ],
  flags: [
    {
      name: 'channel',
      type: 'string',
      value: 'NAME',
      summary: { en: 'where it goes, default stable', 'zh-CN': '目标通道，默认 stable' },
    },
    {
      name: 'sequence',
      type: 'string',
      value: 'N',
      summary: { en: 'default: one more than the channel has', 'zh-CN': '默认：比通道现有序号大一' },
    },
    {
      name: 'expires',
      type: 'string',
      value: 'WHEN',
      summary: {
        en: 'how long approvals hold: 180d or an instant, default 180d',
        'zh-CN': '批准有效期：180d 或一个时刻，默认 180d',
      },
    },
    {
      name: 'lock',
      type: 'string',
      value: 'FILE',
      summary: {
        en: 'the lock of the build, default edition.lock.json in it',
        'zh-CN': '构建所用的锁，默认其中的 edition.lock.json',
      },
    },
    {
      name: 'by',
      type: 'string',
      value: 'NAME',
      summary: { en: 'who proposes, default this account', 'zh-CN': '提出者，默认当前账户' },
    },
    patchFromFlag,
    noPatchSetFlag,
    emergencyFlag,
    dryRunFlag,
  ],
  examples: [
    {
      line: 'imprint release propose .imprint/builds/3f9c0a1b2c3d4e5f --channel stable',
      summary: { en: 'offer a build to the parties', 'zh-CN': '将构建提交各方' },
    },
  ],
  async run(input) {
    const { context } = input;
    const lock = input.text('lock');
    const sequence = optionalCountOf('sequence', input.text('sequence'), { most: Number.MAX_SAFE_INTEGER });
    const store = openContentStore(context.home.store);
    const build = context.path(input.argument('BUILD'));
    const channel = input.text('channel') ?? 'stable';
    const options: ProposeOptions = {
      paths: releasePaths(context.home),
      ...{ store, build, channel },
      ...(lock === undefined ? {} : { lock: context.path(lock) }),
      ...(sequence === undefined ? {} : { sequence }),
      expiresAt: instantOf(input.text('expires') ?? `${lifetimes.releaseDays}d`, context.now()),
      proposedBy: input.text('by') ?? userInfo().username,
      ...emergencyOf(input),
      now: context.now(),
    };
    // Whatever refuses the proposal does so before anything is encoded.
    const rehearsed = await proposeRelease({ ...options, dryRun: true });
    const encoded = await encodeBuild(input, { build, channel, store, lock: options.lock });
    const patchSet = 'set' in encoded ? { patchSet: encoded.directory } : {};
    const proposal = input.has('dry-run') ? rehearsed : await proposeRelease({ ...options, ...patchSet });
    const { id, directory, sha256, manifest, written } = proposal;
    return {
      data: proposal,
      text: [
        written
          ? context.say({ en: `candidate ${id} in ${directory}`, 'zh-CN': `候选 ${id}，位于 ${directory}` })
          : context.say({ en: `candidate ${id} would be made`, 'zh-CN': `将生成候选 ${id}` }),
        ...columns([
          ['sha256', sha256],
          [context.say({ en: 'channel', 'zh-CN': '通道' }), `${manifest.channel} ${manifest.sequence}`],
          [context.say({ en: 'expires', 'zh-CN': '到期' }), manifest.expiresAt],
          [context.say({ en: 'patch set', 'zh-CN': '补丁集' }), encodedText(context, encoded)],
        ]),
      ],
    };
  },
};

/** Reads `180d` as from now, or an RFC 3339 instant. */
function instantOf(text: string, now: Date): Date {
  const days = /^([1-9][0-9]{0,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(now.getTime() + Number(days) * 86_400_000);
  const instant = new Date(text);
  if (!/^\d{4}-\d\d-\d\dT/.test(text) || Number.isNaN(instant.getTime()))
    throw cliError('CLI_DATE', { got: text });
  return instant;
}
