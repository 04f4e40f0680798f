import { approveCandidate, type Review } from '../../rooms/release/index.ts';
import { candidateArgument, reviewedCandidate } from '../candidate-input.ts';
import type { Command, Input } from '../command.ts';
import { cliError } from '../errors.ts';
import { keyFlag, openNamedKey } from '../key-files.ts';
import { passphraseFlag } from '../passphrase.ts';
import { reviewLines } from '../review-lines.ts';
import { dryRunFlag, rootFlag } from '../texts.ts';

/** Digits of the digest a person types to confirm. */
const confirmDigits = 8;

export const releaseApprove: Command = {
  name: 'release approve',
  summary: { en: "sign a candidate with a party's key, offline", 'zh-CN': '以参与方密钥离线签署候选' },
  description: [
    {
      en: 'Shows what is signed first, then signs exactly those bytes: the release statement and the TUF metadata, in every suite the root demands. Nothing is sent anywhere; the approval is a file in approvals/.',
      'zh-CN':
        '先显示所签内容，再签署这些字节：发布声明与 TUF 元数据，覆盖根所要求的全部算法。不向任何地方发送；批准是 approvals/ 中的一个文件。',
    },
  ],
  args: [candidateArgument],
  flags: [
    { ...keyFlag, required: true },
    {
      name: 'sha256',
      type: 'string',
      value: 'HEX',
      summary: {
        en: 'the digest you have looked at; anything else is refused. Without it the terminal asks',
        'zh-CN': '已查看内容的摘要；与之不符则拒绝。省略时在终端询问',
      },
    },
    {
      name: 'without-artifacts',
      type: 'boolean',
      summary: {
        en: 'accept that the artifacts are not here to be hashed',
        'zh-CN': '接受制品不在此处、无法计算摘要',
      },
    },
    rootFlag,
    dryRunFlag,
    passphraseFlag,
  ],
  examples: [
    {
      line: 'imprint release approve gov-base-2026.11.0-1 --key regulator',
      summary: { en: 'look, confirm, sign', 'zh-CN': '查看、确认、签署' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { candidate, root, review } = await reviewedCandidate(input);
    if (!context.json) context.terminal.error(`${reviewLines(review, context.language).join('\n')}\n`);
    const expectedSha256 = await confirmedDigest(input, review);
    const opened = await openNamedKey(input, input.requiredText('key'));
    const result = await approveCandidate({
      candidate,
      root,
      review,
      opened,
      expectedSha256,
      withoutArtifacts: input.has('without-artifacts'),
      now: context.now(),
      dryRun: input.has('dry-run'),
    });
    const { party, suites, file, written } = result;
    return {
      data: result,
      text: [
        written
          ? context.say({
              en: `${party} approved with ${suites.join(' and ')}`,
              'zh-CN': `${party} 已批准（${suites.join('、')}）`,
            })
          : context.say({
              en: `${party} would approve; nothing was signed`,
              'zh-CN': `${party} 将批准；未签署任何内容`,
            }),
        ...(written ? [`  ${file}`] : []),
      ],
    };
  },
};

/** The digest the signer stands by: given on the line, or confirmed by typing its first digits. */
async function confirmedDigest(input: Input, { sha256 }: Review): Promise<string> {
  const given = input.text('sha256');
  if (given !== undefined) return given;
  const { terminal, say, signal } = input.context;
  if (!terminal.isInputTerminal) throw cliError('CLI_CONFIRMATION_NEEDED', { sha256 });
  const question = say({
    en: `type the first ${confirmDigits} digits of the sha256 to sign: `,
    'zh-CN': `输入 sha256 的前 ${confirmDigits} 位以签署：`,
  });
  const typed = await terminal.ask(question, { hidden: false, signal });
  if (typed.trim().toLowerCase() !== sha256.slice(0, confirmDigits))
    throw cliError('CLI_CONFIRMATION_DECLINED');
  return sha256;
}
