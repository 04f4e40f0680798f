import { type LockedInput, windowsDevicePaths } from '@imprint/protocol';
import type { StepDefinition } from '../../../../plan/model.ts';
import type { WindowsAction } from '../../model.ts';
import {
  componentPayload,
  inputPayload,
  inputsOf,
  type LockedComponent,
  lockedComponents,
  type WindowsStepContext,
} from '../context.ts';

const placed = (file: string, sha256: string): WindowsAction => ({
  kind: 'copy',
  path: `${windowsDevicePaths.payload}/${file}`,
  sha256,
});
const named = ({ name, sha256 }: LockedInput) => `${name} ${sha256.slice(0, 12)}`;
const placedComponent = (locked: LockedComponent) => placed(componentPayload(locked), locked.input.sha256);

/** What the first boot installs: the vendor's updates and languages and all components but the antivirus. Placed, not run. */
export function componentsStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const vendor = [...inputsOf(lock, 'update'), ...inputsOf(lock, 'language-pack')];
  const components = lockedComponents(lock).filter(
    ({ component: { role } }) => role !== 'agent' && role !== 'antivirus',
  );
  return {
    id: 'components',
    kind: 'overlay',
    version: 1,
    settings: {
      components: components.map(({ input }) => named(input)),
      vendor: vendor.map(named),
    },
    actions: [
      ...components.map(placedComponent),
      ...vendor.map((input) => placed(inputPayload(input), input.sha256)),
    ],
  };
}

/**
 * The chosen antivirus and its definitions. The vendor's own steps back by itself once this one registers with Security
 * Center; nothing here switches it off. Source: learn.microsoft.com, "Microsoft Defender Antivirus compatibility".
 */
export function antivirusStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const scanners = lockedComponents(lock).filter(({ component }) => component.role === 'antivirus');
  const definitions = inputsOf(lock, 'antivirus-definitions');
  return {
    id: 'antivirus',
    kind: 'overlay',
    version: 1,
    settings: {
      antivirus: scanners.map(({ input }) => named(input)),
      definitions: definitions.map(named),
    },
    actions: [
      ...scanners.map(placedComponent),
      ...definitions.map((input): WindowsAction => {
        const { name, sha256 } = input;
        return name.endsWith('.json')
          ? { kind: 'copy', path: windowsDevicePaths.antivirusDefinitions, sha256 }
          : placed(inputPayload(input), sha256);
      }),
    ],
  };
}
