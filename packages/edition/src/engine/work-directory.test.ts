import { expect, test } from 'vitest';
import { sampleLock } from '../plan/sample-lock.ts';
import { memoryBudgetBytes, scratchNeedBytes } from './work-directory.ts';

test('a build takes at most half of the free memory', () => {
  expect(memoryBudgetBytes('MemTotal: 9 kB\nMemAvailable:    2048 kB\n')).toBe(1024 * 1024);
  expect(memoryBudgetBytes('')).toBe(0);
});

test('scratch space grows with the packages of the largest layer', () => {
  const lock = sampleLock();
  const larger = { ...lock, packages: lock.packages.map((one) => ({ ...one, sizeBytes: 50_000_000 })) };
  expect(scratchNeedBytes(larger)).toBeGreaterThan(scratchNeedBytes(lock) + 1_000_000_000);
});
