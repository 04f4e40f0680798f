import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../../src/platform/database/cluster.ts';
import { openLog } from '../../src/platform/log.ts';

/**
 * Names the directory of the run's one PostgreSQL cluster. The first test that needs it starts it, the others adopt it;
 * runs that need none never pay for one.
 */
export async function setup(): Promise<() => Promise<void>> {
  const home = await mkdtemp(join(tmpdir(), 'imprint-test-'));
  await chmod(home, 0o711);
  process.env.IMPRINT_TEST_CLUSTER = home;
  return async () => {
    if (existsSync(join(home, 'database', 'cluster'))) {
      const cluster = await startCluster({ home, log: openLog('silent') });
      await cluster.stop();
    }
    await rm(home, { recursive: true, force: true });
  };
}
