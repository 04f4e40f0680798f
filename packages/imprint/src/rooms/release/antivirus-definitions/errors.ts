import type { ErrorRegistry } from '@imprint/protocol';

export const definitionsErrors = {
  RELEASE_DEFINITIONS_UNPINNED: {
    status: 409,
    exit: 2,
    message: {
      en: 'expected a root that pins the definitions key of {holder}, got one that does not',
      'zh-CN': '根应固定 {holder} 的病毒库密钥，实际没有',
    },
    hint: {
      en: 'devices take only what a pinned key signed: make the key before imprint trust init, or sign with the one that is pinned',
      'zh-CN':
        '设备只接受所固定密钥签署的病毒库：请在 imprint trust init 之前生成密钥，或使用已固定的密钥签署',
    },
  },
  RELEASE_DEFINITIONS_OLDER: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go back: ring {ring} of {provider} is at sequence {known}, got {got}',
      'zh-CN': '拒绝回退：{provider} 的 {ring} 环已为第 {known} 号，实际为第 {got} 号',
    },
    hint: {
      en: 'devices keep the newer set whatever is served; publish what is right under a higher sequence',
      'zh-CN': '无论提供什么，设备都会保留较新的病毒库；请以更高编号发布正确的内容',
    },
  },
  RELEASE_DEFINITIONS_ABSENT: {
    status: 404,
    exit: 2,
    message: {
      en: 'expected definitions of {provider} in ring {ring}, got none',
      'zh-CN': '{provider} 的 {ring} 环应有病毒库，实际没有',
    },
    hint: {
      en: 'imprint antivirus show EDITION lists the rings that have a set',
      'zh-CN': 'imprint antivirus show EDITION 可列出已有病毒库的环',
    },
  },
  RELEASE_DEFINITIONS_FILES: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected one to 100 files with plain names and content in {directory}, got {got}',
      'zh-CN': '{directory} 中应有 1 到 100 个名称规范且非空的文件，实际为 {got}',
    },
    hint: {
      en: 'letters, digits, dot, dash and underscore; for ClamAV only the databases it loads',
      'zh-CN': '名称仅用字母、数字、点、连字符与下划线；ClamAV 仅限其可加载的数据库',
    },
  },
} as const satisfies ErrorRegistry;
