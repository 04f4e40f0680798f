import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listImage } from '../tools/wimlib.ts';
import { buildLargeFixture } from './large-fixture.ts';

test('payload compresses as programs do, and is linked into WinSxS', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'large-fixture-'));
  try {
    const with20 = await buildLargeFixture(join(directory, 'a'), { payloadMebibytes: 20, manifestCount: 1 });
    const with0 = await buildLargeFixture(join(directory, 'b'), { payloadMebibytes: 0, manifestCount: 1 });
    const added = (await stat(with20.wim)).size - (await stat(with0.wim)).size;
    expect(added / (20 * 1024 * 1024)).toBeGreaterThan(0.55);
    expect(added / (20 * 1024 * 1024)).toBeLessThan(0.75);
    const payload = (await listImage(with20.wim, 2)).filter(({ path }) => path.includes('/payload'));
    expect(payload.map(({ linkCount, sizeBytes }) => [linkCount, sizeBytes >> 20])).toEqual([
      [2, 16],
      [1, 4],
      [2, 16],
    ]);
    expect(await readdir(join(directory, 'a'))).not.toContain('work');
  } finally {
    await rm(directory, { recursive: true });
  }
});
