import type { Localized } from '@imprint/protocol';

/** The words of a rendered difference. */
export const words = {
  title: { en: 'Edition difference', 'zh-CN': '版本差异' },
  packages: { en: 'packages', 'zh-CN': '软件包' },
  added: { en: 'added', 'zh-CN': '新增' },
  removed: { en: 'removed', 'zh-CN': '移除' },
  changed: { en: 'changed', 'zh-CN': '变更' },
  older: { en: 'goes back', 'zh-CN': '回退' },
  closed: { en: 'CVEs closed', 'zh-CN': '已修复的 CVE' },
  reopened: { en: 'CVEs opened again', 'zh-CN': '重新出现的 CVE' },
  unknown: { en: 'CVEs unknown, no changelog for', 'zh-CN': 'CVE 未知（无变更日志）' },
  policy: { en: 'policy', 'zh-CN': '策略' },
  components: { en: 'components', 'zh-CN': '组件' },
  settings: { en: 'settings', 'zh-CN': '设置' },
  files: { en: 'files', 'zh-CN': '文件' },
  core: { en: 'core', 'zh-CN': '核心' },
  overlay: { en: 'overlay', 'zh-CN': '叠加' },
  modified: { en: 'modified', 'zh-CN': '改动' },
  unset: { en: 'unset', 'zh-CN': '未设置' },
  none: { en: 'none', 'zh-CN': '无' },
  notCompared: {
    en: 'not compared, expected an integrity manifest on both sides',
    'zh-CN': '未比较：双方均需有完整性清单',
  },
} as const satisfies Readonly<Record<string, Localized>>;
