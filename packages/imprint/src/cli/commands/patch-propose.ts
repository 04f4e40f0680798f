import { userInfo } from 'node:os';
import { lockSha256, openContentStore, planBuild, renderDiffText, renderPlan } from '@imprint/edition';
import { lifetimes } from '../../rooms/release/index.ts';
import type { Command } from '../command.ts';
import { manifestArgument } from '../edition-input.ts';
import { emergencyFlag, emergencyOf } from '../emergency.ts';
import { columns } from '../help.ts';
import { encodeBuild, encodedText, noPatchSetFlag, patchFromFlag } from '../patch/encode.ts';
import { fromLockFlag, keyringFlag } from '../patch/flags.ts';
import { nextVersion } from '../patch/next-version.ts';
import { buildPatchSet, draftPatchSet, proposePatchSet } from '../patch/patch-set.ts';
import { patchStart } from '../patch/start.ts';
import { dryRunFlag } from '../texts.ts';
import { withProgress } from '../with-progress.ts';

export const patchPropose: Command = {
  name: 'patch propose',
  summary: { en: 'lock, build and propose what upstream has now', 'zh-CN': '按上游现状锁定、构建并提出候选' },
  description: [
    {
      en: 'A patch set is a new lock, its difference and a candidate: the parties approve it as every release. It can be interrupted; the same command goes on with the same lock. The manifest and its lock are not changed.',
      'zh-CN':
        '补丁集即新的锁、其差异与候选：各方像批准任何发布一样批准它。可以中断，再次运行同一命令即以同一个锁继续。清单及其锁不会改变。',
    },
  ],
  args: [manifestArgument],
  flags: [
    fromLockFlag,
    keyringFlag,
    {
      name: 'version',
      type: 'string',
      value: 'VERSION',
      summary: {
        en: 'of the patch set, default one more in the last place',
        'zh-CN': '补丁集版本，默认末位加一',
      },
    },
    {
      name: 'channel',
      type: 'string',
      value: 'NAME',
      summary: { en: 'where it goes, default stable', 'zh-CN': '目标通道，默认 stable' },
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
    {
      ...dryRunFlag,
      summary: {
        en: 'show the difference and the plan; fetch, build and propose nothing',
        'zh-CN': '仅显示差异与计划；不获取、不构建、不提出',
      },
    },
  ],
  examples: [
    {
      line: 'imprint patch propose editions/gov-base --dry-run',
      summary: { en: 'what the next patch set would bring', 'zh-CN': '下一个补丁集的内容' },
    },
  ],
  async run(input) {
    const { context } = input;
    const start = await patchStart(input);
    const version = nextVersion(start.lock.version, input.text('version'));
    const store = openContentStore(context.home.store);
    const dryRun = input.has('dry-run');
    const channel = input.text('channel') ?? 'stable';
    const { set, build } = await withProgress(context, async (reporter) => {
      const drafted = await draftPatchSet(context, start, { version, channel, store, reporter, dryRun });
      return {
        set: drafted,
        build: dryRun ? undefined : await buildPatchSet(context, drafted, { store, reporter }),
      };
    });
    const difference = renderDiffText(set.diff, context.language).trimEnd();
    if (build === undefined) {
      const plan = planBuild(set.lock, { profile: 'release' });
      return {
        data: { version, lockSha256: lockSha256(set.lock), diff: set.diff, plan, written: false },
        text: [difference, '', renderPlan(plan).trimEnd()],
      };
    }
    const proposedAt = Date.parse(set.state.proposedAt);
    const candidate = await proposePatchSet(context, set, {
      build,
      store,
      expiresAt: new Date(proposedAt + lifetimes.releaseDays * 86_400_000),
      by: input.text('by') ?? userInfo().username,
      ...emergencyOf(input),
      encode: () => encodeBuild(input, { build, store, channel: set.state.channel }),
    });
    return {
      data: { version, directory: set.directory, build, candidate, diff: set.diff, written: true },
      text: [
        difference,
        '',
        ...columns([
          [context.say({ en: 'draft', 'zh-CN': '草案' }), set.directory],
          [context.say({ en: 'build', 'zh-CN': '构建' }), build],
          [
            context.say({ en: 'patch set', 'zh-CN': '补丁集' }),
            candidate.encoded === undefined
              ? context.say({ en: 'as proposed before', 'zh-CN': '与先前提出的相同' })
              : encodedText(context, candidate.encoded),
          ],
          [context.say({ en: 'candidate', 'zh-CN': '候选' }), `${candidate.id} (${candidate.sha256})`],
        ]),
      ],
    };
  },
};
