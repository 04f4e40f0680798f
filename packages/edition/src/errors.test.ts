import { type ErrorDefinition, isImprintError } from '@imprint/protocol';
import { expect, test } from 'vitest';
import { editionErrors } from './errors.ts';
import { lockErrors } from './lock/errors.ts';
import { manifestError, manifestErrors } from './manifest/errors.ts';
import { storeErrors } from './store/errors.ts';
import { toolErrors } from './tools/errors.ts';

const definitions = Object.entries(editionErrors as Record<string, ErrorDefinition>);
const placeholders = (text = '') => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test.each(definitions)(
  '%s speaks both languages of the same things and says what to do next',
  (_code, { message, hint }) => {
    expect(placeholders(message['zh-CN'])).toEqual(placeholders(message.en));
    expect(placeholders(hint?.['zh-CN'])).toEqual(placeholders(hint?.en));
    expect(message.en).toMatch(/^[^A-Z].*[^.]$/s);
    expect(message['zh-CN']).toMatch(/\p{Script=Han}/u);
    expect(hint?.en).toMatch(/[^.]$/);
  },
);

test('areas do not share codes, and each has its prefix', () => {
  const areas = { LOCK_: lockErrors, MANIFEST_: manifestErrors, STORE_: storeErrors, TOOL_: toolErrors };
  for (const [prefix, registry] of Object.entries(areas))
    expect(Object.keys(registry).filter((code) => !code.startsWith(prefix))).toEqual([]);
});

test('an error fills its message in the language asked for', () => {
  const error = manifestError('MANIFEST_KEY_MISSING', { key: 'trust' });
  expect(isImprintError(error, 'MANIFEST_KEY_MISSING')).toBe(true);
  expect(error.messageIn('en')).toBe('expected the key "trust", got none');
  expect(error.messageIn('zh-CN')).toBe('应有键“trust”，实际没有');
});
