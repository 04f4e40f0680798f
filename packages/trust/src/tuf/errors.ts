import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const askOperator = {
  en: 'keep the trusted state and report this code; whoever runs the repository must publish a file that passes',
  'zh-CN': '请保留现有可信状态并上报此代码；仓库运营方须重新发布可通过验证的文件',
};

/** Codes of repository metadata (TUF). */
export const tufErrors = {
  TRUST_TUF_MALFORMED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {name} to be TUF metadata, got {got}',
      'zh-CN': '{name} 应为 TUF 元数据，实际为 {got}',
    },
    hint: askOperator,
  },
  TRUST_TUF_SIZE: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to read more than {limit} bytes of {name}',
      'zh-CN': '拒绝读取 {name} 超过 {limit} 字节的内容',
    },
    hint: askOperator,
  },
  TRUST_TUF_UNAVAILABLE: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected {name} in the repository, got nothing',
      'zh-CN': '仓库中应有 {name}，实际未取得',
    },
    hint: {
      en: 'check the address of the repository and try again',
      'zh-CN': '请检查仓库地址后重试',
    },
  },
  TRUST_TUF_THRESHOLD: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {expected} signatures of role {role} on {name}, got {got}',
      'zh-CN': '{name} 应有角色 {role} 的 {expected} 个签名，实际 {got} 个',
    },
    hint: askOperator,
  },
  TRUST_TUF_NATIONAL_THRESHOLD: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {expected} SM2 signatures of role {role} on {name}, got {got}',
      'zh-CN': '{name} 应有角色 {role} 的 {expected} 个 SM2 签名，实际 {got} 个',
    },
    hint: askOperator,
  },
  TRUST_TUF_NATIONAL_ROLE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the national policy to list role {role}, got none',
      'zh-CN': '国密策略应列出角色 {role}，实际缺失',
    },
    hint: {
      en: 'publish a root whose x-imprint-national lists every role; a role left out is never trusted',
      'zh-CN': '请发布 x-imprint-national 列出全部角色的根元数据；未列出的角色一律不予信任',
    },
  },
  TRUST_TUF_DUPLICATE_KEY: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing {name}: one key is listed more than once',
      'zh-CN': '拒绝 {name}：同一密钥被列出多次',
    },
    hint: {
      en: 'list each key once, for one party; a key under two ids would sign twice',
      'zh-CN': '每个密钥只能列出一次且只属于一方；一钥两名等于重复签名',
    },
  },
  TRUST_TUF_DUPLICATE_SIGNATURE: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing {name}: one key id signs more than once',
      'zh-CN': '拒绝 {name}：同一密钥标识签名多次',
    },
    hint: askOperator,
  },
  TRUST_TUF_DOWNGRADE: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing a root that goes from {from} to {to}',
      'zh-CN': '拒绝从 {from} 变为 {to} 的根元数据',
    },
    hint: {
      en: 'a new root keeps a party policy, licence keys where the old one pins some, and every signature suite that the old one demands',
      'zh-CN': '新的根元数据必须保留各方策略、原有的许可密钥（可更换，不可取消）以及原来要求的全部签名体系',
    },
  },
  TRUST_TUF_VERSION: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected version {expected} of {name}, got {got}',
      'zh-CN': '{name} 应为版本 {expected}，实际为 {got}',
    },
    hint: askOperator,
  },
  TRUST_TUF_ROLLBACK: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go back: {name} is at version {known}, got {got}',
      'zh-CN': '拒绝回退：{name} 已为版本 {known}，实际收到 {got}',
    },
    hint: askOperator,
  },
  TRUST_TUF_EXPIRED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {name} to be valid at {now}, got one that expired at {expires}',
      'zh-CN': '{name} 应在 {now} 有效，实际已于 {expires} 过期',
    },
    hint: {
      en: 'check the clock of this machine; if it is right, the repository is stale and must be signed again',
      'zh-CN': '请检查本机时钟；若时钟正确，则仓库内容已过时，须重新签署',
    },
  },
  TRUST_TUF_DIGEST: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {name} with the digest and length its referrer lists, got other bytes',
      'zh-CN': '{name} 应与引用方列出的摘要和长度一致，实际内容不同',
    },
    hint: askOperator,
  },
  TRUST_TUF_NO_TARGET: {
    status: 404,
    exit: 1,
    message: { en: 'expected a target {path}, got none', 'zh-CN': '应有目标 {path}，实际没有' },
    hint: {
      en: 'check the edition and channel; nothing may be released on it yet',
      'zh-CN': '请检查版本名称与通道；该通道可能尚无发布',
    },
  },
  TRUST_POLICY_INVALID: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a party policy that can be met, got {got}',
      'zh-CN': '应为可满足的各方策略，实际 {got}',
    },
    hint: {
      en: 'give each party distinct keys of every suite of the profile, at least as many as its threshold',
      'zh-CN': '请为每一方提供各签名体系的不同密钥，数量不少于其门限',
    },
  },
  TRUST_LICENCE_KEYS_INVALID: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an Ed25519 or SM2 licence key for each suite of the profile, got {got}',
      'zh-CN': '配置要求的每种签名体系都应有一把 Ed25519 或 SM2 许可密钥，实际 {got}',
    },
    hint: {
      en: 'make the licence key with imprint key new licensing --online and the profile of the root',
      'zh-CN': '请用 imprint key new licensing --online 以与根相同的配置生成许可密钥',
    },
  },
  TRUST_EMERGENCY_NOT_ALLOWED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a root that allows an emergency lane, got one without',
      'zh-CN': '应为允许紧急通道的根，实际的根没有紧急通道',
    },
    hint: {
      en: 'get the approval of every party; a lane with fewer is agreed on when the root is signed, never later in a hurry',
      'zh-CN': '请取得各方的批准；较少批准的通道须在签署根时约定，不能事后仓促增设',
    },
  },
  TRUST_DEFINITION_KEYS_INVALID: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a definitions key for each suite of the profile, got {got}',
      'zh-CN': '配置要求的每种签名体系都应有一把病毒库密钥，实际 {got}',
    },
    hint: {
      en: 'make the definitions key with imprint key new definitions and the profile of the root',
      'zh-CN': '请用 imprint key new definitions 以与根相同的配置生成病毒库密钥',
    },
  },
  TRUST_POLICY_MISSING: {
    status: 409,
    exit: 1,
    message: { en: 'expected a party policy in root, got none', 'zh-CN': '根元数据应包含各方策略，实际没有' },
    hint: {
      en: 'pin a root made by the release ceremony',
      'zh-CN': '请固定由发布仪式生成的根元数据',
    },
  },
} as const satisfies ErrorRegistry;

export const tufError = errorFactory(tufErrors);
