import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openLog } from './log.ts';
import { repeatJobs } from './repeat.ts';

it('runs a job again after it failed, never twice at once, and not after it is stopped', async () => {
  let runs = 0;
  let running = 0;
  let most = 0;
  const stop = repeatJobs(
    [
      {
        name: 'test',
        everyMs: 1,
        run: async () => {
          running += 1;
          most = Math.max(most, running);
          await sleep(3);
          running -= 1;
          runs += 1;
          if (runs === 1) throw new Error('first run fails');
        },
      },
    ],
    openLog('silent'),
  );
  while (runs < 3) await sleep(2);
  await stop();
  const after = runs;
  await sleep(15);
  expect(runs).toBe(after);
  expect(most).toBe(1);
});
