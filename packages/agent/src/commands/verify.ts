import { alignRows } from '../cli/columns.ts';
import type { Command, Invocation } from '../cli/command.ts';
import { refreshRelease } from '../release/refresh.ts';
import { withDeviceLock } from '../state/lock.ts';
import { type Verification, verifyIntegrity } from '../verify/verify.ts';

function progressLine({ say }: Invocation, done: number, total: number, bytes: number): string {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  const megabytes = Math.round(bytes / 1_000_000);
  return say(
    `verifying ${percent} %  ${done}/${total} paths  ${megabytes} MB`,
    `正在验证 ${percent} %  ${done}/${total} 个路径  ${megabytes} MB`,
  );
}

function verificationText({ say }: Invocation, result: Verification): string[] {
  const { release, checked, skipped, findings, seconds, bytes, notCompared } = result;
  const megabytes = Math.round(bytes / 1_000_000);
  const size = say(`${megabytes} MB in ${seconds} s`, `${megabytes} MB，用时 ${seconds} 秒`);
  const rows = [
    [
      say('against', '依据'),
      say(
        `${release.version}, signed by ${release.signedBy.join(', ')}`,
        `${release.version}，签名方：${release.signedBy.join(', ')}`,
      ),
    ],
    [say('checked', '已检查'), say(`${checked} paths, ${size}`, `${checked} 个路径，${size}`)],
    [
      say('not compared', '未比较'),
      say(`${skipped} a running system rewrites`, `${skipped} 个由运行系统改写`),
    ],
    [say('not looked at', '未检查的属性'), notCompared.join(', ')],
    [say('differing', '不同'), String(findings.length)],
  ];
  const found = findings.map(({ path, differences, class: kind }) => [differences.join(','), kind, path]);
  return [...alignRows(rows), ...(found.length === 0 ? [] : ['', ...alignRows(found, '  ')])];
}

export const verifyCommand: Command = {
  name: 'verify',
  summary: {
    en: 're-check every core file against the signed manifest of the release that runs here; exit 1 if any differs',
    'zh-CN': '依据本机所运行发布的签名清单重新检查核心文件；有不同则退出码为 1',
  },
  flags: [
    {
      name: 'offline',
      type: 'boolean',
      summary: {
        en: 'use what verified before; ask no server',
        'zh-CN': '使用此前已验证的内容，不连接服务器',
      },
    },
  ],
  run: (invocation) =>
    withDeviceLock(invocation.device, async () => {
      const { device, flags, progress } = invocation;
      if (flags.offline !== true) await refreshRelease(device);
      const result = await verifyIntegrity(device, (done, total, bytes) =>
        progress(progressLine(invocation, done, total, bytes)),
      );
      progress('');
      const { release, findings, ...figures } = result;
      const data = { ...figures, release: { version: release.version, sha256: release.sha256 }, findings };
      return { data, text: verificationText(invocation, result), exit: findings.length === 0 ? 0 : 1 };
    }),
};
