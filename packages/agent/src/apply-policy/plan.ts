import type { PolicyRecord } from '@imprint/protocol';
import { checkedKeys, isExpected } from '../observe/policy/registry.ts';
import type { Registry, RegistryValue } from '../platform/model.ts';

/** A registry value that is not as the edition's policy says, and what it is to be. */
export interface PolicyEdit {
  readonly policy: string;
  readonly key: string;
  readonly name: string;
  readonly value: RegistryValue;
}

/** The edits that would make every registry policy hold: only values seen to differ, none that could not be read. */
export function planPolicyEdits(
  records: readonly PolicyRecord[],
  read: Registry['read'],
  users: readonly string[],
): PolicyEdit[] {
  return records.flatMap(({ id, observe }) =>
    observe.flatMap((check) => {
      if (check.kind !== 'registry') return [];
      const drifted = checkedKeys(check, users).filter((key) => {
        const value = read(key, check.name);
        return value === 'absent' || (value !== 'unreadable' && !isExpected(value, check));
      });
      const value = { type: check.type, text: check.expected };
      return drifted.map((key) => ({ policy: id, key, name: check.name, value }));
    }),
  );
}
