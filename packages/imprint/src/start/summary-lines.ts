import type { Language, Localized } from '@imprint/protocol';
import { formatBytes, formatDuration } from '../cli/progress-format.ts';
import type { Figure } from './facts.ts';
import type { Summary } from './summary.ts';

const labels = {
  built: { en: 'built', 'zh-CN': '构建' },
  core: { en: 'integrity', 'zh-CN': '完整性' },
  signed: { en: 'signed by', 'zh-CN': '签署方' },
  served: { en: 'served at', 'zh-CN': '服务于' },
  device: { en: 'device', 'zh-CN': '设备' },
  took: { en: 'took', 'zh-CN': '用时' },
  next: { en: 'next', 'zh-CN': '接下来' },
} as const satisfies Record<string, Localized>;
const labelWidth = 12;

const figureNames: Readonly<Record<string, Localized>> = {
  release: { en: 'release', 'zh-CN': '发布' },
  patch: { en: 'packages', 'zh-CN': '软件包' },
  antivirus: { en: 'antivirus', 'zh-CN': '防病毒' },
  integrity: { en: 'core files', 'zh-CN': '核心文件' },
  policy: { en: 'policy', 'zh-CN': '策略' },
  'first-boot': { en: 'first boot', 'zh-CN': '首次启动' },
  licence: { en: 'licence', 'zh-CN': '许可' },
};
const stateNames: Readonly<Record<string, Localized>> = {
  ok: { en: 'ok', 'zh-CN': '正常' },
  stale: { en: 'stale', 'zh-CN': '过期' },
  unknown: { en: 'unknown', 'zh-CN': '未知' },
  failing: { en: 'failing', 'zh-CN': '异常' },
};

/** Cells a text takes on a terminal: Chinese characters take two. */
const cells = (text: string) =>
  [...text].reduce((sum, char) => sum + (/[\u2e80-\uffef]/u.test(char) ? 2 : 1), 0);
const padded = (text: string, width: number) => text + ' '.repeat(Math.max(1, width - cells(text)));

function row(label: Localized | undefined, text: string, language: Language): string {
  return `${padded(label?.[language] ?? '', labelWidth)}${text}`;
}

/** The closing lines of `npm start` for people. */
export function summaryLines(summary: Summary, language: Language): string[] {
  const { integrity, release } = summary;
  const zh = language === 'zh-CN';
  const counts = zh
    ? `核心 ${integrity.core}，附加 ${integrity.overlay}，已修改 ${integrity.modified}（均经原厂同意），违规 ${integrity.violations}`
    : `${integrity.core} core, ${integrity.overlay} overlay, ${integrity.modified} modified (all agreed by the vendor), ${integrity.violations} violations`;
  const packages = zh ? `${summary.packages} 个上游软件包` : `${summary.packages} upstream packages`;
  const sequence = zh ? `第 ${release.sequence} 次发布` : `release ${release.sequence}`;
  return [
    `${summary.edition} ${summary.version}  ${packages}`,
    ...summary.artifacts.map(({ name, sizeBytes, sha256 }, index) =>
      row(
        index === 0 ? labels.built : undefined,
        `${padded(name, 34)} ${formatBytes(sizeBytes).padStart(8)}  sha256:${sha256.slice(0, 16)}…`,
        language,
      ),
    ),
    row(undefined, summary.directory, language),
    row(labels.core, counts, language),
    row(labels.signed, `${release.signedBy.join(', ')}  (${release.channel}, ${sequence})`, language),
    row(labels.served, summary.served.url, language),
    ...deviceLines(summary, language),
    row(labels.took, formatDuration(summary.durationMs), language),
    ...summary.next.map((line, index) => row(index === 0 ? labels.next : undefined, line, language)),
  ];
}

function deviceLines({ device }: Summary, language: Language): string[] {
  if (device === undefined) return [];
  const { posture, hostname, accelerator } = device;
  const head = `${stateNames[posture.state]?.[language] ?? posture.state}  ${hostname} (${accelerator})`;
  return [
    row(labels.device, head, language),
    ...posture.figures.map((figure) => row(undefined, figureLine(figure, language), language)),
  ];
}

/** A figure with its age: a state without one would claim more than is known. */
export function figureLine({ name, state, ageSeconds, reason }: Figure, language: Language): string {
  const zh = language === 'zh-CN';
  const never = zh ? '从未观察到' : 'never observed';
  const ago = zh ? `${ageSeconds} 秒前` : `${ageSeconds} s ago`;
  const parts = [
    padded(figureNames[name]?.[language] ?? name, 12) + padded(stateNames[state]?.[language] ?? state, 9),
    padded(ageSeconds === undefined ? never : ago, 12),
    reason ?? '',
  ];
  return parts.join('').trimEnd();
}
