import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;
const refused = { status: 422, exit: 1 } as const;

export const windowsCoreErrors = {
  WINDOWS_CORE_MODIFIED: {
    ...refused,
    message: {
      en: 'expected the vendor\'s image and the planned changes, nothing else, got {count} paths that differ, the first "{path}" ({facets})',
      'zh-CN':
        '映像应为厂商映像加计划内的改动，此外别无不同，实际有 {count} 个路径不符，首个为“{path}”（{facets}）',
    },
    hint: {
      en: 'nothing was written; read the details, each names one path, and build again',
      'zh-CN': '未写出任何内容；请查看详情（每项对应一个路径）后重新构建',
    },
  },
  WINDOWS_CORE_PATH: {
    ...refused,
    message: {
      en: 'expected "{path}" as the vendor ships it or as the plan says, got a difference in {facets}',
      'zh-CN': '“{path}”应与厂商提供的或计划所述的一致，实际不同之处：{facets}',
    },
    hint: {
      en: 'change what wrote the path, or have the vendor add it to the mutable core list and sign it',
      'zh-CN': '请修改写入该路径的环节，或由厂商将其加入可变核心清单并签名',
    },
  },
  WINDOWS_CORE_REPORT_MALFORMED: {
    ...input,
    message: {
      en: 'expected a report of the checklist script, got a difference at {pointer}',
      'zh-CN': '应为核查脚本生成的报告，实际在 {pointer} 处不符',
    },
    hint: {
      en: "run the build's own imprint-checklist.ps1 and give the file it wrote, unchanged",
      'zh-CN': '请运行本次构建附带的 imprint-checklist.ps1，并原样提供其生成的文件',
    },
  },
  WINDOWS_CORE_REPORT_FOREIGN: {
    ...refused,
    message: {
      en: 'expected a report about {expected}, got one about {got}',
      'zh-CN': '报告应针对 {expected}，实际针对 {got}',
    },
    hint: {
      en: 'give the report to the build whose checklist made it',
      'zh-CN': '请把报告交给生成该核查脚本的构建',
    },
  },
} as const satisfies ErrorRegistry;

export const windowsCoreError = errorFactory(windowsCoreErrors);
