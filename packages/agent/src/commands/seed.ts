import type { Command } from '../cli/command.ts';
import { cleanSeed, seedPlaces, takeSeed } from '../deploy/seed.ts';
import { enrolmentRecord } from '../state/records.ts';

export const seedCommand: Command = {
  name: 'seed',
  summary: {
    en: 'take server and enrolment token from a volume labelled CIDATA, as the service does before the first start',
    'zh-CN': '从卷标为 CIDATA 的卷读取服务器与登记令牌（服务在首次启动前执行）',
  },
  flags: [
    {
      name: 'clean',
      type: 'boolean',
      summary: { en: 'remove the token once the device is enrolled', 'zh-CN': '设备登记后清除令牌' },
    },
  ],
  run: async ({ device, flags, say }) => {
    const places = seedPlaces(device.run);
    if (flags.clean === true) {
      if (enrolmentRecord.load(device.files) === undefined)
        return {
          data: { cleaned: false },
          text: [say('not enrolled: the token stays', '尚未登记：保留令牌')],
        };
      const state = cleanSeed(places);
      return {
        data: { cleaned: state === 'clean' },
        text: [
          state === 'clean'
            ? say('no token is left', '令牌已清除')
            : say('the token stands on a read-only volume: take it away', '令牌位于只读卷上：请移除该卷'),
        ],
      };
    }
    const names = takeSeed(places);
    const list = names.join(', ') || '-';
    return { data: { names }, text: [say(`taken: ${list}`, `已读取：${list}`)] };
  },
};
