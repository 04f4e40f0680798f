import type { Command } from '../cli/command.ts';
import { credential } from '../device.ts';
import { agentError } from '../errors.ts';
import { enrol, enrolAnew } from '../message/enrol.ts';
import { withDeviceLock } from '../state/lock.ts';

const textFlag = (value: string | boolean | undefined) =>
  typeof value === 'string' ? value.trim() : undefined;

export const enrolCommand: Command = {
  name: 'enrol',
  summary: {
    en: "enrol this device with its own key and your operator's one-time token",
    'zh-CN': '使用本机自有密钥和运营方的一次性令牌登记本机',
  },
  flags: [
    {
      name: 'token',
      type: 'string',
      value: 'TOKEN',
      summary: {
        en: 'the one-time token (or the credential imprint.enrol-token)',
        'zh-CN': '一次性令牌（或凭据 imprint.enrol-token）',
      },
    },
    {
      name: 'server',
      type: 'string',
      value: 'URL',
      summary: { en: "another server than the edition's", 'zh-CN': '使用版本设定之外的服务器' },
    },
    {
      name: 'new-key',
      type: 'boolean',
      summary: {
        en: 'as a new device with a new key, once the server accepts it',
        'zh-CN': '以新密钥登记为新设备（服务器接受后生效）',
      },
    },
  ],
  run: ({ device, flags, say }) =>
    withDeviceLock(device, async () => {
      const token = textFlag(flags.token) ?? credential(device, 'imprint.enrol-token');
      if (token === undefined || token === '') {
        throw agentError('AGENT_USAGE', { problem: say('expected --token TOKEN', '需要 --token TOKEN') });
      }
      const server = textFlag(flags.server)?.replace(/\/+$/, '');
      const act = flags['new-key'] === true ? enrolAnew : enrol;
      const enrolment = await act(device, token, server);
      return {
        data: enrolment,
        text: [say(`enrolled as ${enrolment.deviceId}`, `已登记为 ${enrolment.deviceId}`)],
      };
    }),
};
