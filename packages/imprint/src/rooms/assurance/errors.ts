import { type ErrorRegistry, errorFactory } from '@imprint/protocol';

export const assuranceErrors = {
  ASSURANCE_PAGE_INVALID: {
    status: 400,
    exit: 2,
    message: {
      en: 'expected "after" to be the number of an entry, got "{after}"',
      'zh-CN': '“after” 应为条目编号，实际为“{after}”',
    },
    hint: {
      en: 'pass the seq of the last entry of the page before',
      'zh-CN': '请传入上一页最后一个条目的 seq',
    },
  },
} as const satisfies ErrorRegistry;

export const assuranceError = errorFactory(assuranceErrors);
