import type { DebianLock } from '@imprint/protocol';
import type { DebianBuildPlan } from '../plan/model.ts';
import type { Reporter } from '../progress.ts';
import type { ContentStore } from '../store/index.ts';
import type { LayerStore } from './layer-store.ts';

/** What every part of a running build shares, inside its private namespace. */
export interface Workshop {
  readonly plan: DebianBuildPlan;
  readonly lock: DebianLock;
  /** The state directory. */
  readonly home: string;
  readonly store: ContentStore;
  readonly layers: LayerStore;
  /** Scratch space of this build; gone with the namespace when it is memory. */
  readonly work: string;
  readonly report: Reporter;
  readonly signal?: AbortSignal | undefined;
}
