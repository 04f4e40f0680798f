import { readFile } from 'node:fs/promises';
import type { DebianLock } from '@imprint/protocol';
import { planBuild } from '../plan/plan-build.ts';
import { silentReporter } from '../progress.ts';
import { openContentStore } from '../store/index.ts';
import { executeBuild } from './execute-build.ts';

// A build in a process of its own, for tests that kill it: <lock file> <home> <store>.
const [lockFile = '', home = '', storeDirectory = ''] = process.argv.slice(2);
const lock = JSON.parse(await readFile(lockFile, 'utf8')) as DebianLock;
const plan = planBuild(lock, { profile: 'preview' });
await executeBuild(plan, lock, { home, store: openContentStore(storeDirectory), reporter: silentReporter });
