import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const keepHeld = {
  en: 'the definitions held so far stay in force; whoever publishes them must publish a set that passes',
  'zh-CN': '现有病毒库继续有效；发布方须重新发布可通过验证的病毒库',
};

/** Codes of signed antivirus definitions. */
export const definitionsErrors = {
  TRUST_DEFINITIONS_UNPINNED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a root that pins who signs antivirus definitions, got one that pins nobody',
      'zh-CN': '根应固定病毒库的签署者，实际没有',
    },
    hint: {
      en: 'make a root with --definitions; until then only the set inside an approved release counts',
      'zh-CN': '请用 --definitions 生成根；在此之前仅已批准发布中的病毒库有效',
    },
  },
  TRUST_DEFINITIONS_SIGNATURE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected definitions signed by a pinned definitions key ({suite}), got none that verifies',
      'zh-CN': '病毒库应由根所固定的病毒库密钥签名（{suite}），实际没有可通过验证的签名',
    },
    hint: keepHeld,
  },
  TRUST_DEFINITIONS_MALFORMED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a definitions set, got {got}',
      'zh-CN': '应为病毒库清单，实际为 {got}',
    },
    hint: keepHeld,
  },
  TRUST_DEFINITIONS_MISMATCH: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected definitions of {expected}, got those of {got}',
      'zh-CN': '应为 {expected} 的病毒库，实际属于 {got}',
    },
    hint: keepHeld,
  },
  TRUST_DEFINITIONS_ROLLBACK: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go back: definitions are at sequence {known}, got {got}',
      'zh-CN': '拒绝回退：病毒库已为第 {known} 号，实际收到第 {got} 号',
    },
    hint: keepHeld,
  },
} as const satisfies ErrorRegistry;

export const definitionsError = errorFactory(definitionsErrors);
