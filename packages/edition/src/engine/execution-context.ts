import type { StageEvent } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';

/** What an executor works with: the mounted tree, the inputs, and how to tell of progress. */
export interface ExecutionContext {
  readonly root: string;
  readonly step: string;
  readonly store: ContentStore;
  readonly sourceDateEpoch: number;
  readonly signal?: AbortSignal | undefined;
  progress(event: StageEvent): void;
}
