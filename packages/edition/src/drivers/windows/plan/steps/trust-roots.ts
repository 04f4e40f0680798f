import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import { inputsOf, type WindowsStepContext } from '../context.ts';

/** The edition's certificate authorities in the machine's root store. */
export function trustRootsStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const roots = inputsOf(lock, 'trust-root');
  return {
    id: 'trust-roots',
    kind: 'overlay',
    version: 1,
    settings: { roots: roots.map(({ name, sha256 }) => `${name} ${sha256.slice(0, 12)}`) },
    actions: roots.map(({ sha256 }) => ({ kind: 'trust-certificate', sha256 })),
  };
}
