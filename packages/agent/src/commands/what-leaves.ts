import type { Command } from '../cli/command.ts';
import { checkInRequest, enrolledKey, signCheckIn } from '../message/check-in.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { readSettings } from '../settings.ts';
import { peekCounter } from '../state/counter.ts';

const decodePart = (part: string | undefined): unknown =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString('utf8'));

export const whatLeavesCommand: Command = {
  name: 'what-leaves',
  summary: {
    en: 'show what the next check-in would send, decoded and byte for byte, without sending it',
    'zh-CN': '显示下次签到将发送的内容（解码后与逐字节），但不发送',
  },
  flags: [],
  run: async ({ device, say }) => {
    const key = enrolledKey(device);
    const url = `${readSettings(device).server}/v1/check-in`;
    const report = await observeDevice(lookAt(device));
    const message = signCheckIn(key, checkInRequest(device, key, peekCounter(device.files), report));
    const body = JSON.stringify({ message });
    // Decoded from the very bytes below, so that nothing can be in one and not in the other.
    const [header, payload] = message.split('.').slice(0, 2).map(decodePart);
    const size = Buffer.byteLength(body);
    const text = [
      say(`would be sent by POST to ${url} (${size} bytes)`, `将以 POST 发送至 ${url}（${size} 字节）`),
      say(
        'nothing was sent; counter and time are taken anew for each message',
        '未发送任何内容；计数器与时间在每次发送时重新取得',
      ),
      '',
      say('header', '头部'),
      JSON.stringify(header, undefined, 2),
      '',
      say('content', '内容'),
      JSON.stringify(payload, undefined, 2),
      '',
      say('bytes', '字节'),
      body,
    ];
    return { data: { method: 'POST', url, sizeBytes: size, header, payload, body }, text };
  },
};
