import type { RegistryValue } from '../regf/model.ts';

/** Sets a value, making its key and the keys above it where they are missing. An empty name is the default value. */
export interface SetValue {
  /** Path below the hive's root, with backslashes; empty for the root. */
  readonly key: string;
  readonly name: string;
  readonly value: RegistryValue;
}

/** Removes a value; it need not be there. */
export interface RemoveValue {
  readonly key: string;
  readonly name: string;
  readonly remove: true;
}

/** Removes a key and all below it; it need not be there. */
export interface RemoveKey {
  readonly key: string;
  readonly removeKey: true;
}

/** Makes a key without values, and the keys above it. */
export interface AddKey {
  readonly key: string;
  readonly addKey: true;
}

/** One wish about a hive. Removed keys go first, so that a key can be removed and made anew. */
export type RegistryEdit = SetValue | RemoveValue | RemoveKey | AddKey;
