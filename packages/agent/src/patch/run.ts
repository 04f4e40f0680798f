import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImprintError, isImprintError } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { systemCode } from '../files/durable.ts';
import { observeRollout } from '../observe/rollout.ts';
import { withPatchLock } from '../state/lock.ts';
import { isHalfway, readDpkg } from './current.ts';
import { executeStep } from './execute.ts';
import { openPatchMachine, type PatchMachine } from './machine.ts';
import { nextPatchStep, type PatchFacts, type PatchStep } from './plan.ts';
import {
  advance,
  type PatchPatience,
  type PatchRun,
  progressOf,
  remember,
  usualPatience,
  type Work,
} from './run-model.ts';
import { canPatch, readSituation, type Situation } from './situation.ts';
import { isNothing, missingOf, planWork } from './work.ts';
import { openWorkspace } from './workspace.ts';

/** How a run ended: the step it stopped at, or what it failed with. */
export interface PatchOutcome {
  readonly situation: Situation;
  readonly step: PatchStep;
  /** Why the target is not followed, or what went wrong; it is remembered for the report. */
  readonly error?: ImprintError;
}

/** More than any path through the plan has; a plan that runs in circles ends here. */
const longestRun = 40;
const installAttempts = 3;

/** What may pass by itself, or by another server: tried again for as long as the release is the target. */
const passing = new Set([
  'AGENT_PACK_HEAD_MISMATCH',
  'AGENT_PACK_FRAME_MISMATCH',
  'AGENT_EVIDENCE_DIGEST',
  'AGENT_ANSWER_TOO_LARGE',
  'AGENT_ANSWER_MALFORMED',
  'AGENT_REDIRECT_REFUSED',
  'AGENT_STATE_CORRUPT',
]);
/** What no other attempt changes. */
const final = new Set(['AGENT_PATCH_SET_ABSENT', 'AGENT_PATCH_NOT_FROM', 'AGENT_EVIDENCE_MALFORMED']);

/** Begins a patch run on a device. */
export const openPatchRun = (
  device: Device,
  say: (line: string) => void,
  patience?: PatchPatience,
  machine: PatchMachine = openPatchMachine(device),
): PatchRun => ({
  ...{ device, machine, workspace: openWorkspace(device), say },
  // Where nothing is started there is nothing to settle.
  patience: patience ?? (machine.isBooted ? usualPatience : { ...usualPatience, settleMs: 0, steadyMs: 0 }),
  isRecovered: false,
  isEnding: false,
});

async function factsOf(run: PatchRun, situation: Situation): Promise<PatchFacts> {
  const { device, machine, patience, isRecovered } = run;
  const { target, progress, isCommitted, refusal } = situation;
  const dpkg = readDpkg(device);
  return {
    now: device.now(),
    ...(target === undefined || refusal !== undefined ? {} : { target }),
    ...(progress === undefined ? {} : { progress }),
    isCommitted,
    isHalfway: dpkg !== undefined && isHalfway(dpkg),
    isRecovered,
    isDownloaded: false,
    held: [],
    bootId: device.platform.bootId(),
    canRestart: machine.isBooted,
    isPersonPresent: await machine.isPersonPresent(),
    healthAgainMs: patience.healthAgainMs,
  };
}

/** The next step, and what it would do; only a step towards installing needs to know what is here already. */
export async function decide(
  run: PatchRun,
  situation: Situation,
): Promise<{ readonly step: PatchStep; readonly work: () => Promise<Work> }> {
  const facts = await factsOf(run, situation);
  let planned: Work | undefined;
  const work = async () => {
    if (situation.release === undefined) throw new TypeError('work is that of a verified release');
    planned ??= await planWork(run, situation.release);
    return planned;
  };
  const first = nextPatchStep(facts);
  if (first.kind !== 'download') return { step: first, work };
  const { packages } = await work();
  const isDownloaded = isNothing(missingOf(run, await work()));
  return { step: nextPatchStep({ ...facts, isDownloaded, held: packages.held }), work };
}

