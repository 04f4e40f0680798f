import type { StateFiles } from './files.ts';
import { counterRecord } from './records.ts';

/** The counter the next message would carry. */
export function peekCounter(files: StateFiles): number {
  return (counterRecord.load(files)?.counter ?? 0) + 1;
}

/** Takes the next counter above `floor`; it is durable before it is returned, so no two messages ever share one. */
export function takeCounter(files: StateFiles, floor = 0): number {
  const counter = Math.max(peekCounter(files), floor + 1);
  counterRecord.save(files, { counter });
  return counter;
}
