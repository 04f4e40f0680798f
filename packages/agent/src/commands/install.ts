import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../cli/command.ts';
import { openConsole } from '../deploy/console.ts';
import { installError } from '../deploy/errors.ts';
import { install, installerFile, wishesOfThisStart } from '../deploy/install.ts';
import { readBounded } from '../files/durable.ts';

export const installCommand: Command = {
  name: 'install',
  summary: {
    en: 'put the approved release on a disk; only where the machine was started as an installer',
    'zh-CN': '将已批准的发布版本写入磁盘；仅在以安装程序启动时可用',
  },
  flags: [],
  run: async ({ device, say }) => {
    if (readBounded(installerFile, 65_536) === undefined) throw installError('AGENT_INSTALL_NOT_HERE');
    const wishes = wishesOfThisStart();
    const { run, now } = device;
    await install({ console: openConsole(wishes.language), run, now, wait: (ms) => sleep(ms) }, wishes);
    return { data: { installed: true }, text: [say('installed', '已安装')] };
  },
};
