import { type DebianLock, type EditionLock, isWindowsLock } from '@imprint/protocol';
import { windowsFiles } from '../drivers/windows/locked-files.ts';
import { beginStage, type Reporter } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';
import { download, type Wanted } from './download.ts';
import { lockError } from './errors.ts';

export interface FetchOptions {
  readonly store: ContentStore;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** How many transfers run at once; 4 if not given. */
  readonly parallel?: number | undefined;
  /** First pause between attempts in milliseconds; 500 if not given. */
  readonly pauseMs?: number | undefined;
}

const reportEveryMs = 200;

/** Runs `work` on every item, a few at a time; the first failure stops the rest and is thrown. */
async function inParallel<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const runners = Array.from({ length: Math.min(width, items.length) }, async () => {
    for (const item of queue) await work(item);
  });
  await Promise.all(runners);
}

function wantedOf(lock: DebianLock): Wanted[] {
  const mirrors = new Map(lock.archives.map(({ archive, mirror }) => [archive, mirror]));
  const wanted = [...lock.base, ...lock.packages, ...lock.tools].map(
    ({ archive, path, sha256, sizeBytes }) => ({ url: `${mirrors.get(archive)}/${path}`, sha256, sizeBytes }),
  );
  return [...new Map(wanted.map((entry) => [entry.sha256, entry])).values()];
}

async function checkInputs(lock: EditionLock, store: ContentStore): Promise<void> {
  const images = isWindowsLock(lock) ? windowsFiles(lock) : [];
  for (const { role, name, sha256 } of [...lock.inputs, ...images])
    if (!(await store.verify(sha256))) throw lockError('LOCK_INPUT_MISSING', { role, name, sha256 });
}

async function missingFrom(store: ContentStore, wanted: readonly Wanted[]): Promise<Wanted[]> {
  const missing: Wanted[] = [];
  await inParallel(wanted, 4, async (entry) => {
    if (!(await store.verify(entry.sha256))) missing.push(entry);
  });
  return missing;
}

/**
 * Brings everything a lock names into the store, every blob checked against its digest; needs no network when all is
 * there. An aborted or failed run keeps what came, and the next one goes on from it.
 *
 * @throws LOCK_INPUT_MISSING, LOCK_PACKAGE_GONE, LOCK_FETCH_FAILED, LOCK_CONTENT_MISMATCH, STORE_FULL
 */
export async function fetchLocked(lock: EditionLock, options: FetchOptions): Promise<void> {
  const { store } = options;
  await checkInputs(lock, store);
  if (isWindowsLock(lock)) return;
  const wanted = wantedOf(lock);
  const missing = await missingFrom(store, wanted);
  const total = missing.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const stage = beginStage(options.reporter, 'fetch', { done: 0, total, unit: 'bytes' });
  if (missing.length === 0)
    stage.report({ kind: 'cached', done: wanted.length, total: wanted.length, unit: 'packages' });
  const stopper = new AbortController();
  const signal =
    options.signal === undefined ? stopper.signal : AbortSignal.any([stopper.signal, options.signal]);
  let [done, reportedAt] = [0, 0];
  const onBytes = (count: number) => {
    done += count;
    if (Date.now() - reportedAt < reportEveryMs) return;
    reportedAt = Date.now();
    stage.report({ kind: 'progress', done, total, unit: 'bytes' });
  };
  let failure: unknown;
  await inParallel(missing, options.parallel ?? 4, async (entry) => {
    try {
      signal.throwIfAborted();
      await download(entry, { store, signal, onBytes, pauseMs: options.pauseMs });
    } catch (error) {
      failure ??= error;
      stopper.abort(error);
    }
  });
  if (failure !== undefined) throw failure;
  stage.finish({ done: missing.length, total: missing.length, unit: 'packages', sizeBytes: total });
}
