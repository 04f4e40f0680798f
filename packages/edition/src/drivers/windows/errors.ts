import { type ErrorRegistry, errorFactory } from '@imprint/protocol';
import { wimErrors } from './formats/wim/errors.ts';
import { windowsCoreErrors } from './integrity/errors.ts';
import { windowsPlanErrors } from './plan/errors.ts';
import { windowsToolErrors } from './tools/errors.ts';

const input = { status: 422, exit: 2 } as const;
const refused = { status: 422, exit: 1 } as const;

export const windowsErrors = {
  ...wimErrors,
  ...windowsCoreErrors,
  ...windowsPlanErrors,
  ...windowsToolErrors,
  WINDOWS_HIVE_MALFORMED: {
    ...input,
    message: {
      en: 'expected {expected} at offset {offset} of the registry hive "{name}", got {got}',
      'zh-CN': '注册表配置单元“{name}”的偏移 {offset} 处应为 {expected}，实际为 {got}',
    },
    hint: {
      en: 'take the file from the medium again; a hive that Windows itself wrote reads without complaint',
      'zh-CN': '请从介质重新取得该文件；Windows 自身写出的配置单元可正常读取',
    },
  },
  WINDOWS_HIVE_DIRTY: {
    ...input,
    message: {
      en: 'expected equal sequence numbers in the registry hive "{name}", got {primary} and {secondary}',
      'zh-CN': '注册表配置单元“{name}”的两个序列号应相等，实际为 {primary} 和 {secondary}',
    },
    hint: {
      en: 'its last writes are still in its log files; use an image that Windows shut down or captured cleanly',
      'zh-CN': '最后的写入仍在其日志文件中；请使用由 Windows 正常关机或正常捕获的映像',
    },
  },
  WINDOWS_HIVE_TOO_OLD: {
    ...input,
    message: {
      en: 'expected the registry hive "{name}" to have version 1.3 to 1.6, got {version}',
      'zh-CN': '注册表配置单元“{name}”的版本应为 1.3 至 1.6，实际为 {version}',
    },
    hint: {
      en: 'use an image of Windows 10 or newer',
      'zh-CN': '请使用 Windows 10 或更新版本的映像',
    },
  },
  WINDOWS_HIVE_TOO_LARGE: {
    ...input,
    message: {
      en: 'expected the registry hive "{name}" to have at most {limitBytes} bytes, got {sizeBytes}',
      'zh-CN': '注册表配置单元“{name}”不应超过 {limitBytes} 字节，实际为 {sizeBytes}',
    },
    hint: {
      en: 'check that the path names a hive and not another file',
      'zh-CN': '请确认该路径指向配置单元而非其他文件',
    },
  },
  WINDOWS_HIVE_EDIT_INVALID: {
    ...input,
    message: {
      en: 'expected {expected} in the registry edit of "{key}", got {got}',
      'zh-CN': '对注册表“{key}”的修改应有 {expected}，实际为 {got}',
    },
    hint: {
      en: 'correct the key or the value name in the policy or manifest that asks for it',
      'zh-CN': '请在提出该修改的策略或清单中更正键或值的名称',
    },
  },
  WINDOWS_HIVE_EDIT_CONFLICT: {
    ...input,
    message: {
      en: 'expected one edit of the registry value "{name}" in "{key}", got two that differ',
      'zh-CN': '对注册表“{key}”中的值“{name}”应只有一处修改，实际有两处且互不相同',
    },
    hint: {
      en: 'two policies or settings contradict each other; drop one of them',
      'zh-CN': '有两项策略或设置互相矛盾；请去掉其中一项',
    },
  },
  WINDOWS_HIVE_VALUE_TOO_LARGE: {
    ...input,
    message: {
      en: 'expected the registry value "{name}" in "{key}" to have at most {limitBytes} bytes, got {sizeBytes}',
      'zh-CN': '注册表“{key}”中的值“{name}”不应超过 {limitBytes} 字节，实际为 {sizeBytes}',
    },
    hint: {
      en: 'put the data into a file and name the file in the registry',
      'zh-CN': '请把数据放入文件，并在注册表中引用该文件',
    },
  },
  WINDOWS_HIVE_MISMATCH: {
    ...refused,
    message: {
      en: 'refusing the edited registry hive "{name}": it reads back with {count} differences from the intent, first {first}',
      'zh-CN': '拒绝修改后的注册表配置单元“{name}”：读回后与意图有 {count} 处不同，第一处为 {first}',
    },
    hint: {
      en: 'nothing was kept; report it with the version of libhivex-bin and the edit named',
      'zh-CN': '结果未保留；请连同 libhivex-bin 的版本和所列修改一并报告',
    },
  },
  WINDOWS_HIVE_CERTIFICATE_INVALID: {
    ...input,
    message: {
      en: 'expected one certificate of a certificate authority in PEM or DER, got {got}',
      'zh-CN': '应为一份 PEM 或 DER 格式的证书颁发机构证书，实际为 {got}',
    },
    hint: {
      en: 'give each root certificate its own file',
      'zh-CN': '请让每份根证书各占一个文件',
    },
  },
} as const satisfies ErrorRegistry;

export const windowsError = errorFactory(windowsErrors);
