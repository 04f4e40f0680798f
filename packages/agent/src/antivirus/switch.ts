import { isImprintError } from '@imprint/protocol';
import { at, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { loadReadable } from '../state/json.ts';
import type { Provider } from './contract.ts';
import { refreshDefinitions } from './definitions.ts';
import { forgetFiles } from './installed-files.ts';
import { installProvider } from './installer.ts';
import { type ActingKind, currentOf } from './plan.ts';
import { choiceRecord, offRecord } from './records.ts';
import { doneWith, type RunState, type Seen } from './run-state.ts';
import { requireSight } from './test-file.ts';

interface Act {
  readonly device: Device;
  readonly run: RunState;
  readonly seen: Seen;
  readonly name: string;
  readonly provider: Provider;
}

const trialParent = (device: Device): string => at(device, '/tmp');

/** A provider that protects already keeps the set it has when a newer one cannot be had. */
async function takeDefinitions({ device, run, seen, name, provider }: Act): Promise<void> {
  const ring = seen.directive?.definitionsRing;
  try {
    if (ring !== undefined) await refreshDefinitions(device, provider, ring);
  } catch (error) {
    if (!isImprintError(error) || name !== currentOf(seen.situation)) throw error;
    run.notes.push(error);
    device.log(`antivirus: definitions not taken: ${error.code} ${error.message}`);
  }
  doneWith(run, name).hasDefinitions = true;
}

async function confirm({ device, run, name, provider }: Act): Promise<void> {
  const notOn = (reason: string) => agentError('AGENT_ANTIVIRUS_NOT_ON', { provider: name, reason });
  const [{ isOn, realTime }, health] = [await provider.detect(), await provider.health()];
  if (!isOn || !realTime || !health.isHealthy) throw notOn(health.reason ?? 'no protection seen');
  await requireSight(provider, trialParent(device));
  doneWith(run, name).isProven = true;
}

function choose({ device, seen, name }: Act): void {
  const provider = seen.known.records.get(name);
  if (provider === undefined) throw new TypeError('a provider that is brought on has a record');
  const current = currentOf(seen.situation);
  const previous = current === undefined || current === name ? undefined : seen.known.records.get(current);
  const since = device.now().toISOString();
  choiceRecord.save(device.files, { provider, since, ...(previous === undefined ? {} : { previous }) });
}

function noteOff(device: Device, name: string, isOff: boolean): void {
  const { [name]: _, ...others } = loadReadable(device.files, offRecord)?.off ?? {};
  const off = isOff ? { ...others, [name]: device.now().toISOString() } : others;
  offRecord.save(device.files, { off });
}

async function disable({ device, run, name, provider }: Act): Promise<void> {
  run.told.add(name);
  await provider.disable();
  if (!(await provider.detect()).isOn) noteOff(device, name, true);
}

/** Puts one step of the plan into effect. Each may be repeated after a kill. */
export const executors: { readonly [K in ActingKind]: (act: Act) => Promise<void> } = {
  install: async ({ device, seen, name, provider }) => {
    const record = seen.known.records.get(name);
    if (record !== undefined) await installProvider(device, provider, record);
  },
  definitions: takeDefinitions,
  'self-test': async ({ device, run, name, provider }) => {
    await requireSight(provider, trialParent(device));
    doneWith(run, name).isTested = true;
  },
  enable: async ({ device, name, provider }) => {
    noteOff(device, name, false);
    await provider.enable();
    if (!(await provider.detect()).isOn)
      throw agentError('AGENT_ANTIVIRUS_NOT_ON', { provider: name, reason: 'nothing that answers' });
  },
  confirm,
  choose: async (act) => choose(act),
  disable,
  remove: async ({ device, run, name, provider }) => {
    run.told.add(`remove ${name}`);
    await provider.remove();
    forgetFiles(device);
  },
};
