import type { StepDefinition } from '../../plan/model.ts';
import type { StepContext } from './context.ts';
import { antivirusStep } from './steps/antivirus.ts';
import { baseStep } from './steps/base.ts';
import { componentsStep } from './steps/components.ts';
import { fontsStep } from './steps/fonts.ts';
import { identityStep } from './steps/identity.ts';
import { localeStep } from './steps/locale.ts';
import { packagesStep } from './steps/packages.ts';
import { policyStep } from './steps/policy.ts';
import { sealStep } from './steps/seal.ts';
import { servicesStep } from './steps/services.ts';
import { trustRootsStep } from './steps/trust-roots.ts';

export { plannedPackages, type StepContext } from './context.ts';

/** From the most stable to the most volatile; each layer lies on the one before. */
const steps = [
  baseStep,
  packagesStep,
  componentsStep,
  localeStep,
  fontsStep,
  trustRootsStep,
  antivirusStep,
  servicesStep,
  policyStep,
  identityStep,
  sealStep,
] as const;

/** What it takes to press a Debian edition, as data. */
export function debianSteps(context: StepContext): StepDefinition[] {
  return steps.map((step) => step(context));
}
