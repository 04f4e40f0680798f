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
  LICENSING_REVOCATION_OVER: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected revocation {revocation} to be open for this, it is {state}',
      'zh-CN': '撤销 {revocation} 当前状态不允许此操作，状态为 {state}',
    },
    hint: {
      en: 'only what is pending is confirmed or withdrawn, only what is applied is undone; an expired proposal is made anew with POST /v1/revocations',
      'zh-CN':
        '仅待确认（pending）的撤销可确认或撤回，仅已生效（applied）的撤销可解除；已过期的请通过 POST /v1/revocations 重新提出',
    },
  },
  LICENSING_REVOCATION_ENDED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to undo the revocation of {scope} {subject}: it has ended with it',
      'zh-CN': '拒绝解除对（{scope}）{subject} 的撤销：其已随撤销而终止',
    },
    hint: {
      en: 'what has ended is agreed anew: register an agreement or an entitlement; only the revocation of an activation is undone',
      'zh-CN': '已终止的须重新约定：请登记新的协议或授权；仅对单个激活的撤销可以解除',
    },
  },
  LICENSING_REVOCATION_LIST_SHARED: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to republish the revocation list for one agency: it names devices of all',
      'zh-CN': '拒绝由单个机构重新发布撤销清单：清单涉及所有机构的设备',
    },
    hint: {
      en: 'ask a licensing officer of the operator to run imprint licence revoke --republish',
      'zh-CN': '请由运营方的许可管理员运行 imprint licence revoke --republish',
    },
  },
  LICENSING_UNDO_NOTHING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an activation that is revoked by {revocation}, it is {state} by now',
      'zh-CN': '应为由 {revocation} 撤销的激活，其当前状态为 {state}',
    },
    hint: {
      en: 'nothing was changed; GET /v1/activations/:id shows what it is now, GET /v1/revocations what revoked it last',
      'zh-CN':
        '未作任何更改；可通过 GET /v1/activations/:id 查看其当前状态，通过 GET /v1/revocations 查看最近的撤销',
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
