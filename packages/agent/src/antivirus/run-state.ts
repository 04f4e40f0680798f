import type { AntivirusDirective, ImprintError } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { loadReadable } from '../state/json.ts';
import type { Detected } from './contract.ts';
import type { Sight, Situation } from './plan.ts';
import { directiveOf, type Known, knownProviders } from './providers.ts';
import { choiceRecord, offRecord } from './records.ts';

interface Done {
  hasDefinitions: boolean;
  isTested: boolean;
  isProven: boolean;
}

/** What one run did and met; a killed run loses it, and the next one does that much again. */
export interface RunState {
  readonly done: Map<string, Done>;
  /** Why a provider could not be brought on. */
  readonly failures: Map<string, ImprintError>;
  readonly told: Set<string>;
  /** Troubles that kept nothing from being done. */
  readonly notes: ImprintError[];
}

export const newRun = (): RunState => ({ done: new Map(), failures: new Map(), told: new Set(), notes: [] });

/** What was done with a provider in this run. */
export function doneWith(run: RunState, provider: string): Done {
  const known = run.done.get(provider);
  if (known !== undefined) return known;
  const fresh = { hasDefinitions: false, isTested: false, isProven: false };
  run.done.set(provider, fresh);
  return fresh;
}

/** One look at the device, with what it was made from. */
export interface Seen {
  readonly situation: Situation;
  readonly known: Known;
  readonly detected: ReadonlyMap<string, Detected>;
  readonly directive: AntivirusDirective | undefined;
}

function sightOf(run: RunState, known: Known, name: string, { version, isOn, realTime }: Detected): Sight {
  const done = doneWith(run, name);
  if (!isOn || !realTime) done.isProven = false;
  const installer = known.records.get(name)?.installer;
  const isInstalled = installer === undefined ? version !== undefined || isOn : version === installer.version;
  return { isInstalled, isOn, ...done };
}

/** Looks at every provider anew. One that gives no answer counts as off: it protects nobody as far as can be seen. */
export async function look(device: Device, run: RunState): Promise<Seen> {
  const known = knownProviders(device);
  const directive = directiveOf(device);
  const choice = loadReadable(device.files, choiceRecord);
  const detected = new Map<string, Detected>();
  for (const [name, provider] of known.providers) {
    detected.set(name, await provider.detect().catch(() => ({ isOn: false, realTime: false })));
  }
  const seen = [...detected].map(([name, one]) => [name, sightOf(run, known, name, one)] as const);
  return {
    known,
    detected,
    directive,
    situation: {
      nowMs: device.now().getTime(),
      directed: directive?.provider,
      chosen: choice?.provider.name,
      previous: choice?.previous?.name,
      allowed: known.allowed,
      seen: new Map(seen),
      failed: new Set(run.failures.keys()),
      told: run.told,
      wasOff: new Set(Object.keys(loadReadable(device.files, offRecord)?.off ?? {})),
    },
  };
}
