import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const antivirusErrors = {
  FLEET_ANTIVIRUS_PROVIDER_UNKNOWN: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an antivirus provider that a current release lists, none lists {provider}',
      'zh-CN': '杀毒产品应在当前发布中列出，{provider} 未被列出',
    },
    hint: {
      en: 'choose one of imprint antivirus providers; a release that every party approves may list more',
      'zh-CN': '请从 imprint antivirus providers 中选择；经各方批准的发布可列出更多产品',
    },
  },
  FLEET_ANTIVIRUS_APPROVAL_EXPIRED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to choose {provider} anew: its approval ended at {approvedUntil}',
      'zh-CN': '拒绝新选 {provider}：其批准已于 {approvedUntil} 到期',
    },
    hint: {
      en: 'devices that run it keep it; choose another, or have a release approved that lists it for longer',
      'zh-CN': '正在运行该产品的设备会继续使用；请另选产品，或批准延长其期限的发布',
    },
  },
  FLEET_ANTIVIRUS_FIXED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to choose {provider}: an agency above chooses for all below it',
      'zh-CN': '拒绝选择 {provider}：上级机构已为其下所有机构统一指定',
    },
    hint: {
      en: 'the ring of definitions is still yours to name; ask the agency above for another provider',
      'zh-CN': '仍可自行指定病毒库的环；如需更换产品，请与上级机构联系',
    },
  },
  FLEET_ANTIVIRUS_NOT_ALLOWED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to choose {provider}: the agencies above do not allow it',
      'zh-CN': '拒绝选择 {provider}：上级机构不允许',
    },
    hint: {
      en: 'see with imprint antivirus selections what they allow',
      'zh-CN': '可用 imprint antivirus selections 查看允许的产品',
    },
  },
} as const satisfies ErrorRegistry;

export const antivirusError = errorFactory(antivirusErrors);
