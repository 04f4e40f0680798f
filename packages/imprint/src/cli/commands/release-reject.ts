import { rejectCandidate } from '../../rooms/release/index.ts';
import { candidateArgument, namedCandidate, pinnedRoot } from '../candidate-input.ts';
import type { Command } from '../command.ts';
import { keyFlag, openNamedKey } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';
import { reasonFlag, rootFlag } from '../texts.ts';

export const releaseReject: Command = {
  name: 'release reject',
  summary: { en: 'refuse a candidate, with reasons, signed', 'zh-CN': '签署否决候选，并给出理由' },
  description: [
    {
      en: 'A rejected candidate is not published until the same party takes the rejection back with --retract.',
      'zh-CN': '被否决的候选在同一方用 --retract 撤回之前不能发布。',
    },
  ],
  args: [candidateArgument],
  flags: [
    { ...keyFlag, required: true },
    { ...reasonFlag, required: true },
    {
      name: 'retract',
      type: 'boolean',
      summary: { en: "take this party's rejection back", 'zh-CN': '撤回本方的否决' },
    },
    rootFlag,
    passphraseFlag,
  ],
  examples: [
    {
      line: "imprint release reject gov-base-2026.11.0-1 --key regulator --reason 'no test report for the antivirus'",
      summary: { en: 'say no, and why', 'zh-CN': '否决并说明理由' },
    },
  ],
  async run(input) {
    const { context } = input;
    const root = await pinnedRoot(input);
    const candidate = await namedCandidate(input);
    const result = await rejectCandidate({
      candidate,
      root,
      opened: await openNamedKey(input, input.requiredText('key')),
      reasons: input.list('reason'),
      retract: input.has('retract'),
      now: context.now(),
    });
    const { party, retracted, file } = result;
    return {
      data: { ...result, sha256: candidate.sha256 },
      text: [
        retracted
          ? context.say({ en: `${party} took its rejection back`, 'zh-CN': `${party} 已撤回否决` })
          : context.say({
              en: `${party} rejected ${candidate.sheet.id}`,
              'zh-CN': `${party} 已否决 ${candidate.sheet.id}`,
            }),
        `  ${file}`,
      ],
    };
  },
};
