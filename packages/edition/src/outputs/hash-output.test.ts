import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashFile } from '@imprint/trust';
import { expect, test } from 'vitest';
import { hashOutput } from './hash-output.ts';

test('a file longer than the buffer has the digests everyone else computes', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'imprint-hash-'));
  const path = join(directory, 'file');
  writeFileSync(path, Buffer.alloc(2_500_001, 'some bytes '));
  expect(await hashOutput(path)).toEqual(await hashFile(path));
  rmSync(directory, { recursive: true });
});
