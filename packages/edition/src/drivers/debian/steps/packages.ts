import type { StepDefinition } from '../../../plan/model.ts';
import { plannedPackages, type StepContext } from '../context.ts';
import { scrubActions } from '../scrub.ts';

/** Upstream packages the manifest asks for beyond the profile. Core as well: upstream's files as upstream configures them. */
export function packagesStep({ lock }: StepContext): StepDefinition {
  const packages = plannedPackages(lock.packages);
  return {
    id: 'packages',
    kind: 'core',
    version: 1,
    settings: { packages: lock.packages.map(({ name, version }) => `${name} ${version}`) },
    actions:
      packages.length === 0
        ? []
        : [
            { kind: 'install-upstream', packages, expected: [...plannedPackages(lock.base), ...packages] },
            ...scrubActions,
          ],
  };
}
