import type { Command } from '../cli/command.ts';
import { agentError } from '../errors.ts';
import { readDuration, restartLater, restartNow } from '../patch/choose-restart.ts';
import { openPatchMachine } from '../patch/machine.ts';

export const restartCommand: Command = {
  name: 'restart',
  summary: {
    en: 'say when the system may start anew to finish an installed release',
    'zh-CN': '选择何时重启以完成已安装的发布',
  },
  flags: [
    { name: 'now', type: 'boolean', summary: { en: 'at once', 'zh-CN': '立即' } },
    {
      name: 'later',
      type: 'string',
      value: 'DURATION',
      summary: {
        en: 'after 30m, 2h, 1d, but not beyond the deadline',
        'zh-CN': '在 30m、2h、1d 之后，但不晚于截止时间',
      },
    },
  ],
  run: async ({ device, flags, say }) => {
    const { now, later } = flags;
    if ((now === true) === (typeof later === 'string'))
      throw agentError('AGENT_USAGE', {
        problem: say('expected either --now or --later DURATION', '需要 --now 或 --later DURATION 之一'),
      });
    if (typeof later === 'string') {
      const laterMs = readDuration(later);
      if (laterMs === undefined)
        throw agentError('AGENT_USAGE', {
          problem: say(
            `expected a duration like 30m, 2h or 1d, got "${later}"`,
            `需要形如 30m、2h 或 1d 的时长，得到“${later}”`,
          ),
        });
      const at = await restartLater(device, laterMs);
      return { data: { restartAfter: at }, text: [say(`restarts at ${at}`, `将于 ${at} 重启`)] };
    }
    await restartNow(device, openPatchMachine(device));
    return { data: { restartAfter: 'now' }, text: [say('the system starts anew', '系统即将重启')] };
  },
};
