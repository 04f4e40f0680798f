import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of key files. */
export const keyFileErrors = {
  TRUST_PASSPHRASE_WRONG: {
    status: 403,
    exit: 3,
    message: {
      en: "expected the passphrase of {holder}'s key file, got another one, or the file was altered",
      'zh-CN': '应为 {holder} 密钥文件的口令，实际口令不符，或文件已被改动',
    },
    hint: {
      en: 'try the passphrase again; a forgotten one cannot be recovered, so make a new key and have it accepted',
      'zh-CN': '请重新输入口令；遗忘的口令无法找回，请新建密钥并重新获得认可',
    },
  },
  TRUST_PASSPHRASE_EMPTY: {
    status: 400,
    exit: 2,
    message: { en: 'expected a passphrase, got none', 'zh-CN': '应提供口令，实际为空' },
    hint: { en: 'choose a passphrase of several words', 'zh-CN': '请选择由多个词组成的口令' },
  },
  TRUST_KEY_FILE_MALFORMED: {
    status: 400,
    exit: 2,
    message: { en: 'expected a key file, got {got}', 'zh-CN': '应为密钥文件，实际为 {got}' },
    hint: {
      en: 'give the file as "imprint key new" wrote it',
      'zh-CN': '请提供 “imprint key new” 写出的原始文件',
    },
  },
  TRUST_KEY_FILE_COST: {
    status: 400,
    exit: 2,
    message: {
      en: 'refusing to derive a key at a cost outside the permitted range: scrypt N={n} r={r} p={p}',
      'zh-CN': '拒绝以超出允许范围的代价派生密钥：scrypt N={n} r={r} p={p}',
    },
    hint: {
      en: 'the file was not written by this product or was altered; take the original',
      'zh-CN': '该文件并非本产品写出或已被改动；请使用原始文件',
    },
  },
} as const satisfies ErrorRegistry;

export const keyFileError = errorFactory(keyFileErrors);
