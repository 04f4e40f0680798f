import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { allRegistries, generatedPages } from './generate-docs.ts';

const root = join(import.meta.dirname, '..');

describe('generated pages', () => {
  test.each(Object.keys(generatedPages()))(
    'docs/%s is up to date (node tools/generate-docs.ts)',
    async (name) => {
      expect(await readFile(join(root, 'docs', name), 'utf8')).toBe(generatedPages()[name]);
    },
  );
});

describe('error codes', () => {
  const all = allRegistries.flatMap(({ errors }) => Object.entries(errors));

  test('are unique over all registries', () => {
    const codes = all.map(([code]) => code);
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  test.each(all)('%s speaks both languages, plainly, and says what to do next', (code, definition) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/);
    const { message, hint } = definition;
    expect(hint, 'a hint').toBeDefined();
    for (const text of [message, hint ?? message]) {
      // A message that is nothing but its parameter has no words of its own.
      const hasWords = /\w/.test(text.en.replace(/\{\w+\}/g, ''));
      if (hasWords) expect(text['zh-CN']).toMatch(/\p{Script=Han}/u);
      expect(text.en).not.toMatch(/\.$/);
      const names = (language: 'en' | 'zh-CN') => new Set(text[language].match(/\{\w+\}/g));
      expect(names('zh-CN')).toEqual(names('en'));
    }
    expect(message.en).toMatch(/^[^A-Z]|^(CPU|JSON|SM2|TUF|YAML|KVM|QEMU|PostgreSQL)/);
  });

  test('are each used somewhere: a code nobody throws is a promise nobody keeps', async () => {
    let source = '';
    for await (const file of glob('packages/*/src/**/*.ts', { cwd: root })) {
      if (!/errors\.ts$|\.test\.ts$/.test(file)) source += await readFile(join(root, file), 'utf8');
    }
    expect(all.map(([code]) => code).filter((code) => !source.includes(`'${code}'`))).toEqual([]);
  });
});
