import type { Command, Input } from '../command.ts';
import type { DeviceRow } from '../device.ts';
import { columns } from '../help.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

const pageSize = 200;

export const deviceList: Command = {
  name: 'device list',
  summary: { en: 'list devices and how they stand', 'zh-CN': '列出设备及其状况' },
  args: [],
  flags: [serverFlag],
  examples: [
    { line: 'imprint device list --json', summary: { en: 'for another program', 'zh-CN': '供其他程序使用' } },
  ],
  async run(input) {
    const devices = await allDevices(input);
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

async function allDevices(input: Input): Promise<DeviceRow[]> {
  const found: DeviceRow[] = [];
  for (let after = ''; ; after = found.at(-1)?.id ?? '') {
    const query = `limit=${pageSize}${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`;
    const { devices } = (await callServer(input, `/v1/devices?${query}`)) as { devices: DeviceRow[] };
    found.push(...devices);
    if (devices.length < pageSize) return found;
  }
}
