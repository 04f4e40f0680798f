import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of signature envelopes. */
export const dsseErrors = {
  TRUST_ENVELOPE_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a DSSE envelope, got {got}',
      'zh-CN': '应为 DSSE 签名信封，实际为 {got}',
    },
    hint: {
      en: 'give the envelope file as the signing command wrote it',
      'zh-CN': '请提供签名命令写出的原始信封文件',
    },
  },
  TRUST_ENVELOPE_DIFFERENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to join signatures over two different payloads',
      'zh-CN': '拒绝合并针对两份不同内容的签名',
    },
    hint: {
      en: 'check that every party signed the same candidate',
      'zh-CN': '请确认各方签署的是同一候选版本',
    },
  },
} as const satisfies ErrorRegistry;

export const dsseError = errorFactory(dsseErrors);
