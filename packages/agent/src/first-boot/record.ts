import { stateRecord } from '../state/json.ts';
import type { Attempt } from './plan.ts';

/** What was tried of the first-boot plan of one image. */
export interface FirstBootState {
  readonly lockSha256: string;
  readonly steps: Readonly<Record<string, Attempt>>;
}

export const firstBootRecord = stateRecord<FirstBootState>(
  'first-boot.json',
  'what was tried of the first-boot plan',
  (value) => typeof value.lockSha256 === 'string' && typeof value.steps === 'object' && value.steps !== null,
);
