import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import type { WindowsStepContext } from '../context.ts';
import { agentStep } from './agent.ts';
import { answerFileStep } from './answer-file.ts';
import { catalogStep } from './catalog.ts';
import { firstBootStep } from './first-boot.ts';
import { identityStep } from './identity.ts';
import { localeStep } from './locale.ts';
import { antivirusStep, componentsStep } from './payload.ts';
import { policyStep } from './policy.ts';
import { removalStep } from './removal.ts';
import { servicesStep } from './services.ts';
import { trustRootsStep } from './trust-roots.ts';

/** From the most stable to the most volatile; the catalog, which lists what all others add, comes last. */
const steps = [
  localeStep,
  trustRootsStep,
  componentsStep,
  antivirusStep,
  agentStep,
  servicesStep,
  policyStep,
  removalStep,
  identityStep,
  firstBootStep,
  answerFileStep,
  catalogStep,
] as const;

/** What it takes to press a Windows edition, as data. */
export function windowsSteps(context: WindowsStepContext): StepDefinition<WindowsAction>[] {
  return steps.map((step) => step(context));
}
