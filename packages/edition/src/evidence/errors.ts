import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const evidenceErrors = {
  EVIDENCE_CORE_MODIFIED: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected the vendor\'s core untouched outside the agreed list, got {count} changed paths, the first "{path}" ({facets}) by step "{step}"',
      'zh-CN':
        '在约定清单之外厂商核心应保持原样，实际有 {count} 个路径被改动，首个为步骤“{step}”改动的“{path}”（{facets}）',
    },
    hint: {
      en: 'change the step so that it leaves these paths alone, or have the vendor add them to the mutable core list and sign it',
      'zh-CN': '请修改相应步骤，使其不改动这些路径；或由厂商将其加入可变核心清单并签名',
    },
  },
  EVIDENCE_CORE_PATH_MODIFIED: {
    status: 422,
    exit: 1,
    message: {
      en: 'expected "{path}" as "{origin}" ships it, got changed {facets} by step "{step}"',
      'zh-CN': '“{path}”应与“{origin}”提供的一致，实际被步骤“{step}”改动：{facets}',
    },
    hint: {
      en: 'change step "{step}", or have the vendor agree to "{path}"',
      'zh-CN': '请修改步骤“{step}”，或取得厂商对“{path}”的同意',
    },
  },
  EVIDENCE_TAR_MALFORMED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a whole tar archive inside the package, got {problem}',
      'zh-CN': '软件包内应为完整的 tar 归档，实际为：{problem}',
    },
    hint: {
      en: 'fetch the package again; its digest is checked on the way',
      'zh-CN': '请重新获取该软件包，获取时会校验其摘要',
    },
  },
  EVIDENCE_PACKAGE_MISMATCH: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected package {expected} under digest {sha256}, got {got}',
      'zh-CN': '摘要 {sha256} 对应的软件包应为 {expected}，实际为 {got}',
    },
    hint: {
      en: "resolve the lock again; it names a digest that is not that package's",
      'zh-CN': '请重新解析锁文件，其中的摘要与软件包不符',
    },
  },
  EVIDENCE_AGREEMENT_MALFORMED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected the mutable core list as its schema says, got a difference at {pointer}',
      'zh-CN': '可变核心清单应符合其模式，实际在 {pointer} 处不符',
    },
    hint: {
      en: "correct the vendor's mutable core file and resolve the lock again",
      'zh-CN': '请更正厂商的可变核心文件并重新解析锁文件',
    },
  },
  EVIDENCE_MANIFEST_MALFORMED: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a whole integrity manifest, got {problem}',
      'zh-CN': '需要完整的完整性清单，实际为：{problem}',
    },
    hint: {
      en: 'fetch the manifest again and compare its digest with the release',
      'zh-CN': '请重新获取该清单，并与发布版本中的摘要比对',
    },
  },
} as const satisfies ErrorRegistry;

export const evidenceError = errorFactory(evidenceErrors);
