import { type Installer, pressInstaller } from '@imprint/edition';
import type { Flag, Input } from '../command.ts';
import { type DeployableRelease, findDeployable } from './find-release.ts';

/** Options that every way of deploying has. */
export const deployFlags: readonly Flag[] = [
  {
    name: 'channel',
    type: 'string',
    value: 'NAME',
    summary: { en: 'whose release, default stable', 'zh-CN': '发布通道，默认 stable' },
  },
  {
    name: 'unattended',
    type: 'boolean',
    summary: {
      en: 'ask nobody: write to the only blank disk, refuse where there is none or more than one',
      'zh-CN': '无人值守：写入唯一的空白磁盘；没有或多于一个时拒绝',
    },
  },
  {
    name: 'oem',
    type: 'boolean',
    summary: {
      en: 'preinstall in a factory: switch off when done, so that the first start is the customer’s',
      'zh-CN': '工厂预装：完成后关机，由客户首次启动',
    },
  },
  {
    name: 'console',
    type: 'string',
    value: 'NAME',
    many: true,
    summary: {
      en: 'where the installer speaks, default tty0 and ttyS0,115200',
      'zh-CN': '安装程序使用的控制台，默认 tty0 与 ttyS0,115200',
    },
  },
];

const usualConsoles = ['ttyS0,115200', 'tty0'];

export interface Prepared {
  readonly release: DeployableRelease;
  readonly installer: Installer;
  readonly start: {
    readonly isUnattended: boolean;
    readonly isOem: boolean;
    readonly consoles: readonly string[];
  };
  readonly epoch: number;
}

/** Verifies the release and makes the installer of its own files. @throws CLI_DEPLOY_*, DEPLOY_*, TRUST_*, RELEASE_* */
export async function prepare(input: Input): Promise<Prepared> {
  const { context } = input;
  const channel = input.text('channel') ?? 'stable';
  const release = await findDeployable(context, input.argument('EDITION'), channel);
  const { manifest, lock, rootfs } = release;
  const installer = await pressInstaller({
    rootfs,
    epoch: lock.sourceDateEpoch,
    identity: { edition: manifest.edition, channel, freshAt: manifest.proposedAt },
    signal: context.signal,
  });
  const consoles = input.list('console');
  return {
    release,
    installer,
    start: {
      isUnattended: input.has('unattended'),
      isOem: input.has('oem'),
      consoles: consoles.length === 0 ? usualConsoles : consoles,
    },
    epoch: lock.sourceDateEpoch,
  };
}
