import type { Localized } from '@imprint/protocol';
import type { Command } from '../cli/command.ts';
import { registeredError } from '../cli/print-error.ts';
import { type CycleOutcome, runCycle, runWhenDue, startUp } from '../cycle/run.ts';
import { noteStop } from '../licence/clock.ts';
import { withDeviceLock } from '../state/lock.ts';

const ends: Readonly<Record<CycleOutcome['end'], Localized>> = {
  directed: { en: 'done', 'zh-CN': '已完成' },
  failed: { en: 'failed', 'zh-CN': '失败' },
  'not-enrolled': { en: 'not enrolled', 'zh-CN': '未登记' },
  started: { en: 'started', 'zh-CN': '已启动' },
  waiting: { en: 'not due yet', 'zh-CN': '尚未到期' },
};

export const runCommand: Command = {
  name: 'run',
  summary: {
    en: 'run one cycle (enrol, look at the channel, report, verify when due), as the service does',
    'zh-CN': '执行一个周期（登记、查看通道、上报、到期时验证），与服务相同',
  },
  flags: [
    {
      name: 'startup',
      type: 'boolean',
      summary: {
        en: 'an enrolled device only draws its waiting time',
        'zh-CN': '已登记的设备仅随机决定等待时间',
      },
    },
    {
      name: 'due',
      type: 'boolean',
      summary: {
        en: 'do nothing before the time the last cycle named, as the scheduled task of Windows asks',
        'zh-CN': '在上个周期指定的时间之前不执行任何操作（供 Windows 计划任务使用）',
      },
    },
    {
      name: 'stopping',
      type: 'boolean',
      summary: {
        en: 'only remember the time, as the service does when it stops',
        'zh-CN': '仅记录时间（服务停止时使用）',
      },
    },
  ],
  run: async ({ device, flags, language, say }) => {
    if (flags.stopping === true) {
      await withDeviceLock(device, () => noteStop(device));
      return { data: { end: 'stopping' }, text: [] };
    }
    const act = flags.startup === true ? startUp : flags.due === true ? runWhenDue : runCycle;
    const outcome = await act(device);
    const { end, nextSeconds, error } = outcome;
    const known = error === undefined ? undefined : registeredError(error);
    if (known !== undefined) device.log(`error: ${known.messageIn(language)} (${known.code})`);
    const data = { end, nextSeconds, ...(known === undefined ? {} : { code: known.code }) };
    return {
      data,
      text: [`${ends[end][language]}${say(`, next in ${nextSeconds} s`, `，${nextSeconds} 秒后继续`)}`],
      exit: known === undefined ? 0 : known.definition.exit === 4 ? 4 : 1,
    };
  },
};
