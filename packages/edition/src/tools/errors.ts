import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const toolErrors = {
  TOOL_MISSING: {
    status: 503,
    exit: 4,
    message: {
      en: 'expected the program "{tool}" to be installed, got none on the search path',
      'zh-CN': '需要已安装程序“{tool}”，但在搜索路径中找不到',
    },
    hint: {
      en: 'install the Debian package that carries {tool}, then run the command again',
      'zh-CN': '请安装提供 {tool} 的 Debian 软件包，然后重新运行该命令',
    },
  },
  TOOL_FAILED: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected {tool} to succeed, got {outcome}: {lastLines}',
      'zh-CN': '期望 {tool} 执行成功，实际为 {outcome}：{lastLines}',
    },
    hint: {
      en: 'read the lines {tool} printed; correct what they name and run the command again',
      'zh-CN': '请查看 {tool} 输出的内容，处理其中指出的问题后重新运行该命令',
    },
  },
  TOOL_OUTPUT_TOO_LARGE: {
    status: 500,
    exit: 4,
    message: {
      en: 'expected at most {limitBytes} bytes of output from {tool}, got more',
      'zh-CN': '{tool} 的输出应不超过 {limitBytes} 字节，实际超出',
    },
    hint: {
      en: 'check that the input of {tool} is the one intended',
      'zh-CN': '请确认 {tool} 的输入是否正确',
    },
  },
} as const satisfies ErrorRegistry;

export const toolError = errorFactory(toolErrors);
