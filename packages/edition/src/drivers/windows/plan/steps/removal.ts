import type { StepDefinition } from '../../../../plan/model.ts';
import { enterpriseClients } from '../../data/edition-ids.ts';
import type { PlannedEdit, WindowsAction } from '../../model.ts';
import type { WindowsStepContext } from '../context.ts';
import { registryActions } from '../edits.ts';

/** A key without values keeps an upgrade from bringing the application back. Source: learn.microsoft.com, "Keep removed apps from returning during an update". */
const deprovisioned = 'Microsoft\\Windows\\CurrentVersion\\Appx\\AppxAllUserStore\\Deprovisioned';

/** Policy CSP ApplicationManagement/RemoveDefaultMicrosoftStorePackages, from Windows 11 24H2. */
const removeDefault = 'Policies\\Microsoft\\Windows\\Appx\\RemoveDefaultMicrosoftStorePackages';
const removeDefaultFromBuild = 26100;

function removePolicy(names: readonly string[]): PlannedEdit[] {
  return [
    { key: removeDefault, name: 'Enabled', type: 'dword', data: 1 },
    ...names.map((name): PlannedEdit => {
      return { key: `${removeDefault}\\${name}`, name: 'RemovePackage', type: 'dword', data: 1 };
    }),
  ];
}

/**
 * What can be said offline about provisioned applications. Their files and packages stay as the vendor made them, or
 * updates would fail; Windows itself removes them at the first boot.
 */
export function removalStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const { image, manifest } = lock;
  const names = [...(manifest.remove ?? [])].sort();
  const hasPolicy =
    image.version.build >= removeDefaultFromBuild && enterpriseClients.includes(image.editionId);
  const edits = names.map((name): PlannedEdit => ({ key: `${deprovisioned}\\${name}`, addKey: true }));
  return {
    id: 'removal',
    kind: 'overlay',
    version: 1,
    settings: { remove: names },
    actions: registryActions('software', [
      ...edits,
      ...(hasPolicy && names.length > 0 ? removePolicy(names) : []),
    ]),
  };
}
