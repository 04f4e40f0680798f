import type { ErrorRegistry } from '@imprint/protocol';

export const passkeyErrors = {
  ORGANISATION_PUBLIC_URL_MISSING: {
    status: 503,
    exit: 2,
    message: {
      en: 'expected to know at which address browsers find this server, it listens on {host} and nobody said',
      'zh-CN': '需要知道浏览器访问本服务器的地址；服务器监听 {host}，但未设置该地址',
    },
    hint: {
      en: 'set IMPRINT_PUBLIC_URL, for example https://imprint.example.org',
      'zh-CN': '请设置 IMPRINT_PUBLIC_URL，例如 https://imprint.example.org',
    },
  },
  ORGANISATION_PUBLIC_URL_INVALID: {
    status: 503,
    exit: 2,
    message: {
      en: 'expected https, a host name and nothing after it (or http on localhost), got {url}',
      'zh-CN': '应为 https 加主机名且其后无内容（localhost 可用 http），实际为 {url}',
    },
    hint: {
      en: 'set IMPRINT_PUBLIC_URL to a name, not an address: browsers bind passkeys to names',
      'zh-CN': '请将 IMPRINT_PUBLIC_URL 设为名称而非 IP 地址：浏览器将通行密钥绑定到名称',
    },
  },
  ORGANISATION_PASSKEY_CHALLENGE: {
    status: 401,
    exit: 1,
    message: {
      en: 'expected the answer to a challenge given to you within five minutes and not yet used, got another',
      'zh-CN': '应为五分钟内发给您且尚未使用的挑战的应答，实际不是',
    },
    hint: { en: 'ask for new options and try again', 'zh-CN': '请重新获取选项后再试' },
  },
  ORGANISATION_PASSKEY_WRONG_ORIGIN: {
    status: 401,
    exit: 1,
    message: {
      en: 'refusing a passkey used at {got}: people sign in at {expected}',
      'zh-CN': '拒绝在 {got} 使用的通行密钥：登录地址为 {expected}',
    },
    hint: {
      en: 'open {expected} yourself; a page elsewhere may be trying to use your passkey',
      'zh-CN': '请自行打开 {expected}；其他页面可能企图使用您的通行密钥',
    },
  },
  ORGANISATION_PASSKEY_UNVERIFIED: {
    status: 401,
    exit: 1,
    message: {
      en: 'expected the device to have checked who you are (PIN, fingerprint, face), it did not',
      'zh-CN': '设备应核验使用者身份（PIN、指纹或面容），但没有',
    },
    hint: {
      en: 'set up a PIN or biometrics on the device or security key and try again',
      'zh-CN': '请在设备或安全密钥上设置 PIN 或生物识别后重试',
    },
  },
  ORGANISATION_PASSKEY_INVALID: {
    status: 401,
    exit: 1,
    message: {
      en: "expected a passkey's valid answer, its signature or form does not hold",
      'zh-CN': '应为通行密钥的有效应答，但其签名或格式无效',
    },
    hint: { en: 'try again, or use another passkey', 'zh-CN': '请重试，或使用其他通行密钥' },
  },
  ORGANISATION_PASSKEY_UNKNOWN: {
    status: 401,
    exit: 1,
    message: {
      en: 'expected a passkey that is registered here, this one is not',
      'zh-CN': '应为已在本系统登记的通行密钥，实际未登记',
    },
    hint: {
      en: 'use another passkey, or ask the administrator of your agency for an invitation',
      'zh-CN': '请使用其他通行密钥，或向本机构管理员申请邀请',
    },
  },
  ORGANISATION_PASSKEY_NOT_FOUND: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected passkey {passkey} to be one of yours, it is not',
      'zh-CN': '通行密钥 {passkey} 不属于您',
    },
    hint: { en: 'list yours with GET /v1/passkeys', 'zh-CN': '可通过 GET /v1/passkeys 查看您的通行密钥' },
  },
  ORGANISATION_PASSKEY_CLONED: {
    status: 401,
    exit: 3,
    message: {
      en: 'refusing a passkey whose counter went back: somebody may hold a copy of it',
      'zh-CN': '拒绝计数器倒退的通行密钥：可能有人持有其副本',
    },
    hint: {
      en: 'sign in with another passkey, remove this one and tell the administrator of your agency',
      'zh-CN': '请使用其他通行密钥登录，移除此密钥并告知本机构管理员',
    },
  },
  ORGANISATION_PASSKEY_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a passkey that is new here, this one is registered already',
      'zh-CN': '应为新的通行密钥，但此密钥已登记',
    },
    hint: { en: 'use another device or security key', 'zh-CN': '请使用其他设备或安全密钥' },
  },
  ORGANISATION_PASSKEY_TOO_MANY: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected at most {limit} passkeys for one person, there are as many',
      'zh-CN': '每人最多 {limit} 个通行密钥，现已达上限',
    },
    hint: { en: 'remove one that you no longer use', 'zh-CN': '请移除不再使用的通行密钥' },
  },
  ORGANISATION_PASSKEY_LAST: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to remove the passkey: without it you could not sign in as your role demands',
      'zh-CN': '拒绝移除该通行密钥：移除后您将无法按角色要求登录',
    },
    hint: {
      en: 'register another passkey first, or a password together with one-time codes',
      'zh-CN': '请先登记另一个通行密钥，或设置密码与一次性验证码',
    },
  },
} as const satisfies ErrorRegistry;
