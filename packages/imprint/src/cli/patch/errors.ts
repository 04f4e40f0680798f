import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const patchSetErrors = {
  PATCH_SET_NOTHING_NEW: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected upstream to have something new for {edition} {version}, got the same packages',
      'zh-CN': '上游应有 {edition} {version} 的新内容，实际软件包相同',
    },
    hint: {
      en: 'nothing is to be proposed; imprint patch scan shows how old every source is',
      'zh-CN': '无需提出补丁；imprint patch scan 显示各来源的时效',
    },
  },
  PATCH_SET_OTHER: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to change the patch set {version}: it starts from the lock {expected}, not from {got}',
      'zh-CN': '拒绝更改补丁集 {version}：其起点为锁 {expected}，而非 {got}',
    },
    hint: {
      en: 'name the lock it starts from with --lock, or begin another with --version',
      'zh-CN': '请用 --lock 指定其起点的锁，或用 --version 另建补丁集',
    },
  },
  PATCH_SET_VERSION: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a version such as 2026.11.1 after {from}, got "{got}"',
      'zh-CN': '版本应形如 2026.11.1 且大于 {from}，实际为“{got}”',
    },
    hint: { en: 'leave --version out to take the next one', 'zh-CN': '省略 --version 即取下一个版本' },
  },
} as const satisfies ErrorRegistry;

export const patchSetError = errorFactory(patchSetErrors);
