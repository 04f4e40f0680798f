import type { EditionLock } from '@imprint/protocol';
import type { BuildPlan } from '../plan/model.ts';

/** What a worker is told: the plan, the lock it was made from, and where things are. */
export interface PressRequest<P extends BuildPlan = BuildPlan, L extends EditionLock = EditionLock> {
  readonly plan: P;
  readonly lock: L;
  readonly home: string;
  readonly storeDirectory: string;
  /** Windows: the PEM file of the key that signs the catalog of added files; never kept. */
  readonly catalogKey?: string | undefined;
}
