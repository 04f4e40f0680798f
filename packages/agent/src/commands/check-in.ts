import { alignRows } from '../cli/columns.ts';
import type { Command } from '../cli/command.ts';
import { checkIn, enrolledKey } from '../message/check-in.ts';
import { bringInventory } from '../message/inventory.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { refreshRelease } from '../release/refresh.ts';
import { withDeviceLock } from '../state/lock.ts';
import { reportText } from './report-text.ts';

export const checkInCommand: Command = {
  name: 'check-in',
  summary: {
    en: 'look at the channel, observe this device and report now; exit 1 if the release was refused',
    'zh-CN': '立即查看通道、检查本机并上报；发布被拒绝时退出码为 1',
  },
  flags: [],
  run: ({ device, say }) =>
    withDeviceLock(device, async () => {
      enrolledKey(device);
      const release = await refreshRelease(device);
      const report = await observeDevice(lookAt(device));
      const nextSeconds = await checkIn(device, report);
      await bringInventory(device);
      const next = nextSeconds === undefined ? '-' : say(`in ${nextSeconds} s`, `${nextSeconds} 秒后`);
      const outcome = release.code === undefined ? release.outcome : `${release.outcome} (${release.code})`;
      const text = [
        ...alignRows([
          [say('release', '发布'), outcome],
          [say('reported', '已上报'), say('received by the server', '服务器已接收')],
          [say('next', '下次'), next],
        ]),
        '',
        ...reportText(report, device.now(), say),
      ];
      return { data: { release, nextSeconds, report }, text, exit: release.outcome === 'refused' ? 1 : 0 };
    }),
};
