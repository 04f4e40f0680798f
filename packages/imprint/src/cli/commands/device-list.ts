import type { Command } from '../command.ts';
import type { DeviceRow } from '../device.ts';
import { columns } from '../help.ts';
import { listAll } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

export const deviceList: Command = {
  name: 'device list',
  summary: { en: 'list devices and how they stand', 'zh-CN': '列出设备及其状况' },
  args: [],
  flags: [serverFlag],
  examples: [
    { line: 'imprint device list --json', summary: { en: 'for another program', 'zh-CN': '供其他程序使用' } },
  ],
  async run(input) {
    const devices = await listAll<DeviceRow>(input, '/v1/devices', 'devices', ({ id }) => id);
    const { say } = input.context;
    return {
      data: { devices },
      text: [
        say({ en: `devices (${devices.length})`, 'zh-CN': `设备（${devices.length}）` }),
        ...columns(
          devices.map((device) => [
            `${device.id}  ${device.hostname}`,
            `${device.edition}/${device.channel}  ${device.posture.state}  ${device.lastSeenAt ?? '–'}`,
          ]),
        ),
      ],
    };
  },
};
