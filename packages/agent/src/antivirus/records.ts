import type { AntivirusProvider } from '@imprint/protocol';
import { isRecord, stateRecord } from '../state/json.ts';
import type { Detection } from './contract.ts';

const isText = (value: unknown): value is string => typeof value === 'string';

/**
 * Which provider this device has come to run, as it was approved then: a later release may no longer list it. `previous` is
 * the one before, until that is off and away.
 */
interface Choice {
  readonly provider: AntivirusProvider;
  readonly previous?: AntivirusProvider;
  readonly since: string;
}
export const choiceRecord = stateRecord<Choice>(
  'antivirus/choice.json',
  'a chosen provider',
  (value) => isRecord(value.provider) && isText(value.provider.name),
);

/** Providers that were turned off and seen to be off: provider → when. */
export const offRecord = stateRecord<{ readonly off: Readonly<Record<string, string>> }>(
  'antivirus/off.json',
  'providers that were turned off',
  (value) => isRecord(value.off) && Object.values(value.off).every(isText),
);

/** How the last run ended: what protects, and why it is not what was directed. */
export interface AntivirusOutcome {
  readonly at: string;
  readonly provider?: string;
  readonly version?: string;
  readonly directed?: string;
  readonly isOn: boolean;
  readonly realTime: boolean;
  readonly isHealthy: boolean;
  readonly code?: string;
  /** In English, as reports travel. */
  readonly reason?: string;
}
export const outcomeRecord = stateRecord<AntivirusOutcome>(
  'antivirus/outcome.json',
  'the last outcome of the antivirus',
  (value) => isText(value.at) && typeof value.isOn === 'boolean',
);

/** What providers stopped here, the newest last; never a file's content. */
export const detectionsRecord = stateRecord<{
  readonly detections: readonly (Detection & { readonly provider: string })[];
}>('antivirus/detections.json', 'detections', (value) => Array.isArray(value.detections));

/** The signed definitions set held for a provider, as it came. */
export const heldName = (provider: string): string => `antivirus/${provider}.definitions.dsse.json`;
