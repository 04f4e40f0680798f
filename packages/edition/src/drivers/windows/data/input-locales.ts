/** Languages whose Windows tag states a script where the manifest's does not. Source: [MS-LCID]. */
const tagsWithScript: Readonly<Record<string, string>> = {
  'az-AZ': 'az-Latn-AZ',
  'bs-BA': 'bs-Latn-BA',
  'sr-ME': 'sr-Latn-ME',
  'sr-RS': 'sr-Cyrl-RS',
  'tg-TJ': 'tg-Cyrl-TJ',
  'uz-UZ': 'uz-Latn-UZ',
};

/** Language and territory as a tag: `sr-RS` for `sr_RS.UTF-8`. */
export function plainTag(language: string): string {
  return language.replace(/\..*$/, '').replace('_', '-');
}

/** The name Windows has for a manifest's language: `sr-Cyrl-RS` for `sr_RS.UTF-8`. */
export function windowsLanguage(language: string): string {
  const tag = plainTag(language);
  return tagsWithScript[tag] ?? tag;
}

/**
 * The language whose default input on Windows is the keyboard of this name in X11. Source: learn.microsoft.com, "Default
 * input profiles (input locales) in Windows"; xkeyboard-config(7).
 */
export const keyboardLanguages: Readonly<Record<string, string>> = {
  al: 'sq-AL',
  am: 'hy-AM',
  ara: 'ar-SA',
  at: 'de-AT',
  au: 'en-AU',
  az: 'az-Latn-AZ',
  ba: 'bs-Latn-BA',
  be: 'nl-BE',
  bg: 'bg-BG',
  br: 'pt-BR',
  by: 'be-BY',
  ca: 'fr-CA',
  ch: 'de-CH',
  cn: 'zh-CN',
  cz: 'cs-CZ',
  de: 'de-DE',
  dk: 'da-DK',
  ee: 'et-EE',
  es: 'es-ES',
  fi: 'fi-FI',
  fr: 'fr-FR',
  gb: 'en-GB',
  ge: 'ka-GE',
  gr: 'el-GR',
  hr: 'hr-HR',
  hu: 'hu-HU',
  id: 'id-ID',
  ie: 'en-IE',
  il: 'he-IL',
  in: 'hi-IN',
  ir: 'fa-IR',
  is: 'is-IS',
  it: 'it-IT',
  jp: 'ja-JP',
  kg: 'ky-KG',
  kh: 'km-KH',
  kr: 'ko-KR',
  kz: 'kk-KZ',
  la: 'lo-LA',
  lk: 'si-LK',
  lt: 'lt-LT',
  lv: 'lv-LV',
  mk: 'mk-MK',
  mn: 'mn-MN',
  mt: 'mt-MT',
  my: 'ms-MY',
  nl: 'nl-NL',
  no: 'nb-NO',
  np: 'ne-NP',
  nz: 'en-NZ',
  pk: 'ur-PK',
  pl: 'pl-PL',
  pt: 'pt-PT',
  ro: 'ro-RO',
  rs: 'sr-Cyrl-RS',
  ru: 'ru-RU',
  se: 'sv-SE',
  si: 'sl-SI',
  sk: 'sk-SK',
  th: 'th-TH',
  tr: 'tr-TR',
  tw: 'zh-TW',
  ua: 'uk-UA',
  us: 'en-US',
  vn: 'vi-VN',
  za: 'en-ZA',
};
