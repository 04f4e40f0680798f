import type { ErrorRegistry } from '@imprint/protocol';

/** Codes of activation as the device sees it; those of the server keep their own names. */
export const licenceErrors = {
  AGENT_LICENCE_NOT_USED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an edition that pins a licence key, got one that pins none',
      'zh-CN': '版本应固定许可密钥，实际未固定',
    },
    hint: {
      en: 'this edition needs no activation and withholds nothing',
      'zh-CN': '此版本无需激活，也不限制任何内容',
    },
  },
  AGENT_LEASE_UNREADABLE: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected an answer to a lease request as a file, QR text or typed code, got {got}',
      'zh-CN': '应为租约请求的应答（文件、二维码文本或手输代码），实际为 {got}',
    },
    hint: {
      en: 'give it as it came: imprint-agent activate --response FILE, or the code in quotes',
      'zh-CN': '请原样提供：imprint-agent activate --response <文件>，或加引号的代码',
    },
  },
  AGENT_LEASE_OLDER: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing an older lease: expected a generation above {held}, got {got}',
      'zh-CN': '拒绝较旧的租约：代次应高于 {held}，实际为 {got}',
    },
    hint: {
      en: 'this lease was used already; ask for a new one with imprint-agent activate',
      'zh-CN': '该租约已使用过；请用 imprint-agent activate 获取新租约',
    },
  },
  AGENT_LEASE_EXPIRED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a lease that lasts beyond {now}, got one that ended at {end}',
      'zh-CN': '租约应在 {now} 之后仍有效，实际已于 {end} 到期',
    },
    hint: {
      en: 'ask for a new one: imprint-agent activate, or activate --offline where there is no network',
      'zh-CN': '请重新申请：imprint-agent activate；无网络时用 activate --offline',
    },
  },
} as const satisfies ErrorRegistry;
