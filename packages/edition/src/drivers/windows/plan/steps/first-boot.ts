import { windowsDevicePaths } from '@imprint/protocol';
import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import { jsonText, type WindowsStepContext } from '../context.ts';
import { firstBootPlan } from '../first-boot-plan.ts';

/** The list of what only Windows can do, for the agent. */
export function firstBootStep(context: WindowsStepContext): StepDefinition<WindowsAction> {
  const plan = firstBootPlan(context);
  return {
    id: 'first-boot',
    kind: 'overlay',
    version: 1,
    settings: { steps: plan.steps.map(({ id }) => id) },
    actions:
      plan.steps.length === 0
        ? []
        : [{ kind: 'write', path: windowsDevicePaths.firstBoot, text: jsonText(plan), encoding: 'utf-8' }],
  };
}
