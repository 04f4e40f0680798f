import { join } from 'node:path';
import { makeAptKey } from '@imprint/edition';
import type { Command } from '../command.ts';
import { columns } from '../help.ts';

export const patchKey: Command = {
  name: 'patch key',
  summary: { en: 'make the OpenPGP key that signs apt suites', 'zh-CN': '生成签署 apt 仓库的 OpenPGP 密钥' },
  description: [
    {
      en: 'A service key, readable by this account only. It lets apt fetch; what a device may install is still what the parties approved. Devices get its public half in an edition, never from the server.',
      'zh-CN':
        '服务密钥，仅本账户可读。它只让 apt 能够获取；设备可安装的内容仍以各方批准为准。设备随版本获得其公钥，绝不从服务器获取。',
    },
  ],
  args: [],
  flags: [],
  examples: [{ line: 'imprint patch key', summary: { en: 'once for a server', 'zh-CN': '每台服务器一次' } }],
  async run({ context }) {
    const { fingerprint, keyring } = await makeAptKey(join(context.home.keys, 'apt'), 'Imprint apt suites');
    return {
      data: { fingerprint, keyring },
      text: columns([
        [context.say({ en: 'fingerprint', 'zh-CN': '指纹' }), fingerprint],
        [context.say({ en: 'public key', 'zh-CN': '公钥' }), keyring],
      ]),
    };
  },
};
