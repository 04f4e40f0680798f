import type { StepDefinition } from '../../../plan/model.ts';
import { inputsOf, type StepContext } from '../context.ts';
import { scrubActions } from '../scrub.ts';

/** Local suppliers' packages, the agent among them, by `dpkg --install`. */
export function componentsStep({ lock }: StepContext): StepDefinition {
  const debs = inputsOf(lock, 'component').map(({ name, sha256 }) => ({ name, sha256 }));
  return {
    id: 'components',
    kind: 'overlay',
    version: 1,
    settings: { components: debs.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 12)}`) },
    actions: debs.length === 0 ? [] : [{ kind: 'install-debs', debs }, ...scrubActions],
  };
}
