import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ImprintError, isImprintError } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { loadReadable } from '../state/json.ts';
import { withLock } from '../state/lock.ts';
import { keepDetections } from './detections.ts';
import { allSteps, currentOf, type Finding, findingOf, nextStep, type Step, targetOf } from './plan.ts';
import { type AntivirusOutcome, choiceRecord, outcomeRecord } from './records.ts';
import { look, newRun, type RunState, type Seen } from './run-state.ts';
import { executors } from './switch.ts';

type ActingStep = Exclude<Step, { kind: 'rest' }>;

interface KeepOptions {
  /** Hears of each step before it is taken. */
  readonly onStep?: (step: ActingStep) => void;
  /** Hears of each step that was taken. */
  readonly onStepDone?: (step: ActingStep) => void;
}

/** More steps than any way from one provider to another has. */
const maxSteps = 60;

function problemOf(finding: Finding, { known, situation }: Seen): ImprintError {
  const until = new Date(situation.allowed.get(finding.provider)?.approvedUntilMs ?? 0).toISOString();
  const allowed = [...known.allowed.keys()].join(', ');
  return agentError(finding.code, { ...finding, until, allowed });
}

/** A directive that replaces the one under way starts afresh: what failed before says nothing of it. */
function noticeReplaced(run: RunState, before: Seen, now: Seen): void {
  const [old, next] = [before.situation.directed, now.situation.directed];
  if (old === undefined || next === undefined || old === next) return;
  if (old !== currentOf(now.situation))
    run.notes.push(agentError('AGENT_ANTIVIRUS_DIRECTIVE_REPLACED', { provider: old, next }));
}

async function take(device: Device, run: RunState, seen: Seen, step: ActingStep): Promise<void> {
  const { kind, provider: name } = step;
  const provider = seen.known.providers.get(name);
  if (provider === undefined) throw new TypeError('a step names a known provider');
  try {
    await executors[kind]({ device, run, seen, name, provider });
    device.log(`antivirus: ${kind} ${name}`);
  } catch (error) {
    if (!isImprintError(error)) throw error;
    device.log(`antivirus: ${kind} ${name}: ${error.code} ${error.message}`);
    if (kind === 'disable' || kind === 'remove') run.notes.push(error);
    else run.failures.set(name, error);
  }
}

/** What one is to hear of a run, the gravest first. */
function problemsOf(run: RunState, first: Seen, last: Seen): ImprintError[] {
  const findings = [findingOf(last.situation), findingOf(first.situation)].filter(
    (finding) => finding !== undefined,
  );
  const [mild, grave] = [
    findings.filter(({ code }) => code === 'AGENT_ANTIVIRUS_APPROVAL_ENDED'),
    findings.filter(({ code }) => code !== 'AGENT_ANTIVIRUS_APPROVAL_ENDED'),
  ];
  return [
    ...grave.map((finding) => problemOf(finding, last)),
    ...run.failures.values(),
    ...mild.map((finding) => problemOf(finding, last)),
    ...run.notes,
  ];
}

async function outcomeOf(device: Device, run: RunState, first: Seen, last: Seen): Promise<AntivirusOutcome> {
  const name = targetOf(last.situation);
  const provider = name === undefined ? undefined : last.known.providers.get(name);
  const seen = name === undefined ? undefined : last.detected.get(name);
  const health = await provider?.health().catch(() => undefined);
  const [problem] = problemsOf(run, first, last);
  const { directed } = last.situation;
  return {
    at: device.now().toISOString(),
    ...(name === undefined ? {} : { provider: name }),
    ...(seen?.version === undefined ? {} : { version: seen.version }),
    ...(directed === undefined ? {} : { directed }),
    isOn: seen?.isOn === true,
    realTime: seen?.realTime === true,
    isHealthy: health?.isHealthy === true,
    ...(problem === undefined ? {} : { code: problem.code, reason: problem.message }),
  };
}

/** Nothing of the provider before is left: it is no longer one to be put away. */
function forgetPrevious(device: Device, { situation }: Seen): void {
  const choice = loadReadable(device.files, choiceRecord);
  const previous = choice?.previous;
  if (choice === undefined || previous === undefined) return;
  const sight = situation.seen.get(previous.name);
  const isGone = previous.installer === undefined || sight?.isInstalled !== true;
  if (sight?.isOn === true || !isGone) return;
  const { previous: _, ...rest } = choice;
  choiceRecord.save(device.files, rest);
}

/** What has changed is reported at once, by the file that the reporting service waits for. */
function announce(device: Device, before: AntivirusOutcome | undefined, now: AntivirusOutcome): void {
  const facts = ({ at: _, ...rest }: AntivirusOutcome) => JSON.stringify(rest);
  const isNew = before === undefined || facts(before) !== facts(now);
  if (isNew && device.runtimeDir !== undefined) writeFileSync(join(device.runtimeDir, 'report-due'), '');
}

async function runSteps(device: Device, options: KeepOptions): Promise<AntivirusOutcome> {
  const run = newRun();
  const first = await look(device, run);
  let seen = first;
  for (let count = 0; count < maxSteps; count += 1) {
    const step = nextStep(seen.situation);
    if (step.kind === 'rest') break;
    options.onStep?.(step);
    await take(device, run, seen, step);
    options.onStepDone?.(step);
    const before = seen;
    seen = await look(device, run);
    noticeReplaced(run, before, seen);
  }
  forgetPrevious(device, seen);
  await keepDetections(device, seen.known.providers);
  const outcome = await outcomeOf(device, run, first, seen);
  announce(device, loadReadable(device.files, outcomeRecord), outcome);
  outcomeRecord.save(device.files, outcome);
  return outcome;
}

/**
 * Brings the directed provider on and every other one off, takes new definitions, and remembers how it came out. What goes
 * wrong is in the outcome, and the provider that protected goes on protecting. Undefined on a system whose antivirus is not
 * in the agent's hands.
 * @throws AGENT_LOCKED, AGENT_STATE_*, AGENT_SETTINGS_*
 */
export async function keepAntivirus(
  device: Device,
  options: KeepOptions = {},
): Promise<AntivirusOutcome | undefined> {
  if (device.platform.windows !== undefined) return undefined;
  return withLock(device.stateDir, () => runSteps(device, options), undefined, 'antivirus-lock');
}

/** What `keepAntivirus` would do now, changing nothing. */
export async function previewAntivirus(device: Device): Promise<{
  readonly provider?: string;
  readonly directed?: string;
  readonly steps: readonly ActingStep[];
  readonly problem?: ImprintError;
}> {
  const seen = await look(device, newRun());
  const provider = targetOf(seen.situation);
  const finding = findingOf(seen.situation);
  const { directed } = seen.situation;
  return {
    ...(provider === undefined ? {} : { provider }),
    ...(directed === undefined ? {} : { directed }),
    steps: allSteps(seen.situation),
    ...(finding === undefined ? {} : { problem: problemOf(finding, seen) }),
  };
}
