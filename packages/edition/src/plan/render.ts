import { describeWindowsAction } from '../drivers/windows/describe-action.ts';
import type { PlanExplanation } from './explain.ts';
import {
  type Action,
  type BuildPlan,
  type DebianBuildPlan,
  isWindowsPlan,
  type WindowsBuildPlan,
} from './model.ts';

/** One line that says what an action does. */
export function describeAction(action: Action): string {
  switch (action.kind) {
    case 'bootstrap':
      return `bootstrap ${action.packages.length} packages`;
    case 'install-upstream':
      return `install ${action.packages.length} upstream packages`;
    case 'install-debs':
      return `install ${action.debs.map(({ name, sha256 }) => `${name} (${sha256.slice(0, 12)})`).join(', ')}`;
    case 'write':
      return `write ${action.path}`;
    case 'copy':
      return `copy ${action.sha256.slice(0, 12)} to ${action.path}`;
    case 'symlink':
      return `link ${action.path} to ${action.target}`;
    case 'remove':
      return `remove ${action.paths.join(' ')}`;
    case 'truncate':
      return `empty ${action.paths.join(' ')}`;
    case 'run':
      return `run ${action.argv.join(' ')}`;
    case 'enable-unit':
      return `enable ${action.unit} for ${action.target}`;
    case 'mask-unit':
      return `mask ${action.unit}`;
    case 'expect':
      return `expect ${action.path}`;
    case 'expect-no-device':
      return `expect nothing of one device`;
  }
}

function describedSteps(plan: BuildPlan) {
  return isWindowsPlan(plan)
    ? plan.steps.map((step) => ({ ...step, actions: step.actions.map(describeWindowsAction) }))
    : plan.steps.map((step) => ({ ...step, actions: step.actions.map(describeAction) }));
}

function toolsLine({ tools }: DebianBuildPlan): string {
  return `tools  ${tools.packages.length} packages  ${tools.key.slice(0, 12)}`;
}

/** What is left to the device: declared here, observed there. */
function firstBootLines({ firstBoot }: WindowsBuildPlan): string[] {
  return firstBoot.steps.map(({ id }) => `first boot (declared)  ${id}`);
}

/** The plan as text for people; with an explanation, each step says whether and why it runs. */
export function renderPlan(plan: BuildPlan, explanation?: PlanExplanation): string {
  const lines = [
    `${plan.edition} ${plan.version} (${plan.profile}), lock ${plan.lockSha256.slice(0, 16)}`,
    `timestamps at most ${new Date(plan.sourceDateEpoch * 1000).toISOString()}`,
  ];
  for (const step of describedSteps(plan)) {
    const explained = explanation?.steps.find(({ id }) => id === step.id);
    const state = explained === undefined ? '' : `  ${explained.state}`;
    lines.push('', `${step.id}  ${step.kind}  ${step.key.slice(0, 12)}${state}`);
    for (const reason of explained?.reasons ?? []) lines.push(`  because ${reason}`);
    if (explained?.state !== 'cached') lines.push(...step.actions.map((action) => `  ${action}`));
  }
  lines.push('', ...(isWindowsPlan(plan) ? firstBootLines(plan) : [toolsLine(plan)]));
  for (const { kind, fileName } of plan.outputs) lines.push(`output  ${kind}  ${fileName}`);
  return `${lines.join('\n')}\n`;
}
