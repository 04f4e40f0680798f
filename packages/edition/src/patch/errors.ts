import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;

export const patchErrors = {
  PATCH_BASE_UNSUPPORTED: {
    ...input,
    message: {
      en: 'expected a Debian edition and its lock, got {edition} on Windows',
      'zh-CN': '应为 Debian 版本及其锁，实际 {edition} 基于 Windows',
    },
    hint: {
      en: 'lock a Windows edition again from a serviced image',
      'zh-CN': '请用已更新的映像重新锁定 Windows 版本',
    },
  },
  PATCH_EDITION_MISMATCH: {
    ...input,
    message: {
      en: 'expected a lock of the edition {expected}, got one of {got}',
      'zh-CN': '应为版本 {expected} 的锁，实际为 {got} 的锁',
    },
    hint: { en: 'name the lock with --lock', 'zh-CN': '请用 --lock 指定锁文件' },
  },
  PATCH_FEED_INVALID: {
    ...input,
    message: {
      en: 'expected a severity feed in {file}, got {got}',
      'zh-CN': '{file} 应为严重程度数据，实际为 {got}',
    },
    hint: {
      en: 'take the security tracker as JSON, a debsecan list, or a file of schema imprint/severity-feed/v1',
      'zh-CN': '可用安全跟踪器的 JSON、debsecan 列表，或 imprint/severity-feed/v1 格式的文件',
    },
  },
} as const satisfies ErrorRegistry;

export const patchError = errorFactory(patchErrors);
