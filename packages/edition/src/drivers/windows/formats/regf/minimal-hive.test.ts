import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runToolText } from '../../../../tools/run-tool.ts';
import { minimalHive } from './minimal-hive.ts';
import { openHive } from './read-hive.ts';

let directory: string;
let path: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-minimal-'));
  path = join(directory, 'SOFTWARE');
  await writeFile(path, minimalHive({ name: 'SOFTWARE' }));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test('a minimal hive has 8192 bytes, the same for the same name', () => {
  expect(minimalHive({ name: 'SYSTEM' })).toHaveLength(8192);
  expect(minimalHive({ name: 'SYSTEM' })).toEqual(minimalHive({ name: 'SYSTEM' }));
});

test('our reader sees one key without values, with a security descriptor', () => {
  const hive = openHive(minimalHive({ name: 'SOFTWARE' }), 'SOFTWARE');
  expect(hive.version).toBe('1.5');
  expect([...hive.walk()]).toMatchObject([
    { path: '', name: 'ROOT', values: [], className: Buffer.alloc(0) },
  ]);
  expect(hive.key('')?.security.subarray(0, 4)).toEqual(Buffer.from([1, 0, 4, 0x80]));
});

test('hivex reads it', async () => {
  expect(await runToolText(['hivexregedit', '--export', path, '\\'])).toBe(
    'Windows Registry Editor Version 5.00\n\n[\\]\n\n',
  );
});

test('libregf reads it', async () => {
  expect(await runToolText(['regfinfo', path])).toMatch(/Version:\s+1\.5/);
  expect(await runToolText(['regfexport', path])).not.toMatch(/corrupt|unable/i);
});

test('reglookup reads its root and its access list', async () => {
  const listed = await runToolText(['reglookup', '-s', path]);
  expect(listed).toContain('/,KEY,,2024-01-01 00:00:00');
  for (const who of ['S-1-5-18', 'S-1-5-32-544', 'S-1-5-32-545']) expect(listed).toContain(who);
});
