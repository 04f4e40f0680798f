import { candidateArgument, reviewedCandidate } from '../candidate-input.ts';
import type { Command } from '../command.ts';
import { reviewData, reviewLines } from '../review-lines.ts';
import { rootFlag } from '../texts.ts';

export const releaseShow: Command = {
  name: 'release show',
  summary: {
    en: 'derive a candidate again and show what would be signed',
    'zh-CN': '重新推导候选并显示将签署的内容',
  },
  description: [
    {
      en: 'Everything is computed here, from the files and the pinned root; exit 1 when anything does not follow.',
      'zh-CN': '全部内容在本机由文件与固定的根计算得出；若有不符则退出码为 1。',
    },
  ],
  args: [candidateArgument],
  flags: [rootFlag],
  examples: [
    {
      line: 'imprint release show gov-base-2026.11.0-1',
      summary: { en: 'look before you sign', 'zh-CN': '签署前查看' },
    },
  ],
  async run(input) {
    const { review } = await reviewedCandidate(input);
    const isWrong = review.checks.some((check) => check.state === 'failed');
    return {
      data: reviewData(review),
      text: reviewLines(review, input.context.language),
      exit: isWrong ? 1 : 0,
    };
  },
};
