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
  PATCH_BUILD_INCOMPLETE: {
    ...input,
    message: {
      en: 'expected {what} in the build {build}, got none',
      'zh-CN': '构建 {build} 中应有{what}，实际没有',
    },
    hint: {
      en: 'a device is patched from a root file system: add rootfs to the outputs, or propose with --no-patch-set',
      'zh-CN': '设备就地更新需要根文件系统：请在 outputs 中加入 rootfs，或以 --no-patch-set 提出',
    },
  },
  PATCH_FILES_MISSING: {
    ...input,
    message: {
      en: 'expected {path} ({sha256}) in the root file system {file}, got {got}',
      'zh-CN': '根文件系统 {file} 中应有 {path}（{sha256}），实际为 {got}',
    },
    hint: {
      en: 'the build is damaged or of another edition; build it again',
      'zh-CN': '构建已损坏或属于其他版本；请重新构建',
    },
  },
  PATCH_PACKAGE_ABSENT: {
    status: 404,
    exit: 4,
    message: {
      en: 'expected the package {sha256} in the content store {directory}, got none with that digest',
      'zh-CN': '内容库 {directory} 中应有软件包 {sha256}，实际没有与该摘要相符者',
    },
    hint: {
      en: 'run imprint edition lock with the manifest, which fetches every package, then propose again',
      'zh-CN': '请对清单运行 imprint edition lock 以获取全部软件包，然后重新提出',
    },
  },
  PATCH_PACK_DAMAGED: {
    ...input,
    message: {
      en: 'refusing to use {file}: expected the {kind} {expected}, got {got}',
      'zh-CN': '拒绝使用 {file}：应为 {kind} {expected}，实际为 {got}',
    },
    hint: {
      en: 'remove that file, then encode or publish again, or ask whoever made it for another',
      'zh-CN': '请删除该文件，然后重新编码或发布，或向生成者重新索取',
    },
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
