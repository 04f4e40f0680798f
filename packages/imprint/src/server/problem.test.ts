import { expect, it } from 'vitest';
import { languageOf } from './problem.ts';

it.each([
  [undefined, 'en'],
  ['', 'en'],
  ['zh-CN', 'zh-CN'],
  ['zh', 'zh-CN'],
  ['zh-Hant-TW, en;q=0.3', 'zh-CN'],
  ['en, zh;q=0.9', 'en'],
  ['fr, de;q=0.5', 'en'],
  ['fr, zh;q=0.1', 'zh-CN'],
  ['zh;q=0, en', 'en'],
  ['zh;q=nonsense', 'en'],
])('Accept-Language %s is answered in %s', (header, language) => {
  expect(languageOf(header)).toBe(language);
});
