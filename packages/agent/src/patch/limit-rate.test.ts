import { expect, test } from 'vitest';
import { served } from '../testing/patch-lab.ts';
import { counted, limitRate } from './limit-rate.ts';

test('bytes come no faster than allowed, all of them, and are counted', async () => {
  let slept = 0;
  let bytes = 0;
  const source = counted(served(Buffer.alloc(50_000, 7)), (count) => {
    bytes += count;
  });
  const limited = limitRate(source, 10_000, async (ms) => {
    slept += ms;
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of limited(10_000, 40_000)) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(Buffer.alloc(30_000, 7))).toBe(true);
  expect([bytes, Math.round(slept)]).toEqual([30_000, 3_000]);
});
