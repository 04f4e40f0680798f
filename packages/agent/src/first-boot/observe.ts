import {
  type FirstBootObservation,
  type FirstBootPlan,
  type FirstBootStep,
  isImprintError,
} from '@imprint/protocol';
import type { Device } from '../device.ts';
import { type StepContext, type StepExecutor, stepExecutors } from './executors.ts';
import type { Seen } from './plan.ts';
import { attemptsOf, readFirstBootPlan } from './read-plan.ts';
import { rememberAnswers } from './remember-answers.ts';

type AnyExecutor = StepExecutor<FirstBootStep['action']['kind']>;

/** The executor of a step's kind; undefined for a kind that a newer press wrote. */
export const executorOf = ({ action }: FirstBootStep): AnyExecutor | undefined =>
  Object.hasOwn(stepExecutors, action.kind) ? (stepExecutors[action.kind] as AnyExecutor) : undefined;

/** Looks at one step's effect. */
export function lookAtStep(step: FirstBootStep, context: StepContext): Seen {
  const executor = executorOf(step);
  if (executor !== undefined) return executor.look(step.action, context);
  const { kind } = step.action as { kind: string };
  const reason = { en: `this agent does not know ${kind}`, zh: `此代理不了解 ${kind}` };
  return { state: 'unknown', reason };
}

function observationOf(
  { id }: FirstBootStep,
  seen: Seen,
  code: string | undefined,
  now: Date,
  say: (en: string, zh: string) => string,
): FirstBootObservation {
  const base = { id, observedAt: now.toISOString() };
  if (seen.state === 'ok') return { ...base, state: 'ok' };
  const reason = say(seen.reason.en, seen.reason.zh);
  return { ...base, state: seen.state, reason: code === undefined ? reason : `${reason} (${code})` };
}

/** This image's plan; an unusable one is logged and counts as none, so that the cycle goes on and reports it. */
export function usablePlan(device: Device): FirstBootPlan | undefined {
  try {
    return readFirstBootPlan(device);
  } catch (error) {
    if (!isImprintError(error, 'AGENT_FIRST_BOOT_MALFORMED')) throw error;
    device.log(`first boot: ${error.message} (${error.code})`);
    return undefined;
  }
}

/** What the steps of this image's plan are seen to have done; of a plan that cannot be used, that it cannot. */
export function observeSteps(
  device: Device,
  now: Date,
  say: (en: string, zh: string) => string,
): FirstBootObservation[] {
  const { windows } = device.platform;
  if (windows === undefined) return [];
  let plan: FirstBootPlan | undefined;
  try {
    plan = readFirstBootPlan(device);
  } catch (error) {
    if (!isImprintError(error, 'AGENT_FIRST_BOOT_MALFORMED')) throw error;
    const reason = say(error.messageIn('en'), error.messageIn('zh-CN'));
    return [{ id: 'plan', state: 'failing', observedAt: now.toISOString(), reason }];
  }
  if (plan === undefined) return [];
  const attempts = attemptsOf(device, plan);
  const asked = rememberAnswers(windows);
  return plan.steps.map((step) => {
    const attempt = attempts[step.id];
    return observationOf(
      step,
      lookAtStep(step, { device, windows: asked, attempt }),
      attempt?.code,
      now,
      say,
    );
  });
}

/** Names under which the plan's antivirus registers with Security Center. */
export const plannedAntivirus = (plan: FirstBootPlan | undefined): string[] =>
  (plan?.steps ?? []).flatMap(({ action }) =>
    action.kind === 'install-component' && action.securityCenterName !== undefined
      ? [action.securityCenterName]
      : [],
  );
