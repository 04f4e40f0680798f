import { keptDetections } from '../antivirus/detections.ts';
import { keepAntivirus, previewAntivirus } from '../antivirus/keep.ts';
import type { AntivirusOutcome } from '../antivirus/records.ts';
import { alignRows } from '../cli/columns.ts';
import type { Command, Invocation } from '../cli/command.ts';
import { agentErrors } from '../errors.ts';

const shownDetections = 20;

function outcomeText(outcome: AntivirusOutcome, { device, say }: Invocation): string[] {
  const { provider, version, directed, isOn, realTime, code, reason } = outcome;
  const word = !isOn ? say('off', '关闭') : realTime ? say('on access', '实时扫描') : say('on', '开启');
  return [
    ...alignRows([
      [say('antivirus', '杀毒'), [provider ?? '-', version].filter((part) => part !== undefined).join(' ')],
      [say('protection', '防护'), word],
      ...(directed === undefined || directed === provider ? [] : [[say('directed', '指定'), directed]]),
    ]),
    ...(code === undefined ? [] : [`${reason ?? ''} (${code})`]),
    ...keptDetections(device)
      .slice(-shownDetections)
      .map(({ at, path, signature }) => `${at}  ${signature}  ${path}`),
  ];
}

/** A code that passes by itself is for trying again. */
function exitOf(code: string | undefined): 0 | 1 | 4 {
  if (code === undefined) return 0;
  const known = Object.entries(agentErrors).find(([name]) => name === code)?.[1];
  return known?.exit === 4 ? 4 : 1;
}

export const antivirusCommand: Command = {
  name: 'antivirus',
  summary: {
    en: 'bring the directed antivirus on and its definitions up to date; exit 1 if it is not as directed',
    'zh-CN': '启用指定的杀毒软件并更新其病毒库；未能按指定运行时退出码为 1',
  },
  flags: [
    {
      name: 'dry-run',
      type: 'boolean',
      summary: { en: 'say what would be done, do nothing', 'zh-CN': '仅说明将执行的操作，不执行' },
    },
  ],
  run: async (invocation) => {
    const { device, flags, language, say, progress } = invocation;
    if (flags['dry-run'] === true) {
      const { steps, problem, ...rest } = await previewAntivirus(device);
      const lines = steps.map(({ kind, provider }) => `${kind} ${provider}`);
      const text = lines.length === 0 ? [say('nothing to do', '无需操作')] : lines;
      const told = problem === undefined ? [] : [`${problem.messageIn(language)} (${problem.code})`];
      const data = { ...rest, steps, ...(problem === undefined ? {} : { code: problem.code }) };
      return { data, text: [...told, ...text] };
    }
    const outcome = await keepAntivirus(device, {
      onStep: ({ kind, provider }) => progress(`${kind} ${provider}`),
    });
    if (outcome === undefined) {
      const text = [say('the system looks after its antivirus itself', '杀毒软件由系统自行管理')];
      return { data: {}, text };
    }
    const data = { ...outcome, detections: keptDetections(device) };
    return { data, text: outcomeText(outcome, invocation), exit: exitOf(outcome.code) };
  },
};
