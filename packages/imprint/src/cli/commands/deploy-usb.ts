import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openContentStore, pressMedium } from '@imprint/edition';
import { hashFile } from '@imprint/trust';
import type { Command } from '../command.ts';
import { carriedFiles } from '../deploy/carried.ts';
import { deployFlags, prepare } from '../deploy/press.ts';
import { columns } from '../help.ts';

export const deployUsb: Command = {
  name: 'deploy usb',
  summary: {
    en: 'make a USB stick or disc that installs a published release',
    'zh-CN': '制作用于安装已发布版本的 U 盘或光盘',
  },
  description: [
    {
      en: 'The installer is made of the edition’s own files and verifies everything against the pinned root it carries: metadata, every party’s approval, and the image while it is written. Who has the medium in hand is the anchor of that trust: check its SHA-256 where it is used. Write it with: dd if=FILE of=/dev/sdX bs=4M conv=fsync.',
      'zh-CN':
        '安装程序由该版本自身的文件制成，并以其携带的根元数据验证一切：元数据、各方批准，以及写入过程中的镜像。信任的起点是介质本身：请在使用处核对其 SHA-256。写入方法：dd if=文件 of=/dev/sdX bs=4M conv=fsync。',
    },
  ],
  args: [{ name: 'EDITION', summary: { en: 'the edition', 'zh-CN': '版本名称' } }],
  flags: [
    {
      name: 'output',
      type: 'string',
      value: 'FILE',
      required: true,
      summary: { en: 'the image to write, .iso', 'zh-CN': '输出文件，.iso' },
    },
    ...deployFlags,
  ],
  examples: [
    {
      line: 'imprint deploy usb gov-base --output gov-base.iso',
      summary: { en: 'a medium that asks which disk', 'zh-CN': '安装时询问目标磁盘的介质' },
    },
  ],
  async run(input) {
    const { context } = input;
    const { release, installer, start, epoch } = await prepare(input);
    const output = context.path(input.requiredText('output'));
    await mkdir(dirname(output), { recursive: true });
    const work = await mkdtemp(join(dirname(output), '.imprint-medium-'));
    try {
      await pressMedium({
        installer,
        lock: release.lock,
        store: openContentStore(context.home.store),
        carried: await carriedFiles(release),
        start: { ...start, medium: release.sha256.slice(0, 16) },
        title: `${release.manifest.edition} ${release.manifest.version}`,
        epoch,
        work,
        output,
        signal: context.signal,
      });
    } finally {
      await rm(work, { recursive: true, force: true });
    }
    const { sha256 } = await hashFile(output);
    const { size } = await stat(output);
    const { edition, version } = release.manifest;
    const { say } = context;
    return {
      data: { output, sha256, sizeBytes: size, edition, version, hasUsbStorage: installer.hasUsbStorage },
      text: [
        ...columns([
          [say({ en: 'medium', 'zh-CN': '介质' }), output],
          ['sha256', sha256],
          [say({ en: 'release', 'zh-CN': '发布' }), `${edition} ${version} ${release.sha256}`],
          [say({ en: 'kernel', 'zh-CN': '内核' }), installer.kernelVersion],
        ]),
        ...(installer.hasUsbStorage
          ? []
          : [
              say({
                en: 'note: this edition’s kernel reads no USB disks; the medium installs as a disc or a virtual disk only',
                'zh-CN': '注意：该版本的内核不支持 USB 存储；此介质仅可作为光盘或虚拟磁盘使用',
              }),
            ]),
      ],
    };
  },
};
