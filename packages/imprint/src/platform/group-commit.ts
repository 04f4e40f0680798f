import { setTimeout as sleep } from 'node:timers/promises';

/** Writes rows of many callers in few transactions; each caller waits until its own row is committed. */
export interface GroupCommit<Row, Result> {
  /** Resolves after COMMIT with the row's own result; rejects with the row's own error. */
  add(row: Row): Promise<Result>;
  /** Resolves when everything accepted so far is settled. */
  drain(): Promise<void>;
  readonly waiting: number;
}

export interface GroupCommitOptions<Row, Result> {
  readonly keyOf: (row: Row) => string;
  /** Writes one batch, sorted by key with each key once, in one transaction; results in the order of the rows. */
  readonly flush: (rows: readonly Row[]) => Promise<readonly Result[]>;
  /** What a caller gets when the queue is full. */
  readonly overloaded: () => Error;
  /** What a caller gets whose row the database refuses. */
  readonly refused: (cause: unknown) => Error;
  readonly maxWaiting: number;
  readonly maxBatch?: number;
  readonly maxInFlight?: number;
}

interface Waiter<Row, Result> {
  readonly key: string;
  readonly row: Row;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Adaptive group commit: no timer. A batch leaves as soon as one of two slots is free and takes all that wait, so a quiet
 * server answers at once and a busy one shares each COMMIT among many. A row the database refuses is found by halving its
 * batch and fails alone; deadlocks and serialisation failures are tried again.
 */
export function groupCommit<Row, Result>(options: GroupCommitOptions<Row, Result>): GroupCommit<Row, Result> {
  const { maxBatch = 2000, maxInFlight = 2 } = options;
  let queue: Waiter<Row, Result>[] = [];
  let inFlight = 0;
  const idle: (() => void)[] = [];

  function pump(): void {
    while (inFlight < maxInFlight && queue.length > 0) {
      const batch = takeBatch();
      inFlight += 1;
      void settle(options, batch).finally(() => {
        inFlight -= 1;
        pump();
      });
    }
    if (inFlight === 0 && queue.length === 0) {
      for (const wake of idle.splice(0)) wake();
    }
  }

  /** Takes what waits, each key once: a second row of a key stays for a later batch. */
  function takeBatch(): Waiter<Row, Result>[] {
    const taken = new Map<string, Waiter<Row, Result>>();
    const left: Waiter<Row, Result>[] = [];
    for (const waiter of queue) {
      if (taken.size < maxBatch && !taken.has(waiter.key)) taken.set(waiter.key, waiter);
      else left.push(waiter);
    }
    queue = left;
    return [...taken.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  return {
    add: (row) =>
      new Promise<Result>((resolve, reject) => {
        if (queue.length >= options.maxWaiting) {
          reject(options.overloaded());
          return;
        }
        queue.push({ key: options.keyOf(row), row, resolve, reject });
        queueMicrotask(pump);
      }),
    drain: () =>
      inFlight === 0 && queue.length === 0
        ? Promise.resolve()
        : new Promise<void>((resolve) => {
            idle.push(resolve);
          }),
    get waiting() {
      return queue.length;
    },
  };
}

async function settle<Row, Result>(
  options: GroupCommitOptions<Row, Result>,
  batch: readonly Waiter<Row, Result>[],
): Promise<void> {
  try {
    const results = await flushAgain(
      options,
      batch.map(({ row }) => row),
    );
    batch.forEach((waiter, index) => {
      waiter.resolve(results[index] as Result);
    });
  } catch (error) {
    if (!isDataError(error)) {
      for (const waiter of batch) waiter.reject(error);
      return;
    }
    if (batch.length === 1) {
      batch[0]?.reject(options.refused(error));
      return;
    }
    const middle = batch.length >> 1;
    await settle(options, batch.slice(0, middle));
    await settle(options, batch.slice(middle));
  }
}

async function flushAgain<Row, Result>(
  options: GroupCommitOptions<Row, Result>,
  rows: readonly Row[],
): Promise<readonly Result[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await options.flush(rows);
    } catch (error) {
      const again = /^(40001|40P01)$/.test(sqlState(error)) && attempt < 5;
      if (!again) throw error;
      await sleep(attempt * 10);
    }
  }
}

/** Class 22 (data) and 23 (constraint): the rows are at fault, not the database. */
function isDataError(error: unknown): boolean {
  return /^(22|23)...$/.test(sqlState(error));
}

function sqlState(error: unknown): string {
  return error instanceof Error ? ((error as { code?: string }).code ?? '') : '';
}