function noteWait(run: PatchRun, situation: Situation, step: PatchStep): void {
  if (step.kind !== 'wait' || step.code === undefined || situation.target === undefined) return;
  remember(run, { ...progressOf(run, situation), code: step.code, reason: step.why.en });
}

async function follow(run: PatchRun): Promise<PatchOutcome> {
  for (let count = 0; count < longestRun; count += 1) {
    const situation = readSituation(run.device);
    const { step, work } = await decide(run, situation);
    run.say(`${step.kind}: ${step.why.en}`);
    if (step.kind === 'rest' || step.kind === 'wait' || run.isEnding) {
      noteWait(run, situation, step);
      const { refusal } = situation;
      return {
        ...{ situation, step },
        ...(refusal === undefined ? {} : { error: agentError(refusal.code, refusal.params) }),
      };
    }
    await executeStep(run, situation, step, work);
    if (run.isEnding) return { situation, step };
  }
  throw new TypeError('the plan runs in circles');
}

/** Where the release runs already, only what was left of the earlier one can fail: it stays after three attempts. */
function noteLeftover(run: PatchRun, situation: Situation, { code, message: reason }: ImprintError): void {
  const progress = progressOf(run, situation);
  const attempts = progress.attempts + 1;
  const leftover = attempts < installAttempts ? (progress.leftover ?? []) : [];
  remember(run, { ...progress, attempts, leftover, code, reason });
}

/** Remembers what went wrong: what may pass leaves the step as it is, anything else is tried three times. */
function noteFailure(run: PatchRun, error: ImprintError): void {
  const situation = readSituation(run.device);
  if (situation.target === undefined) return;
  if (situation.isCommitted) {
    noteLeftover(run, situation, error);
    return;
  }
  const progress = progressOf(run, situation);
  const { code, message: reason } = error;
  const isPassing = error.definition.exit === 4 || passing.has(code);
  const attempts = progress.attempts + (isPassing ? 0 : 1);
  const noted = { ...progress, attempts };
  if (!final.has(code) && attempts < installAttempts) remember(run, { ...noted, code, reason });
  else advance(run, noted, 'failed', { code, reason });
}

/** A disk that refuses is no fault of the program: it is told like anything else that may pass. */
function asKnown(error: unknown): ImprintError {
  if (isImprintError(error)) return error;
  const reason = systemCode(error);
  if (reason === undefined) throw error;
  const path = (error as NodeJS.ErrnoException).path ?? '-';
  return agentError('AGENT_STATE_UNWRITABLE', { file: path, reason }, { cause: error });
}

function announce(device: Device, before: string): void {
  const changed = JSON.stringify(observeRollout(device)) !== before;
  if (changed && device.runtimeDir !== undefined) writeFileSync(join(device.runtimeDir, 'report-due'), '');
}

/**
 * Brings this device nearer to its target, as far as now allows, as the only patch run at work. What went wrong is remembered and in the outcome.
 * @throws AGENT_PATCH_NOT_HERE, AGENT_LOCKED, AGENT_SETTINGS_*, AGENT_STATE_*, AGENT_NOT_PERMITTED
 */
export async function runPatch(
  device: Device,
  say: (line: string) => void,
  patience?: PatchPatience,
  machine?: PatchMachine,
): Promise<PatchOutcome> {
  if (!canPatch(device)) throw agentError('AGENT_PATCH_NOT_HERE');
  return withPatchLock(device, async () => {
    const run = openPatchRun(device, say, patience, machine);
    const before = JSON.stringify(observeRollout(device));
    try {
      return await follow(run);
    } catch (thrown) {
      const error = asKnown(thrown);
      noteFailure(run, error);
      const situation = readSituation(device);
      const why = { en: error.message, 'zh-CN': error.messageIn('zh-CN') };
      return { situation, step: { kind: 'rest', why }, error };
    } finally {
      announce(device, before);
    }
  });
}
