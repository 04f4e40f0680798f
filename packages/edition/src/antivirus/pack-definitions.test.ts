import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packDefinitions } from './pack-definitions.ts';

let source: string;
let out: string;
const morning = new Date('2026-11-23T06:00:00.500Z');
const hoursLater = (hours: number) => new Date(morning.getTime() + hours * 3_600_000);

beforeEach(async () => {
  source = await mkdtemp(join(tmpdir(), 'imprint-signatures-'));
  out = join(await mkdtemp(join(tmpdir(), 'imprint-definitions-')), 'set');
  await writeFile(join(source, 'gov.hdb'), '44d88612fea8a8f36de82e1278abb02f:68:Imprint.Test.Eicar\n');
  await writeFile(join(source, 'notes.txt'), 'not a signature\n');
});
afterEach(async () => {
  await rm(source, { recursive: true, force: true });
  await rm(join(out, '..'), { recursive: true, force: true });
});

test('a set lists its signature files by digest, with the day it was packed', async () => {
  const { definitions, file, state } = await packDefinitions(source, out, { now: morning });
  expect(state).toBe('packed');
  expect(definitions.builtAt).toBe('2026-11-23T06:00:00Z');
  expect(definitions.version).toMatch(/^2026\.11\.23-[0-9a-f]{8}$/);
  expect(definitions.files.map(({ name }) => name)).toEqual(['gov.hdb']);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(definitions);
});

test('a young set of the same files is kept, an older one is packed again', async () => {
  const first = await packDefinitions(source, out, { now: morning, keepHours: 24 });
  const same = await packDefinitions(source, out, { now: hoursLater(23), keepHours: 24 });
  expect(same).toEqual({ ...first, state: 'kept' });
  const next = await packDefinitions(source, out, { now: hoursLater(25), keepHours: 24 });
  expect(next.definitions.builtAt).toBe('2026-11-24T07:00:00Z');
});

test('a set whose file was damaged, or whose signatures changed, is packed again', async () => {
  const first = await packDefinitions(source, out, { now: morning, keepHours: 24 });
  await writeFile(join(out, 'gov.hdb'), 'damaged');
  expect((await packDefinitions(source, out, { now: hoursLater(1), keepHours: 24 })).state).toBe('packed');
  expect(await readFile(join(out, 'gov.hdb'), 'utf8')).toContain('Imprint.Test.Eicar');
  await writeFile(join(source, 'gov.hsb'), `${'0'.repeat(64)}:1:Imprint.Test.Other\n`);
  const grown = await packDefinitions(source, out, { now: hoursLater(1), keepHours: 24 });
  expect(grown.definitions.version).not.toBe(first.definitions.version);
});

test('a directory without signatures, or with an empty one, is refused and writes nothing', async () => {
  await writeFile(join(source, 'gov.hdb'), '');
  await expect(packDefinitions(source, out, { now: morning })).rejects.toMatchObject({
    code: 'ANTIVIRUS_SIGNATURES_EMPTY',
  });
  await rm(join(source, 'gov.hdb'));
  await expect(packDefinitions(source, out, { now: morning })).rejects.toMatchObject({
    code: 'ANTIVIRUS_NO_SIGNATURES',
  });
  await expect(readFile(join(out, 'definitions.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});
