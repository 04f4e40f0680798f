import { type FirstBootPlan, type FirstBootStep, isImprintError } from '@imprint/protocol';
import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import type { StepContext } from './executors.ts';
import { executorOf, lookAtStep } from './observe.ts';
import { type Attempt, mayTry, nextFirstBootStep, type Seen } from './plan.ts';
import { attemptsOf, readFirstBootPlan } from './read-plan.ts';
import { firstBootRecord } from './record.ts';
import { rememberAnswers } from './remember-answers.ts';

/** What became of one step: `seen` is what was observed last, whatever was done. */
export interface StepOutcome {
  readonly step: FirstBootStep;
  readonly did: 'nothing' | 'performed' | 'refused' | 'would-perform';
  readonly seen: Seen;
  readonly code?: string;
}

export interface FirstBootOptions {
  /** Says what would be done and does nothing. */
  readonly dryRun: boolean;
  /** Tries again at once what failed before. */
  readonly eager: boolean;
}

function remember(device: Device, plan: FirstBootPlan, id: string, attempt: Attempt): void {
  const steps = { ...attemptsOf(device, plan), [id]: attempt };
  firstBootRecord.save(device.files, { lockSha256: plan.lockSha256, steps });
}

function perform(
  step: FirstBootStep,
  context: StepContext,
): { code?: string; registered?: readonly string[] } {
  try {
    const registered = executorOf(step)?.perform(step.action, context);
    return registered === undefined || registered.length === 0 ? {} : { registered };
  } catch (error) {
    if (!isImprintError(error)) throw error;
    return { code: error.code };
  }
}

function runStep(plan: FirstBootPlan, step: FirstBootStep, context: StepContext): StepOutcome {
  const { device, attempt } = context;
  const begun = { attempts: (attempt?.attempts ?? 0) + 1, lastAt: device.now().toISOString() };
  // Durable before it starts: an installer that takes the machine down is not run again in a circle.
  remember(device, plan, step.id, { ...attempt, ...begun });
  const { code, registered } = perform(step, context);
  const known = registered ?? attempt?.registered;
  const ended: Attempt = {
    ...begun,
    ...(code === undefined ? {} : { code }),
    ...(known === undefined ? {} : { registered: known }),
  };
  remember(device, plan, step.id, ended);
  const seen = lookAtStep(step, { ...context, attempt: ended });
  device.log(`first boot: ${step.id} ${code ?? seen.state}`);
  return code === undefined ? { step, did: 'performed', seen } : { step, did: 'refused', seen, code };
}

/**
 * Goes through this image's plan in its order: a step is done only while its effect is not seen, and what comes of it is
 * looked at, never taken from an exit code. A refused step does not stop the others.
 * @throws AGENT_NOT_WINDOWS, AGENT_FIRST_BOOT_MALFORMED, AGENT_STATE_*
 */
export function runFirstBoot(device: Device, { dryRun, eager }: FirstBootOptions): StepOutcome[] {
  const { windows } = device.platform;
  if (windows === undefined) throw agentError('AGENT_NOT_WINDOWS', { command: 'first-boot' });
  const plan = readFirstBootPlan(device);
  const outcomes = new Map<string, StepOutcome>();
  let asked = rememberAnswers(windows);
  for (;;) {
    const step = nextFirstBootStep(plan?.steps ?? [], new Set(outcomes.keys()));
    if (plan === undefined || step === undefined) return [...outcomes.values()];
    const attempt = attemptsOf(device, plan)[step.id];
    const context = { device, windows, attempt };
    const seen = lookAtStep(step, { ...context, windows: asked });
    const isDue = mayTry(seen, eager ? undefined : attempt, device.now()) && executorOf(step) !== undefined;
    if (isDue && !dryRun) {
      outcomes.set(step.id, runStep(plan, step, context));
      asked = rememberAnswers(windows);
    } else outcomes.set(step.id, { step, did: isDue ? 'would-perform' : 'nothing', seen });
  }
}
