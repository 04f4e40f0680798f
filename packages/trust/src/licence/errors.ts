import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const keepGoing = {
  en: 'keep the lease held so far and ask for it again; nothing on this device stops meanwhile',
  'zh-CN': '请保留现有租约并重新申请；其间设备一切照常',
};

/** Codes of licence tokens and of what carries them. */
export const licenceErrors = {
  TRUST_LICENCE_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a licence token, got {got}',
      'zh-CN': '应为许可令牌，实际为 {got}',
    },
    hint: {
      en: 'take the token exactly as the operator issued it; if it came through a file or a code, take it over once more',
      'zh-CN': '请使用运营方签发的原始令牌；若经文件或代码转交，请重新录入一次',
    },
  },
  TRUST_LICENCE_KEY_UNPINNED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a licence key that the root pins, got {got}',
      'zh-CN': '应为根所固定的许可密钥，实际为 {got}',
    },
    hint: {
      en: 'refresh the release metadata, which carries newer roots, then try again; a key that no root pins licenses nothing',
      'zh-CN': '请先刷新发布元数据以取得较新的根，再重试；未被根固定的密钥不能授予任何许可',
    },
  },
  TRUST_LICENCE_SIGNATURE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a licence signature that verifies, got one that does not ({suite})',
      'zh-CN': '应为可通过验证的许可签名，实际验证未通过（{suite}）',
    },
    hint: keepGoing,
  },
  TRUST_LICENCE_NATIONAL_MISSING: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a second signature in SM2, which the profile of the root demands, got none',
      'zh-CN': '根的配置要求附加 SM2 签名，实际没有',
    },
    hint: {
      en: 'the operator issues the token again with a licence key of both suites',
      'zh-CN': '请运营方用含两种算法的许可密钥重新签发令牌',
    },
  },
  TRUST_LEASE_WRONG_DEVICE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a lease for this device, got one for {got}',
      'zh-CN': '应为本设备的租约，实际属于 {got}',
    },
    hint: {
      en: 'make a request on this very device and answer that one',
      'zh-CN': '请在本设备上生成申请，并针对该申请作出答复',
    },
  },
  TRUST_LEASE_NONCE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the answer to the open request of this device, got the answer to another',
      'zh-CN': '应为对本设备当前申请的答复，实际是对其他申请的答复',
    },
    hint: {
      en: 'an answer counts once, for its own request; take the newest request of this device to the operator',
      'zh-CN': '每份答复仅对其对应的申请有效一次；请将本设备最新的申请交给运营方',
    },
  },
  TRUST_REVOCATIONS_ROLLBACK: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to go back: the revocation list is at number {known}, got {got}',
      'zh-CN': '拒绝回退：撤销清单已为第 {known} 号，实际收到第 {got} 号',
    },
    hint: {
      en: 'keep the newer list; whoever serves the older one must publish the current list again',
      'zh-CN': '请保留较新的清单；提供旧清单的一方须重新发布当前清单',
    },
  },
  TRUST_CODE_LINE: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected line {line} of the code as it was printed, got one that differs',
      'zh-CN': '代码第 {line} 行应与打印内容一致，实际不同',
    },
    hint: {
      en: 'compare line {line} character by character and type it again; I, L and O do not occur, case does not matter',
      'zh-CN': '请逐字核对第 {line} 行并重新输入；代码中没有 I、L、O，且不区分大小写',
    },
  },
  TRUST_CODE_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a whole typed code, got {got}',
      'zh-CN': '应为完整的录入代码，实际为 {got}',
    },
    hint: {
      en: 'type every line of the code in its order; a request and its answer are different codes',
      'zh-CN': '请按顺序录入全部各行；申请代码与答复代码不同',
    },
  },
  TRUST_REPORT_MALFORMED: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a signed usage report, got {got}',
      'zh-CN': '应为已签名的使用报告，实际为 {got}',
    },
    hint: {
      en: 'take the report exactly as GET /v1/usage-report gave it; nothing in it may be changed, not even its layout within',
      'zh-CN': '请使用 GET /v1/usage-report 给出的原始报告；其内容不得有任何改动，包括内部排版',
    },
  },
  TRUST_REPORT_SIGNATURE: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected a usage report signed by a licence key that the root pins ({suite}), its signature does not verify',
      'zh-CN': '使用报告应由根所固定的许可密钥签名（{suite}），签名未通过验证',
    },
    hint: {
      en: 'the figures are nobody’s word: ask the operator for the report again, and check that the root is the newest',
      'zh-CN': '该数据无人担保：请向运营方重新索取报告，并确认所用的根为最新',
    },
  },
} as const satisfies ErrorRegistry;

export const licenceError = errorFactory(licenceErrors);
