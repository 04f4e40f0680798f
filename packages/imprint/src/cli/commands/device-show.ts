import type { Command } from '../command.ts';
import type { DeviceRow } from '../device.ts';
import { columns } from '../help.ts';
import { formatDuration } from '../progress-format.ts';
import { callServer } from '../server-api.ts';
import { serverFlag } from '../texts.ts';

export const deviceShow: Command = {
  name: 'device show',
  summary: { en: 'show one device: each figure with its age', 'zh-CN': '显示单台设备：各项状况及其时效' },
  args: [{ name: 'DEVICE', summary: { en: 'its id', 'zh-CN': '设备编号' } }],
  flags: [serverFlag],
  examples: [
    {
      line: 'imprint device show NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
      summary: { en: 'by the id that "device list" shows', 'zh-CN': '使用 “device list” 显示的编号' },
    },
  ],
  async run(input) {
    const id = encodeURIComponent(input.argument('DEVICE'));
    const device = (await callServer(input, `GET /v1/devices/${id}`)) as DeviceRow;
    const { say } = input.context;
    const age = (seconds: number | undefined) =>
      seconds === undefined ? '–' : formatDuration(seconds * 1000);
    return {
      data: device,
      text: [
        `${device.hostname}  ${device.id}`,
        ...columns([
          [say({ en: 'edition', 'zh-CN': '版本' }), `${device.edition}/${device.channel}`],
          [say({ en: 'enrolled', 'zh-CN': '注册' }), device.enrolledAt],
          [say({ en: 'last seen', 'zh-CN': '最近签到' }), device.lastSeenAt ?? '–'],
          [say({ en: 'posture', 'zh-CN': '状况' }), device.posture.state],
          ...device.posture.figures.map((figure): [string, string] => [
            figure.name,
            `${figure.state}  ${age(figure.ageSeconds)}  ${figure.reason ?? ''}`.trimEnd(),
          ]),
        ]),
      ],
    };
  },
};
