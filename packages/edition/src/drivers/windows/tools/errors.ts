import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

const input = { status: 422, exit: 2 } as const;
const unavailable = { status: 503, exit: 4 } as const;
const failed = { status: 500, exit: 4 } as const;

export const windowsToolErrors = {
  WINDOWS_TOOL_OUTPUT: {
    ...failed,
    message: {
      en: 'expected {expected} from {tool}, got "{line}"',
      'zh-CN': '{tool} 应输出 {expected}，实际为“{line}”',
    },
    hint: {
      en: 'use the {tool} of a supported Debian release; this one prints in another form',
      'zh-CN': '请使用受支持的 Debian 版本提供的 {tool}；当前版本的输出格式不同',
    },
  },
  WINDOWS_TOOL_WIMLIB: {
    ...failed,
    message: {
      en: 'expected wimlib-imagex {command} to succeed, got {outcome}: {lastLines}',
      'zh-CN': '期望 wimlib-imagex {command} 执行成功，实际为 {outcome}：{lastLines}',
    },
    hint: {
      en: 'read the lines it printed; correct what they name and run the command again',
      'zh-CN': '请查看其输出的内容，处理其中指出的问题后重新运行该命令',
    },
  },
  WINDOWS_TOOL_MOUNT: {
    ...unavailable,
    message: {
      en: 'expected to mount the image through FUSE, got: {reason}',
      'zh-CN': '应能通过 FUSE 挂载映像，实际为：{reason}',
    },
    hint: {
      en: 'give the builder /dev/fuse and root, or build without in-place editing',
      'zh-CN': '请为构建环境提供 /dev/fuse 和 root 权限，或不使用原位编辑',
    },
  },
  WINDOWS_SIGNATURE_NOT_PE: {
    ...input,
    message: {
      en: 'expected a PE file in "{file}", got {got}',
      'zh-CN': '“{file}”应为 PE 文件，实际为 {got}',
    },
    hint: {
      en: 'give a .exe, .dll or .sys; other files are covered by a catalog',
      'zh-CN': '请提供 .exe、.dll 或 .sys；其他文件由目录（catalog）覆盖',
    },
  },
  WINDOWS_SIGNATURE_FAILED: {
    ...failed,
    message: {
      en: 'expected to sign "{file}", got: {lastLines}',
      'zh-CN': '应能为“{file}”签名，实际为：{lastLines}',
    },
    hint: {
      en: 'check that the certificate and the key belong together and that the file is whole',
      'zh-CN': '请确认证书与密钥匹配，且文件完整',
    },
  },
} as const satisfies ErrorRegistry;

export const windowsToolError = errorFactory(windowsToolErrors);
