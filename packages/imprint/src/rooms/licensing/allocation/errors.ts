import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const allocationErrors = {
  LICENSING_AGREEMENT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected agreement {agreement} to exist, it is not known',
      'zh-CN': '协议 {agreement} 不存在',
    },
    hint: {
      en: 'list the agreements you may see with GET /v1/agreements',
      'zh-CN': '可通过 GET /v1/agreements 查看可见的协议',
    },
  },
  LICENSING_AGREEMENT_NUMBER_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a number that no other agreement has, got {number}',
      'zh-CN': '协议编号应唯一，{number} 已被其他协议使用',
    },
    hint: {
      en: 'check the number against the signed document; an agreement that has begun is not rewritten but ended',
      'zh-CN': '请与已签署的文件核对编号；已有协议不可改写，只能终止',
    },
  },
  LICENSING_AGREEMENT_ENDED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an agreement that still runs, {agreement} ended at {endedAt}',
      'zh-CN': '协议应仍在有效期内，{agreement} 已于 {endedAt} 终止',
    },
    hint: { en: 'register the agreement that follows it', 'zh-CN': '请登记后续协议' },
  },
  LICENSING_ENTITLEMENT_UNKNOWN: {
    status: 404,
    exit: 1,
    message: {
      en: 'expected entitlement {entitlement} to exist, it is not known',
      'zh-CN': '授权 {entitlement} 不存在',
    },
    hint: {
      en: 'list the seats you may see with GET /v1/allocations; the operator adds entitlements to an agreement',
      'zh-CN': '可通过 GET /v1/allocations 查看可见的席位；授权由运营方在协议下添加',
    },
  },
  LICENSING_ENTITLEMENT_ID_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a new id or the entitlement it stands for, {entitlement} stands for another',
      'zh-CN': '标识应为新标识或与原授权一致，{entitlement} 已对应其他授权',
    },
    hint: {
      en: 'send the same content again to repeat a request, or leave the id out for a new entitlement',
      'zh-CN': '重复请求时请发送相同内容；新建授权时请省略标识',
    },
  },
  LICENSING_ENTITLEMENT_ENDED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an entitlement that still runs, {entitlement} ended at {endedAt}',
      'zh-CN': '授权应仍在有效期内，{entitlement} 已于 {endedAt} 终止',
    },
    hint: {
      en: 'use another entitlement of the agreement, or ask the operator for one',
      'zh-CN': '请使用协议下的其他授权，或向运营方申请',
    },
  },
  LICENSING_TERM_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a term that ends after it starts, got {startsAt} to {endsAt}',
      'zh-CN': '期限的结束时间应晚于开始时间，实际为 {startsAt} 至 {endsAt}',
    },
    hint: { en: 'correct startsAt or endsAt', 'zh-CN': '请更正 startsAt 或 endsAt' },
  },
  LICENSING_TERM_OUTSIDE: {
    status: 422,
    exit: 2,
    message: {
      en: "expected a term within the agreement's, {startsAt} to {endsAt}",
      'zh-CN': '期限应在协议期限 {startsAt} 至 {endsAt} 之内',
    },
    hint: {
      en: "leave startsAt and endsAt out for the agreement's own term",
      'zh-CN': '省略 startsAt 与 endsAt 即采用协议期限',
    },
  },
  LICENSING_SEATS_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected {name} to be a whole number from {least} to {most}, got {got}',
      'zh-CN': '{name} 应为 {least} 至 {most} 之间的整数，实际为 {got}',
    },
    hint: { en: 'correct the number of seats', 'zh-CN': '请更正席位数量' },
  },
  LICENSING_CLASS_UNKNOWN: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a device class among {classes}, got {got}',
      'zh-CN': '设备类别应为 {classes} 之一，实际为 {got}',
    },
    hint: {
      en: 'an entitlement grants seats of one class; add one for each',
      'zh-CN': '一项授权只含一类席位；请为每类分别添加',
    },
  },
  LICENSING_OVERAGE_INVALID: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected percent 1 to 100 and days 1 to 365 with the overage policy percent, and neither with another',
      'zh-CN': '超额策略为 percent 时应给出 1 至 100 的比例与 1 至 365 的天数，其他策略不得给出',
    },
    hint: {
      en: 'policies are deny, percent (N % for D days) and report',
      'zh-CN': '可选策略为 deny、percent（N % 持续 D 天）与 report',
    },
  },
  LICENSING_FLOOR_ABOVE_CEILING: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a floor of at most the ceiling {ceiling}, got {floor}',
      'zh-CN': '保底席位应不高于上限 {ceiling}，实际为 {floor}',
    },
    hint: { en: 'lower the floor or raise the ceiling', 'zh-CN': '请降低保底或提高上限' },
  },
  LICENSING_CEILING_EXCEEDS_PARENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a ceiling of at most {most}, what agency {agency} above has; got {ceiling}',
      'zh-CN': '上限应不高于上级机构 {agency} 的 {most}，实际为 {ceiling}',
    },
    hint: {
      en: 'lower the ceiling, or ask whoever allocates to that agency for more',
      'zh-CN': '请降低上限，或请为该机构分配席位的单位增加席位',
    },
  },
  LICENSING_CEILING_BELOW_TAKEN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a ceiling of at least {taken}, as many seats are taken or reserved; got {ceiling}',
      'zh-CN': '上限应不低于已占用或预留的 {taken} 个席位，实际为 {ceiling}',
    },
    hint: {
      en: 'add reclaimAt to free unused seats now and the others as their leases end after that date',
      'zh-CN': '加上 reclaimAt 可立即收回未用席位，其余席位在该日期后随租约到期收回',
    },
  },
  LICENSING_FLOOR_EXCEEDS_PARENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a floor of at most {most}, what agency {agency} above still has to reserve; got {floor}',
      'zh-CN': '保底席位应不高于上级机构 {agency} 尚可预留的 {most}，实际为 {floor}',
    },
    hint: {
      en: 'lower the floor of an agency beside it, or ask whoever allocates to agency {agency} for more',
      'zh-CN': '请降低同级机构的保底，或请为机构 {agency} 分配席位的单位增加席位',
    },
  },
  LICENSING_AGENCY_OUTSIDE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an agency below {licensee}, which the agreement licenses; got {agency}',
      'zh-CN': '机构应位于协议被许可方 {licensee} 之下，实际为 {agency}',
    },
    hint: {
      en: 'seats of the licensed agency itself are those of the entitlement; another agency needs its own agreement',
      'zh-CN': '被许可机构自身的席位即授权席位；其他机构需另行签订协议',
    },
  },
  LICENSING_OPERATOR_ONLY: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to grant or end seats for anybody but the operator, who acts at the root agency',
      'zh-CN': '拒绝：只有在根机构操作的运营方才能授予或终止席位',
    },
    hint: {
      en: 'ask the operator; you may divide your seats among agencies below with licence allocate',
      'zh-CN': '请联系运营方；您可用 licence allocate 在下级机构之间分配席位',
    },
  },
  LICENSING_OWN_ALLOCATION: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to change what your own agency {agency} is allocated',
      'zh-CN': '拒绝更改本机构 {agency} 自身的分配',
    },
    hint: {
      en: 'ask an agency above yours; you may divide your seats among agencies below',
      'zh-CN': '请联系上级机构；您只能在下级机构之间分配席位',
    },
  },
  LICENSING_NOTHING_TO_DIVIDE: {
    status: 403,
    exit: 3,
    message: {
      en: 'refusing to reserve seats: your agency {agency} is allocated none of this entitlement itself',
      'zh-CN': '拒绝预留席位：本机构 {agency} 自身未获该授权的分配',
    },
    hint: {
      en: 'ask an agency above yours for an allocation first; without one only ceilings may be set below you',
      'zh-CN': '请先向上级机构申请分配；在此之前只能为下级设置上限',
    },
  },
  LICENSING_RECLAIM_PAST: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected reclaimAt to be later than {now}, got {got}',
      'zh-CN': 'reclaimAt 应晚于 {now}，实际为 {got}',
    },
    hint: {
      en: 'a reclaim gives notice: name a date to come',
      'zh-CN': '收回席位须提前通知：请指定将来的日期',
    },
  },
} as const satisfies ErrorRegistry;

export const allocationError = errorFactory(allocationErrors);
