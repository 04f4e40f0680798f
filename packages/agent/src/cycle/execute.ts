import { setPriority } from 'node:os';
import type { DeviceReport } from '@imprint/protocol';
import { applyPolicy } from '../apply-policy/apply.ts';
import { credential, type Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { runFirstBoot } from '../first-boot/run.ts';
import { keepLicence } from '../licence/keep.ts';
import { checkIn } from '../message/check-in.ts';
import { enrol } from '../message/enrol.ts';
import { bringInventory } from '../message/inventory.ts';
import { loadDeviceKey } from '../message/key.ts';
import { isAntivirusStarting, waitForAntivirus } from '../observe/antivirus.ts';
import { isVerificationDue } from '../observe/integrity.ts';
import { lookAt } from '../observe/look.ts';
import { observeDevice } from '../observe/report.ts';
import { askForPatch } from '../patch/due.ts';
import { refreshRelease } from '../release/refresh.ts';
import { readEdition } from '../settings.ts';
import { enrolmentRecord } from '../state/records.ts';
import { findingLine, verifyIntegrity } from '../verify/verify.ts';
import { type CycleState, nextStep, type Step } from './plan.ts';

/** A running cycle: its plan's state, and what the steps hand on. */
export interface Cycle {
  readonly state: CycleState;
  readonly report?: DeviceReport;
  /** What the server directed last, in seconds. */
  readonly directedSeconds?: number;
}

type ActingStep = Exclude<Step, { kind: 'sleep' }>;
type Executor<K extends ActingStep['kind']> = (
  step: Extract<ActingStep, { kind: K }>,
  device: Device,
  cycle: Cycle,
) => Promise<Cycle>;

const afterwards = (cycle: Cycle, state: Partial<CycleState>): Cycle => ({
  ...cycle,
  state: { ...cycle.state, ...state },
});

const shownFindings = 20;
const settleMs = 120_000;

async function verifyQuietly(device: Device): Promise<void> {
  try {
    // The person at the device comes first: what follows in this process is background work.
    if (device.isLive) setPriority(19);
    const { checked, findings, seconds } = await verifyIntegrity(device);
    device.log(`verified ${checked} paths in ${seconds} s, ${findings.length} differ`);
    for (const finding of findings.slice(0, shownFindings)) device.log(`differs: ${findingLine(finding)}`);
  } catch (error) {
    device.log(`verification not done: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What cannot be set up is logged and later reported as not observed; it keeps nothing else from being reported. */
function setUp(device: Device): void {
  for (const act of [
    () => runFirstBoot(device, { dryRun: false, eager: false }),
    () => applyPolicy(device, { dryRun: false }),
  ]) {
    try {
      act();
    } catch (error) {
      device.log(`not set up: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** What follows from what the answer directed. It neither fails the cycle nor keeps anything else from being done. */
const afterReport: readonly ((device: Device) => void)[] = [askForPatch];

function attempt(device: Device, act: (device: Device) => void): void {
  try {
    act(device);
  } catch (error) {
    device.log(`not begun: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const executors: { readonly [K in ActingStep['kind']]: Executor<K> } = {
  'set-up': async (_step, device, cycle) => {
    setUp(device);
    return afterwards(cycle, { setUp: 'done' });
  },
  enrol: async (_step, device, cycle) => {
    const token = credential(device, 'imprint.enrol-token');
    if (token === undefined) throw agentError('AGENT_NOT_ENROLLED');
    const { deviceId } = await enrol(device, token);
    device.log(`enrolled as ${deviceId}`);
    return afterwards(cycle, { isEnrolled: true });
  },
  refresh: async (_step, device, cycle) => {
    const { outcome, release, code } = await refreshRelease(device);
    device.log(
      `release ${outcome}${code === undefined ? '' : ` ${code}`}, newest verified ${release?.version ?? 'none'}`,
    );
    const isDue = isVerificationDue(device, readEdition(device));
    return afterwards(cycle, { isReleaseChecked: true, isVerificationDue: isDue });
  },
  license: async (_step, device, cycle) => {
    await keepLicence(device);
    return afterwards(cycle, { isLicenceKept: true });
  },
  observe: async (_step, device, cycle) => {
    const report = await observeDevice(lookAt(device));
    // Only the first look of a cycle may ask for another one.
    const isSettling = cycle.report === undefined && isAntivirusStarting(device, report.antivirus);
    return { ...afterwards(cycle, { isObserved: true, isSettling }), report };
  },
  report: async (_step, device, cycle) => {
    if (cycle.report === undefined) throw new TypeError('a report is observed before it is sent');
    const seconds = await checkIn(device, cycle.report);
    device.log('checked in');
    await bringInventory(device);
    for (const act of afterReport) attempt(device, act);
    const directed = seconds ?? cycle.directedSeconds;
    return {
      ...afterwards(cycle, { isReported: true }),
      ...(directed === undefined ? {} : { directedSeconds: directed }),
    };
  },
  settle: async (_step, device, cycle) => {
    await waitForAntivirus(device, settleMs);
    return afterwards(cycle, { isSettling: false, isObserved: false, isReported: false });
  },
  verify: async (_step, device, cycle) => {
    await verifyQuietly(device);
    return afterwards(cycle, { isVerificationDue: false, isObserved: false, isReported: false });
  },
};

/** The state a cycle starts from. */
export function startCycle(device: Device): Cycle {
  const isEnrolled = enrolmentRecord.load(device.files) !== undefined && loadDeviceKey(device) !== undefined;
  const hasToken = credential(device, 'imprint.enrol-token') !== undefined;
  return {
    state: {
      ...(device.platform.windows === undefined ? {} : { setUp: 'due' as const }),
      isEnrolled,
      hasToken,
      isReleaseChecked: false,
      isLicenceKept: false,
      isObserved: false,
      isReported: false,
      isVerificationDue: false,
      isSettling: false,
    },
  };
}

/** Runs steps until the plan says sleep. @throws what the steps throw: the cycle then ends as failed */
export async function runSteps(device: Device, from: Cycle): Promise<Cycle> {
  let cycle = from;
  for (;;) {
    const step = nextStep(cycle.state);
    if (step.kind === 'sleep') return cycle;
    const execute = executors[step.kind] as Executor<ActingStep['kind']>;
    cycle = await execute(step, device, cycle);
  }
}
