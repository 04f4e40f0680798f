import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const reportErrors = {
  LICENSING_REPORT_PERIOD: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected a period that begins before {asOf}, got {from}',
      'zh-CN': '报告期应早于 {asOf} 开始，实际为 {from}',
    },
    hint: {
      en: 'a report ends now; leave from out for the last 30 days',
      'zh-CN': '报告截至当前；省略 from 即为最近 30 天',
    },
  },
} as const satisfies ErrorRegistry;

export const reportError = errorFactory(reportErrors);
