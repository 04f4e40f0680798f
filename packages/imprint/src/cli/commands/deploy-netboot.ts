import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { networkScript, writeFileDurably } from '@imprint/edition';
import { sha256Hex } from '@imprint/trust';
import type { Command } from '../command.ts';
import { deployCommandError } from '../deploy/errors.ts';
import { deployFlags, prepare } from '../deploy/press.ts';
import { columns } from '../help.ts';

export const deployNetboot: Command = {
  name: 'deploy netboot',
  summary: {
    en: 'make what machines start from over the network to install a published release',
    'zh-CN': '生成通过网络启动并安装已发布版本所需的文件',
  },
  description: [
    {
      en: 'Writes kernel, initrd and boot.ipxe, by default into the published tree, where the server hands them out below /content/deploy/EDITION/CHANNEL/. Point DHCP of the installation network at boot.ipxe. What the network hands out before the installer runs is as trustworthy as that network: use iPXE over HTTPS, or a network of its own.',
      'zh-CN':
        '写出 kernel、initrd 与 boot.ipxe，默认放入已发布目录，由服务器在 /content/deploy/版本/通道/ 下提供。请将安装网络的 DHCP 指向 boot.ipxe。在安装程序运行之前，所获文件的可信程度取决于该网络：请使用 HTTPS 的 iPXE 或独立网络。',
    },
  ],
  args: [{ name: 'EDITION', summary: { en: 'the edition', 'zh-CN': '版本名称' } }],
  flags: [
    {
      name: 'source',
      type: 'string',
      value: 'URL',
      required: true,
      summary: { en: 'the server as those machines reach it', 'zh-CN': '这些机器访问服务器的地址' },
    },
    {
      name: 'output',
      type: 'string',
      value: 'DIR',
      summary: { en: 'another place than the published tree', 'zh-CN': '已发布目录以外的位置' },
    },
    ...deployFlags,
  ],
  examples: [
    {
      line: 'imprint deploy netboot gov-base --source http://10.0.0.5:8470 --unattended',
      summary: {
        en: 'a room full of blank machines, nobody typing',
        'zh-CN': '为整批空白机器无人值守安装',
      },
    },
  ],
  async run(input) {
    const { context } = input;
    const source = input.requiredText('source').replace(/\/+$/, '');
    if (!/^https?:\/\/[^\s/?#]+(\/[^\s?#]*)?$/.test(source))
      throw deployCommandError('CLI_DEPLOY_SOURCE', { got: source });
    const { release, installer, start } = await prepare(input);
    const { edition, channel } = release.manifest;
    const usual = join(release.paths.repository, 'deploy', edition, channel);
    const chosen = input.text('output');
    const directory = chosen === undefined ? usual : context.path(chosen);
    await mkdir(directory, { recursive: true });
    const files: readonly (readonly [string, Uint8Array])[] = [
      ['kernel', installer.kernel],
      ['initrd', installer.initrd],
      ['boot.ipxe', Buffer.from(networkScript({ ...start, source }, 'en'))],
      ['boot.zh-CN.ipxe', Buffer.from(networkScript({ ...start, source }, 'zh-CN'))],
    ];
    for (const [name, bytes] of files) await writeFileDurably(join(directory, name), bytes);
    const url = `${source}/content/deploy/${edition}/${channel}/boot.ipxe`;
    const made = files.map(([name, bytes]) => ({ name, sha256: sha256Hex(bytes), sizeBytes: bytes.length }));
    const { say } = context;
    return {
      data: { directory, url, files: made },
      text: [
        ...columns(made.map(({ name, sha256 }) => [name, sha256])),
        say({ en: `DHCP boot file for iPXE: ${url}`, 'zh-CN': `DHCP 中 iPXE 的启动文件：${url}` }),
      ],
    };
  },
};
