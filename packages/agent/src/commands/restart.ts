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
      throw agentError('AGENT_USAGE', { problem: 'expected either --now or --later DURATION' });
    if (typeof later === 'string') {
      const at = await restartLater(device, readDuration(later));
      return { data: { restartAfter: at }, text: [say(`restarts at ${at}`, `将于 ${at} 重启`)] };
    }
    await restartNow(device, openPatchMachine(device));
    return { data: { restartAfter: 'now' }, text: [say('the system starts anew', '系统即将重启')] };
  },
};
