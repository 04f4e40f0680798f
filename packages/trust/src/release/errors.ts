import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

/** Codes of release approvals and withdrawals. */
export const releaseErrors = {
  TRUST_APPROVAL_MISSING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the approval of every party, got none that counts of {missing}',
      'zh-CN': '应有各方的批准，实际缺少 {missing} 的有效批准',
    },
    hint: {
      en: 'have {missing} sign the release, each with as many keys as its threshold says',
      'zh-CN': '请由 {missing} 签署该发布，且签名数达到各自门限',
    },
  },
  TRUST_APPROVAL_NATIONAL_MISSING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the SM2 approval of every party, got none that counts of {missing}',
      'zh-CN': '应有各方的 SM2 批准，实际缺少 {missing} 的有效 SM2 签名',
    },
    hint: {
      en: 'have {missing} sign again with the SM2 key; an approval without it does not count under this profile',
      'zh-CN': '请由 {missing} 用 SM2 密钥重新签署；在此密码配置下，缺少 SM2 签名的批准无效',
    },
  },
  TRUST_APPROVAL_SUBJECT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an approval of this release, got one of something else: {got}',
      'zh-CN': '应为对此发布的批准，实际批准的是其他内容：{got}',
    },
    hint: {
      en: 'the release was changed after it was approved, or approvals of another were put beside it; fetch both again',
      'zh-CN': '发布在批准后被改动，或附上了其他发布的批准；请重新获取两者',
    },
  },
  TRUST_RELEASE_MALFORMED: {
    status: 409,
    exit: 1,
    message: { en: 'expected a release manifest, got {got}', 'zh-CN': '应为发布清单，实际为 {got}' },
    hint: {
      en: 'give release.json exactly as it was proposed',
      'zh-CN': '请提供提议时的原始 release.json',
    },
  },
  TRUST_RELEASE_EXPIRED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a release valid at {now}, got one that expired at {expiresAt}',
      'zh-CN': '发布应在 {now} 有效，实际已于 {expiresAt} 过期',
    },
    hint: {
      en: 'check the clock of this machine; if it is right, a newer release has to be approved',
      'zh-CN': '请检查本机时钟；若时钟正确，则须批准新的发布',
    },
  },
  TRUST_RELEASE_ROLLBACK: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go back: release sequence {known} is known, got {got}',
      'zh-CN': '拒绝回退：已知发布序号 {known}，实际收到 {got}',
    },
    hint: {
      en: 'to return to older content, approve it again as a new release',
      'zh-CN': '如需回到旧内容，请将其作为新发布重新批准',
    },
  },
  TRUST_EMERGENCY_OVER: {
    status: 410,
    exit: 1,
    message: {
      en: 'refusing release {version}: its emergency approval ended at {until}, without the approval of {missing}',
      'zh-CN': '拒绝发布 {version}：其紧急批准已于 {until} 到期，仍缺少 {missing} 的批准',
    },
    hint: {
      en: 'have {missing} approve it and complete it with imprint release complete, or publish an ordinary release',
      'zh-CN': '请由 {missing} 批准并用 imprint release complete 补全，或发布普通版本',
    },
  },
  TRUST_EMERGENCY_CLOCK: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing release {version}: it is an emergency of {proposedAt}, and the clock of this machine says {now}',
      'zh-CN': '拒绝发布 {version}：其为 {proposedAt} 的紧急发布，而本机时钟为 {now}',
    },
    hint: {
      en: 'set the clock; whether the time of an emergency is over cannot be told without one',
      'zh-CN': '请校准时钟；没有正确的时钟便无法判断紧急批准是否已过期',
    },
  },
  TRUST_RELEASE_WITHDRAWN: {
    status: 410,
    exit: 1,
    message: {
      en: 'refusing release {version}: {party} withdrew it',
      'zh-CN': '拒绝发布 {version}：{party} 已将其撤回',
    },
    hint: {
      en: 'wait for the next release on this channel',
      'zh-CN': '请等待该通道的下一个发布',
    },
  },
} as const satisfies ErrorRegistry;

export const releaseError = errorFactory(releaseErrors);
