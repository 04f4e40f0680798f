import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;

export const windowsPlanErrors = {
  WINDOWS_PLAN_POLICY_UNSUPPORTED: {
    ...input,
    message: {
      en: 'expected an image that honours the policy {policy}, got {edition} of build {build}',
      'zh-CN': '应为支持策略 {policy} 的映像，实际为内部版本 {build} 的 {edition}',
    },
    hint: {
      en: 'supported are: {supported}; choose another image, another value, or leave the policy out',
      'zh-CN': '受支持的有：{supported}；请另选映像或取值，或去掉该策略',
    },
  },
  WINDOWS_PLAN_EDIT_CONFLICT: {
    ...input,
    message: {
      en: 'expected one wish for the registry value "{name}" in {hive}\\{key}, got two that differ from {first} and {second}',
      'zh-CN': '对 {hive}\\{key} 中的注册表值“{name}”应只有一种要求，实际步骤 {first} 与 {second} 的要求不同',
    },
    hint: {
      en: 'two wishes of the manifest contradict each other; drop one of them',
      'zh-CN': '清单中的两项要求互相矛盾；请去掉其中一项',
    },
  },
  WINDOWS_PLAN_PATH_CONFLICT: {
    ...input,
    message: {
      en: 'expected each file to be added once, got {path} from {first} and {second}',
      'zh-CN': '每个文件应只添加一次，实际 {path} 同时来自步骤 {first} 与 {second}',
    },
    hint: {
      en: 'rename one of the two files; Windows does not tell names apart by case',
      'zh-CN': '请重命名其中一个文件；Windows 的文件名不区分大小写',
    },
  },
  WINDOWS_PLAN_INSTALLER: {
    ...input,
    message: {
      en: 'expected an .msi or .exe to install the component "{component}", got {got}',
      'zh-CN': '组件“{component}”的安装文件应为 .msi 或 .exe，实际为 {got}',
    },
    hint: {
      en: 'name the installer in its file, or leave its installer out to place the file only',
      'zh-CN': '请在 file 中指定安装文件；若只放置文件，请去掉 installer',
    },
  },
  WINDOWS_PLAN_AGENT_MISSING: {
    ...input,
    message: {
      en: 'expected a component with the role agent to carry out {count} steps of the first boot, got none',
      'zh-CN': '首次启动的 {count} 个步骤需要一个角色为 agent 的组件来执行，实际没有',
    },
    hint: {
      en: 'add the agent to components; without it nothing that only Windows can do would ever be done',
      'zh-CN': '请在 components 中加入代理；没有它，只能由 Windows 完成的事项将永远不会执行',
    },
  },
  WINDOWS_PLAN_TIME_ZONE: {
    ...input,
    message: {
      en: 'expected a time zone that Windows has a name for, got {zone}',
      'zh-CN': '应为 Windows 有对应名称的时区，实际为 {zone}',
    },
    hint: {
      en: 'choose a zone that follows the same clock',
      'zh-CN': '请选择使用相同时间的时区',
    },
  },
  WINDOWS_PLAN_KEYBOARD: {
    ...input,
    message: {
      en: 'expected a keyboard whose Windows layout is known, got {keyboard}',
      'zh-CN': '应为已知对应 Windows 布局的键盘，实际为 {keyboard}',
    },
    hint: { en: 'these are known: {known}', 'zh-CN': '已知的有：{known}' },
  },
} as const satisfies ErrorRegistry;

export const windowsPlanError = errorFactory(windowsPlanErrors);
