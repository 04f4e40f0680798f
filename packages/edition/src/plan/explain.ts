import { type BuildPlan, isWindowsPlan, type Json, type PlanStep, type WindowsBuildPlan } from './model.ts';

/** What explaining needs of a layer store. */
export interface KnownLayers {
  has(key: string): boolean;
  /** The plan of the last build of this edition. */
  lastPlan(edition: string): BuildPlan | undefined;
}

export interface StepExplanation {
  readonly id: string;
  readonly state: 'cached' | 'runs';
  /** Why it runs, each naming what changed; empty when cached. */
  readonly reasons: readonly string[];
}

export interface PlanExplanation {
  readonly steps: readonly StepExplanation[];
}

type AnyStep = PlanStep<unknown>;
type Settings = { readonly [key: string]: Json };
const mostListed = 5;
const stepsOf = ({ steps }: BuildPlan): readonly AnyStep[] => steps;

function text(value: Json | undefined): string {
  if (value === undefined || value === null) return 'none';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function listChange(key: string, before: readonly Json[], after: readonly Json[]): string {
  const [old, now] = [new Set(before.map(text)), new Set(after.map(text))];
  const changes = [
    ...[...old].filter((item) => !now.has(item)).map((item) => `−${item}`),
    ...[...now].filter((item) => !old.has(item)).map((item) => `+${item}`),
  ];
  const more = changes.length > mostListed ? ` and ${changes.length - mostListed} more` : '';
  return `${key}: ${changes.slice(0, mostListed).join(', ')}${more}`;
}

function settingChanges(before: Settings, after: Settings): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return keys
    .filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
    .map((key) => {
      const [old, now] = [before[key], after[key]];
      if (Array.isArray(old) && Array.isArray(now)) return listChange(key, old, now);
      return `${key} ${text(old)} → ${text(now)}`;
    });
}

function ownReasons(before: AnyStep, after: AnyStep): string[] {
  const reasons = settingChanges(before.settings, after.settings);
  if (before.version !== after.version) reasons.push(`step version ${before.version} → ${after.version}`);
  const changed = JSON.stringify(before.actions) !== JSON.stringify(after.actions);
  if (reasons.length === 0 && changed) reasons.push('the actions that carry it out changed');
  return reasons;
}

function reasonsFor(
  step: AnyStep,
  plan: BuildPlan,
  last: BuildPlan | undefined,
  changed: string | undefined,
): string[] {
  if (last === undefined) return ['no earlier build of this edition'];
  const before = stepsOf(last).find(({ id }) => id === step.id);
  if (before === undefined) return ['new in the plan'];
  if (before.key === step.key) return ['its layer is not kept any more'];
  const reasons = ownReasons(before, step);
  if (before.parentKey === step.parentKey && last.sourceDateEpoch !== plan.sourceDateEpoch)
    reasons.push(`sourceDateEpoch ${last.sourceDateEpoch} → ${plan.sourceDateEpoch}`);
  if (reasons.length > 0) return reasons;
  return [changed === undefined ? 'the layer below is another' : `lies on ${changed}, which changed`];
}

/** A Windows image has no layers: it is kept whole under its last step's key, and any change presses all of it again. */
function explainImage(plan: WindowsBuildPlan, last: BuildPlan | undefined): PlanExplanation {
  const before = last === undefined ? [] : stepsOf(last);
  const isKept = before.length > 0 && before.at(-1)?.key === plan.steps.at(-1)?.key;
  let changed: string | undefined;
  const steps = plan.steps.map((step): StepExplanation => {
    const { id, key } = step;
    if (isKept) return { id, state: 'cached', reasons: [] };
    if (before.some((one) => one.key === key))
      return { id, state: 'runs', reasons: ['unchanged; the image is pressed again with what changed'] };
    const reasons = reasonsFor(step, plan, last, changed);
    changed ??= id;
    return { id, state: 'runs', reasons };
  });
  return { steps };
}

/** Says of each step whether its layer is there, and if not, what changed since the last build. */
export function explainPlan(plan: BuildPlan, layers: KnownLayers): PlanExplanation {
  const last = layers.lastPlan(plan.edition);
  if (isWindowsPlan(plan)) return explainImage(plan, last);
  let changed: string | undefined;
  const steps = stepsOf(plan).map((step): StepExplanation => {
    if (layers.has(step.key)) return { id: step.id, state: 'cached', reasons: [] };
    const reasons = reasonsFor(step, plan, last, changed);
    changed ??= step.id;
    return { id: step.id, state: 'runs', reasons };
  });
  return { steps };
}
