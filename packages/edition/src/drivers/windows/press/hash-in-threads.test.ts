import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashOutput } from '../../../outputs/hash-output.ts';
import { hashInThreads } from './hash-in-threads.ts';

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'imprint-hash-'));
});

afterAll(() => rm(directory, { recursive: true }));

test.each([0, 1, 1024 * 1024, 2_500_001])(
  'a file of %i bytes has the digests one reader finds',
  async (size) => {
    const path = join(directory, String(size));
    await writeFile(path, Buffer.alloc(size, 'imprint'));
    expect(await hashInThreads(path)).toEqual(await hashOutput(path));
  },
);

test('a file that is not there is an error', async () => {
  await expect(hashInThreads(join(directory, 'absent'))).rejects.toMatchObject({ code: 'ENOENT' });
});
