import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const revocationErrors = {
  LICENSING_REVOCATION_SUBJECT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected {scope} {subject} to exist, it is not known',
      'zh-CN': '要撤销的对象（{scope}）{subject} 不存在',
    },
    hint: {
      en: 'list activations with GET /v1/activations, entitlements with GET /v1/entitlements, agreements with GET /v1/agreements',
      'zh-CN': '可通过 GET /v1/activations、/v1/entitlements、/v1/agreements 查看激活、授权与协议',
    },
  },
  LICENSING_REVOCATION_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected revocation {revocation} to exist, it is not known',
      'zh-CN': '撤销 {revocation} 不存在',
    },
    hint: {
      en: 'list the revocations you may see with GET /v1/revocations',
      'zh-CN': '可通过 GET /v1/revocations 查看可见的撤销',
    },
  },
  LICENSING_REVOCATION_NOTHING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected something left to revoke, {scope} {subject} was revoked or ended before',
      'zh-CN': '没有可撤销的内容：{scope} {subject} 此前已撤销或终止',
    },
    hint: {
      en: 'nothing was changed; GET /v1/revocations shows when and why it was revoked',
      'zh-CN': '未作任何更改；可通过 GET /v1/revocations 查看撤销时间与原因',
    },
  },
  LICENSING_REVOCATION_SAME_PERSON: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to let one person revoke {devices} devices alone: the one who proposed it cannot confirm it',
      'zh-CN': '拒绝由一人独自撤销 {devices} 台设备：提出者不能自行确认',
    },
    hint: {
      en: 'ask a second licensing officer to confirm it; nothing has been revoked so far',
      'zh-CN': '请由另一位许可管理员确认；目前尚未撤销任何设备',
    },
  },
} as const satisfies ErrorRegistry;

export const revocationError = errorFactory(revocationErrors);
