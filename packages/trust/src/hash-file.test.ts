import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { digestsOf } from './digests.ts';
import { hashFile } from './hash-file.ts';

test.each([0, 3, (1 << 20) + 1])('a file of %i bytes has the digests of its bytes', async (sizeBytes) => {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-hash-'));
  try {
    const bytes = Buffer.alloc(sizeBytes, 'abc');
    const path = join(directory, 'file');
    await writeFile(path, bytes);
    expect(await hashFile(path)).toEqual({ ...digestsOf(bytes), sizeBytes });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
