import type { PolicyFile, PolicyRecord, WindowsLock } from '@imprint/protocol';
import { decodeValue, type RegistryValue } from '../formats/regf/model.ts';
import { foldName } from '../formats/regf/names.ts';
import type { ImageCheck } from '../integrity/check-image.ts';
import type { HiveName } from '../model.ts';

/** A registry value for people and programs; bytes without another reading are hexadecimal. */
export interface ShownValue {
  readonly type: RegistryValue['type'];
  readonly value: string | number | readonly string[];
}

/** One change an edition makes to the vendor's registry. */
export interface RegistryChange {
  readonly hive: HiveName;
  /** Below the hive's root. */
  readonly key: string;
  readonly kind: string;
  readonly name?: string;
  readonly before?: ShownValue;
  readonly after?: ShownValue;
  readonly step: string;
  /** The policy that asked for the value, where one did. */
  readonly policy?: string;
}

function shown(value: RegistryValue): ShownValue {
  const decoded = decodeValue(value);
  return { type: value.type, value: Buffer.isBuffer(decoded) ? decoded.toString('hex') : decoded };
}

/** Where a device looks for a value, as the hive a build writes it to. */
function placesOf({ observe }: PolicyRecord, controlSet: string): string[] {
  return observe.flatMap((check) => {
    if (check.kind !== 'registry') return [];
    const { root, key, name } = check;
    if (root === 'HKU') return [place('default-user', key, name)];
    const [hive = '', ...rest] = key.split('\\');
    const below = rest.join('\\');
    return hive.toUpperCase() === 'SYSTEM'
      ? [place('system', below.replace(/^CurrentControlSet\\/i, `${controlSet}\\`), name)]
      : [place('software', below, name)];
  });
}

const place = (hive: HiveName, key: string, name: string) => `${hive}\0${foldName(key)}\0${foldName(name)}`;

/** Every registry change of an edition with what was there before, the step, and the policy that asked for it. */
export function registryChanges(
  registry: ImageCheck['registry'],
  policies: PolicyFile,
  controlSet: string,
): RegistryChange[] {
  const wanted = new Map(
    policies.flatMap((record) => placesOf(record, controlSet).map((at) => [at, record.id] as const)),
  );
  return registry.flatMap(({ name: hive, changes }) =>
    changes.map((change): RegistryChange => {
      const { kind, key, step } = change;
      if (!('name' in change)) return { hive, key, kind, step };
      const policy = wanted.get(place(hive, key, change.name));
      return {
        ...{ hive, key, kind, name: change.name },
        ...(change.before === undefined ? {} : { before: shown(change.before) }),
        ...('after' in change ? { after: shown(change.after) } : {}),
        step,
        ...(policy === undefined ? {} : { policy }),
      };
    }),
  );
}

/** The document `registry-changes.json`. */
export function registryDocument(
  { edition, version }: WindowsLock,
  lockSha256: string,
  changes: readonly RegistryChange[],
) {
  return { schema: 'imprint/registry-changes/v1', edition, version, lockSha256, changes };
}
