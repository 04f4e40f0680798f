import type { StepDefinition } from '../../../plan/model.ts';
import { plannedPackages, type StepContext } from '../context.ts';
import { scrubActions } from '../scrub.ts';

/** The upstream profile, from nothing. Core: no word of the edition is in it. */
export function baseStep({ lock }: StepContext): StepDefinition {
  const { suite, profile } = lock.manifest.base.debian;
  return {
    id: 'base',
    kind: 'core',
    version: 1,
    settings: { suite, profile, packages: lock.base.map(({ name, version }) => `${name} ${version}`) },
    actions: [{ kind: 'bootstrap', packages: plannedPackages(lock.base) }, ...scrubActions],
  };
}
