import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyToNew } from './durable.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'imprint-durable-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('a copy at a new name', () => {
  test('has the same bytes and can be read by everybody under any mask', () => {
    const bytes = Buffer.alloc(3_000_001, 'definitions');
    const [from, to] = [join(directory, 'from'), join(directory, 'to')];
    writeFileSync(from, bytes);
    const mask = process.umask(0o077);
    try {
      copyToNew(from, to);
    } finally {
      process.umask(mask);
    }
    expect(readFileSync(to).equals(bytes)).toBe(true);
    expect(statSync(to).mode & 0o777).toBe(0o644);
  });

  test('never writes through a link that somebody put there', () => {
    const [from, to, victim] = ['from', 'to', 'victim'].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(from, 'new');
    writeFileSync(victim, 'kept', { mode: 0o600 });
    symlinkSync(victim, to);
    expect(() => copyToNew(from, to)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
    expect([readFileSync(victim, 'utf8'), statSync(victim).mode & 0o777]).toEqual(['kept', 0o600]);
  });
});
