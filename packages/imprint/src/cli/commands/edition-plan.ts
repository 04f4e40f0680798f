import { explainPlan, openLayerStore, planBuild, planSha256, renderPlan } from '@imprint/edition';
import type { Command } from '../command.ts';
import { lockArgument, namedLock, profileFlag } from '../edition-input.ts';

export const editionPlan: Command = {
  name: 'edition plan',
  summary: { en: 'print what a build of this lock will do', 'zh-CN': '显示按此锁构建将执行的步骤' },
  description: [
    {
      en: 'The plan is computed from the lock alone. --explain compares it with the layers at hand and says why each step runs or is cached.',
      'zh-CN': '计划仅由锁计算。--explain 与现有的层比较，说明每一步为何执行或命中缓存。',
    },
  ],
  args: [lockArgument],
  flags: [
    profileFlag,
    {
      name: 'explain',
      type: 'boolean',
      summary: { en: 'why each step runs or is cached', 'zh-CN': '说明每一步执行或命中缓存的原因' },
    },
  ],
  examples: [
    {
      line: 'imprint edition plan editions/gov-base --explain',
      summary: { en: 'what a change will redo', 'zh-CN': '改动将重做哪些步骤' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { lock } = await namedLock(input);
    const profile = input.text('profile') === 'preview' ? 'preview' : 'release';
    const plan = planBuild(lock, { profile });
    const explanation = input.has('explain')
      ? explainPlan(plan, openLayerStore(context.home.directory))
      : undefined;
    return {
      data: explanation === undefined ? plan : { plan, explanation },
      text: [renderPlan(plan, explanation).trimEnd(), `sha256:${planSha256(plan)}`],
    };
  },
};
