import { mkdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildRecord, type EditionLock, isWindowsLock } from '@imprint/protocol';
import { windowsFiles } from '../drivers/windows/locked-files.ts';
import { type BuildPlan, isWindowsPlan } from '../plan/model.ts';
import type { Reporter } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';
import { buildError } from './errors.ts';
import { runWorker } from './run-worker.ts';

export interface ExecuteOptions {
  /** The state directory; layers, outputs and builds are kept below it. */
  readonly home: string;
  readonly store: ContentStore;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Windows: the PEM file of the key that signs the catalog of added files. */
  readonly catalogKey?: string | undefined;
}

async function checkMachine(plan: BuildPlan): Promise<void> {
  const uid = process.getuid?.() ?? -1;
  if (uid !== 0) throw buildError('BUILD_NOT_ROOT', { uid });
  const filesystems = await readFile('/proc/filesystems', 'utf8').catch(() => '');
  if (!isWindowsPlan(plan) && !/\boverlay$/m.test(filesystems))
    throw buildError('BUILD_NO_OVERLAYFS', { found: 'none in /proc/filesystems' });
  const now = Date.now();
  if (now / 1000 >= plan.sourceDateEpoch) return;
  const archives = new Date(plan.sourceDateEpoch * 1000).toISOString();
  throw buildError('BUILD_CLOCK_BEHIND', { archives, now: new Date(now).toISOString() });
}

async function checkInputs(lock: EditionLock, store: ContentStore): Promise<void> {
  const upstream = isWindowsLock(lock) ? windowsFiles(lock) : [...lock.base, ...lock.packages, ...lock.tools];
  const wanted = [...upstream, ...lock.inputs];
  const present = await Promise.all(wanted.map(({ sha256, sizeBytes }) => store.has(sha256, sizeBytes)));
  const missing = wanted.filter((_, at) => present[at] !== true);
  const [first] = missing;
  if (first !== undefined)
    throw buildError('BUILD_INPUT_MISSING', { missing: missing.length, first: first.name });
}

/**
 * Carries a plan out: missing layers, then outputs and evidence, then `build.json` as the last file. Safe to kill at
 * any moment; what was finished is found again. Only one build runs in a state directory.
 *
 * @throws BUILD_NOT_ROOT, BUILD_NO_OVERLAYFS, BUILD_CLOCK_BEHIND, BUILD_INPUT_MISSING, BUILD_BUSY, BUILD_STEP_FAILED,
 *   BUILD_PACKAGE_SET, BUILD_PATH_MISSING, BUILD_DEVICE_SPECIFIC, BUILD_NO_SPACE, BUILD_TOO_LARGE, BUILD_WORKER_DIED
 */
export async function executeBuild(
  plan: BuildPlan,
  lock: EditionLock,
  { home: given, store, reporter, signal, catalogKey }: ExecuteOptions,
): Promise<{ record: BuildRecord; directory: string }> {
  signal?.throwIfAborted();
  const home = isAbsolute(given) ? given : resolve(given);
  await checkMachine(plan);
  await checkInputs(lock, store);
  await mkdir(join(home, 'run'), { recursive: true });
  const worker = fileURLToPath(new URL('./worker.ts', import.meta.url));
  const request = { plan, lock, home, storeDirectory: resolve(store.directory), catalogKey };
  return runWorker(worker, request, { home, reporter, signal });
}
