import type { ErrorRegistry } from '@imprint/protocol';

const oldOneStays = {
  en: 'what protects now goes on protecting; the agent tries again by itself, and imprint-agent antivirus shows why',
  'zh-CN': '现有防护继续有效；代理会自动重试，运行 imprint-agent antivirus 可查看原因',
};
const askOperator = {
  en: 'what protects now goes on protecting; tell your operator',
  'zh-CN': '现有防护继续有效；请通知运营方',
};

/** Codes of the antivirus as a governed part. None of them leaves a device without protection. */
export const antivirusErrors = {
  AGENT_ANTIVIRUS_NOT_ALLOWED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing the directed antivirus {provider}: the approved release allows {allowed}',
      'zh-CN': '拒绝指定的杀毒软件 {provider}：已批准的发布仅允许 {allowed}',
    },
    hint: askOperator,
  },
  AGENT_ANTIVIRUS_APPROVAL_EXPIRED: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing to change to {provider}: expected an approval that holds, got one until {until}',
      'zh-CN': '拒绝改用 {provider}：批准应在有效期内，实际仅至 {until}',
    },
    hint: askOperator,
  },
  AGENT_ANTIVIRUS_APPROVAL_ENDED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected an approval of {provider} that holds, got one until {until}; it goes on protecting',
      'zh-CN': '{provider} 的批准应在有效期内，实际仅至 {until}；它继续提供防护',
    },
    hint: {
      en: 'have the provider approved anew with a release, or direct another one',
      'zh-CN': '请随新发布重新批准该产品，或指定其他产品',
    },
  },
  AGENT_ANTIVIRUS_DIRECTIVE_REPLACED: {
    status: 409,
    exit: 4,
    message: {
      en: 'expected the directive for {provider} to stand, got one for {next} on the way',
      'zh-CN': '改用 {provider} 的指令应保持有效，实际途中改为 {next}',
    },
    hint: {
      en: 'the change that was under way was given up for the new one; nothing else is to be done',
      'zh-CN': '已放弃进行中的更换并执行新指令；无需其他操作',
    },
  },
  AGENT_ANTIVIRUS_ABSENT: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {provider} as part of this image, got nothing installed',
      'zh-CN': '本映像应含 {provider}，实际未安装',
    },
    hint: {
      en: 'imprint-agent verify names what is missing; set the device up again or direct another provider',
      'zh-CN': '运行 imprint-agent verify 可列出缺失内容；请重装设备或指定其他产品',
    },
  },
  AGENT_ANTIVIRUS_INSTALLER_MISSING: {
    status: 404,
    exit: 4,
    message: {
      en: 'expected the installer of {provider} ({sha256}), got nothing',
      'zh-CN': '应能取得 {provider} 的安装包（{sha256}），实际没有',
    },
    hint: oldOneStays,
  },
  AGENT_ANTIVIRUS_INSTALLER_DIGEST: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing an installer of {provider} that was not approved: expected sha256 {expected}, got {got}',
      'zh-CN': '拒绝未经批准的 {provider} 安装包：sha256 应为 {expected}，实际为 {got}',
    },
    hint: askOperator,
  },
  AGENT_ANTIVIRUS_INSTALL_FAILED: {
    status: 500,
    exit: 1,
    message: {
      en: 'expected {package} to be installed or removed as a whole, got {reason}',
      'zh-CN': '{package} 应完整安装或移除，实际为 {reason}',
    },
    hint: oldOneStays,
  },
  AGENT_ANTIVIRUS_PROVIDER_FAILED: {
    status: 502,
    exit: 1,
    message: {
      en: 'expected {provider} to answer {verb}, got {reason}',
      'zh-CN': '{provider} 应答复 {verb}，实际为 {reason}',
    },
    hint: oldOneStays,
  },
  AGENT_ANTIVIRUS_BLIND: {
    status: 502,
    exit: 1,
    message: {
      en: 'expected {provider} to find the test file {how}, got nothing found',
      'zh-CN': '{provider} 应能发现测试文件（{how}），实际没有发现',
    },
    hint: oldOneStays,
  },
  AGENT_ANTIVIRUS_NOT_ON: {
    status: 502,
    exit: 1,
    message: {
      en: 'expected {provider} to protect as files are opened, got {reason}',
      'zh-CN': '{provider} 应在打开文件时提供防护，实际为 {reason}',
    },
    hint: oldOneStays,
  },
  AGENT_ANTIVIRUS_TWO_ON: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected only {provider} to protect in real time, got {other} too',
      'zh-CN': '应仅由 {provider} 提供实时防护，实际 {other} 也在运行',
    },
    hint: {
      en: 'two scanners slow each other down; {other} was turned off, or look at who starts it: systemctl status',
      'zh-CN': '两个扫描器会互相拖慢；{other} 已被关闭，或请用 systemctl status 查看由谁启动',
    },
  },
  AGENT_ANTIVIRUS_REENABLED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected {other} to stay off beside {provider}, got it on again by itself',
      'zh-CN': '{provider} 启用后 {other} 应保持关闭，实际又自行启动',
    },
    hint: {
      en: 'it was turned off again; its own updater or watchdog is the usual cause: remove that package',
      'zh-CN': '已再次将其关闭；通常由其更新或守护程序引起：请移除该软件包',
    },
  },
  AGENT_DEFINITIONS_MISSING: {
    status: 404,
    exit: 4,
    message: {
      en: 'expected {name} of definitions {version}, got nothing',
      'zh-CN': '应能取得病毒库 {version} 的 {name}，实际没有',
    },
    hint: {
      en: 'the definitions held stay in force; the agent tries again by itself',
      'zh-CN': '现有病毒库继续有效；代理会自动重试',
    },
  },
  AGENT_DEFINITIONS_DIGEST: {
    status: 409,
    exit: 1,
    message: {
      en: 'refusing {name}: expected sha256 {expected} as signed, got {got}',
      'zh-CN': '拒绝 {name}：签名的 sha256 为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'nothing of the set was used; the definitions held stay in force',
      'zh-CN': '未使用该病毒库的任何内容；现有病毒库继续有效',
    },
  },
  AGENT_DEFINITIONS_FORKED: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected sequence {sequence} to be the set held, got another set under that number',
      'zh-CN': '第 {sequence} 号应为现有病毒库，实际同号内容不同',
    },
    hint: {
      en: 'two sets were signed under one number: publish the right one under the next',
      'zh-CN': '同一编号签署了两份病毒库：请以下一编号发布正确的一份',
    },
  },
  AGENT_DEFINITIONS_UNUSABLE: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected {provider} to load definitions {version} and find the test file, got {reason}',
      'zh-CN': '{provider} 应能加载病毒库 {version} 并发现测试文件，实际为 {reason}',
    },
    hint: {
      en: 'the set is signed and of no use; the definitions held stay in force until a later set loads',
      'zh-CN': '该病毒库签名有效但无法使用；现有病毒库继续有效，直至后续版本可加载',
    },
  },
} as const satisfies ErrorRegistry;
