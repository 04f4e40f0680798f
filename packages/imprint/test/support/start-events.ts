import type { DeviceReport } from '@imprint/protocol';
import type { Summary as StartSummary } from '../../src/start/summary.ts';
import type { LineEvent } from './imprint-process.ts';

/** A summary of a run that booted a device. */
export type Summary = StartSummary & {
  readonly device: NonNullable<StartSummary['device']> & { readonly report: DeviceReport };
};

/** The summary among the events of a run. */
export function findReport(events: readonly LineEvent[]): Summary {
  const found = events.find(({ type }) => type === 'summary');
  if (found === undefined) throw new TypeError('the run ended without a summary');
  return found as unknown as Summary;
}
