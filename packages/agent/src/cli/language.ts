import type { Language } from '@imprint/protocol';

/** The language of messages: the flag, `IMPRINT_LANG`, then the locale of the process; English otherwise. */
export function chooseLanguage(
  flag: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Language {
  const wanted = flag ?? env.IMPRINT_LANG ?? env.LC_ALL ?? env.LC_MESSAGES ?? env.LANG ?? '';
  return wanted.startsWith('zh') ? 'zh-CN' : 'en';
}
