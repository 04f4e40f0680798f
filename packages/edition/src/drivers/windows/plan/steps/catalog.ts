import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import { inputsOf, type WindowsStepContext } from '../context.ts';

/** Where Windows looks for catalogs of components that came with it or were added to it. */
const catalogDirectory = '/Windows/System32/CatRoot/{F750E6C3-38EE-11D1-85E5-00C04FC295EE}';

/** A signed list of every added file, where the edition has a signer for it. */
export function catalogStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const signer = inputsOf(lock, 'catalog-signer')[0];
  return {
    id: 'catalog',
    kind: 'overlay',
    version: 1,
    settings: { signer: signer === undefined ? null : signer.sha256.slice(0, 12) },
    actions:
      signer === undefined
        ? []
        : [{ kind: 'catalog', path: `${catalogDirectory}/imprint-${lock.edition}.cat` }],
  };
}
