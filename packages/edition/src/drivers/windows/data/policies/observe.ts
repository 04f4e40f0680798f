import type { PolicyCheck, RegistryRoot } from '@imprint/protocol';
import type { HiveName } from '../../model.ts';
import type { PolicySetting } from './model.ts';

/** Where a running Windows has each hive. Source: learn.microsoft.com, "Registry hives". */
const places: Readonly<Record<HiveName, { readonly root: RegistryRoot; readonly below: string }>> = {
  software: { root: 'HKLM', below: 'SOFTWARE\\' },
  system: { root: 'HKLM', below: 'SYSTEM\\' },
  'default-user': { root: 'HKU', below: '' },
};

/** How a device sees that a setting holds: the same value, where a running Windows has it. */
export function checkOf({ hive, key, name, type, data }: PolicySetting): PolicyCheck {
  const { root, below } = places[hive];
  const live = below + key.replace('{controlSet}', 'CurrentControlSet');
  return { kind: 'registry', root, key: live, name, type, expected: String(data) };
}
