import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { trustErrors } from './errors.ts';

const directory = import.meta.dirname;
const sources = readdirSync(directory, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !/(errors|\.test)\.ts$/.test(name))
  .map((name) => readFileSync(join(directory, name), 'utf8'))
  .join('\n');
const placeholders = (text: string): string[] => [...new Set(text.match(/\{\w+\}/g))].sort();

test.each(Object.entries(trustErrors))(
  '%s is thrown somewhere, and says the same in both languages',
  (code, definition) => {
    expect(code).toMatch(/^TRUST_[A-Z0-9_]+$/);
    expect(sources).toContain(`'${code}'`);
    expect(placeholders(definition.message['zh-CN'])).toEqual(placeholders(definition.message.en));
    expect(definition.hint.en).not.toBe('');
    expect(definition.hint['zh-CN']).toMatch(/\p{Script=Han}/u);
    expect(definition.message['zh-CN']).toMatch(/\p{Script=Han}/u);
    expect(definition.message.en).toMatch(/^(expected|refusing) .*[^.]$/);
  },
);
