import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of signed device messages. */
export const jwsErrors = {
  TRUST_JWS_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a compact ES256 JWS, got {got}',
      'zh-CN': '应为紧凑格式的 ES256 JWS，实际为 {got}',
    },
    hint: {
      en: 'send the message exactly as the agent wrote it',
      'zh-CN': '请原样发送代理写出的消息',
    },
  },
  TRUST_JWS_TYPE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a message of type {expected}, got {got}',
      'zh-CN': '应为 {expected} 类型的消息，实际为 {got}',
    },
    hint: {
      en: 'send each message to the address meant for its type',
      'zh-CN': '请将每条消息发送到其类型对应的地址',
    },
  },
  TRUST_JWS_KEY_UNKNOWN: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected a known signing key, got an unknown one',
      'zh-CN': '应为已登记的签名密钥，实际未登记',
    },
    hint: { en: 'enrol the device first', 'zh-CN': '请先登记该设备' },
  },
  TRUST_JWS_SIGNATURE: {
    status: 401,
    exit: 3,
    message: {
      en: 'expected a signature that verifies, got one that does not',
      'zh-CN': '应为可通过验证的签名，实际验证未通过',
    },
    hint: {
      en: 'the message was altered on its way or signed by another key; send it again from the device',
      'zh-CN': '消息在途中被改动或由其他密钥签署；请从设备重新发送',
    },
  },
} as const satisfies ErrorRegistry;

export const jwsError = errorFactory(jwsErrors);
