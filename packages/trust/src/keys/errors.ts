import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of keys, encodings and digests. */
export const keyErrors = {
  TRUST_KEY_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected an Ed25519, P-256 or SM2 key, got {got}',
      'zh-CN': '应为 Ed25519、P-256 或 SM2 密钥，实际为 {got}',
    },
    hint: {
      en: 'give the key as PEM: BEGIN PUBLIC KEY, or BEGIN PRIVATE KEY for a signer',
      'zh-CN': '请以 PEM 提供密钥：公钥为 BEGIN PUBLIC KEY，签名者为 BEGIN PRIVATE KEY',
    },
  },
  TRUST_KEY_SCHEME_MISMATCH: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a key of scheme {expected}, got one of scheme {got}',
      'zh-CN': '应为 {expected} 方案的密钥，实际为 {got} 方案',
    },
    hint: {
      en: 'correct the scheme named beside the key; a key is never used under another scheme',
      'zh-CN': '请更正密钥旁标注的方案；密钥绝不在其他方案下使用',
    },
  },
  TRUST_SUITE_UNAVAILABLE: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected {algorithm} in the cryptography library of this Node, got none',
      'zh-CN': '此 Node 的密码库应提供 {algorithm}，实际没有',
    },
    hint: {
      en: 'run a Node whose OpenSSL is built with SM3 and SM4, such as the one npm installs',
      'zh-CN': '请使用其 OpenSSL 含 SM3 与 SM4 的 Node，例如 npm 安装的版本',
    },
  },
  TRUST_CANONICAL_JSON: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a value that canonical JSON can carry, got {got} at {path}',
      'zh-CN': '应为规范 JSON 可表示的值，实际在 {path} 处为 {got}',
    },
    hint: {
      en: 'use whole numbers, well-formed text, lists and plain objects only, nested at most 64 deep',
      'zh-CN': '只使用整数、格式正确的文本、列表和普通对象，嵌套不超过 64 层',
    },
  },
} as const satisfies ErrorRegistry;

export const keyError = errorFactory(keyErrors);
