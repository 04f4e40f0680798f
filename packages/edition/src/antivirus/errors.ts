import type { ErrorRegistry } from '@imprint/protocol';
import { errorFactory } from '@imprint/protocol';

export const antivirusErrors = {
  ANTIVIRUS_NO_SIGNATURES: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected signature files ({extensions}) in {directory}, got none',
      'zh-CN': '应在 {directory} 中找到病毒特征文件（{extensions}），实际没有',
    },
    hint: {
      en: 'name the directory that holds the signatures; a set without any would protect nothing',
      'zh-CN': '请给出存放特征文件的目录；没有特征的病毒库不提供任何保护',
    },
  },
  ANTIVIRUS_SIGNATURES_EMPTY: {
    status: 422,
    exit: 2,
    message: {
      en: 'expected signatures in {file}, got an empty file',
      'zh-CN': '{file} 应含有病毒特征，实际为空文件',
    },
    hint: {
      en: 'fill the file or remove it; the scanner refuses to start on it',
      'zh-CN': '请填写或删除该文件；扫描器会因它拒绝启动',
    },
  },
} as const satisfies ErrorRegistry;

export const antivirusError = errorFactory(antivirusErrors);
