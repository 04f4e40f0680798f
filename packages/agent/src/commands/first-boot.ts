import { alignRows } from '../cli/columns.ts';
import type { Command, Invocation } from '../cli/command.ts';
import { runFirstBoot, type StepOutcome } from '../first-boot/run.ts';
import { withDeviceLock } from '../state/lock.ts';

const didWord = (did: StepOutcome['did'], say: Invocation['say']): string =>
  ({
    nothing: say('nothing to do', '无需操作'),
    performed: say('done', '已执行'),
    refused: say('refused', '已拒绝'),
    'would-perform': say('would do', '将执行'),
  })[did];

function rowOf({ step, did, seen, code }: StepOutcome, { say, language }: Invocation): string[] {
  const state = seen.state === 'ok' ? say('observed', '已观察到') : say('not observed', '未观察到');
  const reason = seen.state === 'ok' ? '' : say(seen.reason.en, seen.reason.zh);
  const detail = [code, reason].filter((part) => part !== undefined && part !== '').join(' · ');
  return [didWord(did, say), state, step.title[language], detail];
}

export const firstBootCommand: Command = {
  name: 'first-boot',
  summary: {
    en: "do what of the edition's first-boot plan is not observed yet (Windows); exit 1 unless all of it then is",
    'zh-CN': '执行版本首次启动计划中尚未观察到的步骤（Windows）；若之后未全部观察到则退出码为 1',
  },
  flags: [
    {
      name: 'dry-run',
      type: 'boolean',
      summary: { en: 'say what would be done, do nothing', 'zh-CN': '仅说明将执行的操作，不执行' },
    },
  ],
  run: (invocation) =>
    withDeviceLock(invocation.device, async () => {
      const dryRun = invocation.flags['dry-run'] === true;
      const outcomes = runFirstBoot(invocation.device, { dryRun, eager: true });
      const data = outcomes.map(({ step, did, seen, code }) => ({
        id: step.id,
        did,
        state: seen.state,
        ...(seen.state === 'ok' ? {} : { reason: seen.reason.en }),
        ...(code === undefined ? {} : { code }),
      }));
      const isDone = outcomes.every(({ seen }) => seen.state === 'ok');
      const text = alignRows(outcomes.map((outcome) => rowOf(outcome, invocation)));
      return { data, text, exit: dryRun || isDone ? 0 : 1 };
    }),
};
