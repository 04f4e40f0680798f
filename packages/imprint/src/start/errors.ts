import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const startErrors = {
  START_FLAG_UNKNOWN: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected a flag of npm start, got "{typed}"',
      'zh-CN': '应为 npm start 的选项，实际为 “{typed}”',
    },
    hint: { en: 'see npm start -- --help', 'zh-CN': '参见 npm start -- --help' },
  },
  START_ALREADY_RUNNING: {
    status: 409,
    exit: 4,
    message: {
      en: 'refusing to start twice: process {pid} is at work in {home}',
      'zh-CN': '拒绝重复启动：进程 {pid} 正在 {home} 中工作',
    },
    hint: {
      en: 'wait for it, or stop it with Ctrl-C where it runs',
      'zh-CN': '请等待其结束，或在其运行处按 Ctrl-C 停止',
    },
  },
  START_DEVICE_NOT_OK: {
    status: 409,
    exit: 1,
    message: {
      en: 'expected the device to report ok, got {posture}: {reasons}',
      'zh-CN': '设备应报告正常，实际为 {posture}：{reasons}',
    },
    hint: {
      en: 'the report above says what it saw; its console log is {console}',
      'zh-CN': '上面的报告列出了所见情况；控制台日志为 {console}',
    },
  },
} as const satisfies ErrorRegistry;

export const startError = errorFactory(startErrors);
