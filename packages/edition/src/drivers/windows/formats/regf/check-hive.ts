import { windowsError } from '../../errors.ts';
import { diffHives, type HiveChange } from './diff-hives.ts';
import { keyIndexFaults } from './key-index.ts';
import type { RegistryValue } from './model.ts';
import { foldName } from './names.ts';
import type { Hive } from './read-hive.ts';

function valueText(value: RegistryValue | undefined): string {
  return value === undefined ? 'none' : `${value.type}:${value.data.toString('hex')}`;
}

function identityOf(change: HiveChange): string {
  const parts: string[] = [change.kind, change.key];
  if ('what' in change) parts.push(change.what);
  if ('name' in change) parts.push(change.name, valueText(change.before));
  if ('after' in change) parts.push(valueText(change.after));
  return JSON.stringify(parts);
}

function labelOf(change: HiveChange): string {
  const detail = 'name' in change ? `\\${change.name}` : 'what' in change ? ` (${change.what})` : '';
  return `${change.kind} ${change.key}${detail}`;
}

function labels(changes: readonly HiveChange[], others: readonly HiveChange[], prefix: string): string[] {
  const known = new Set(others.map(identityOf));
  return changes.flatMap((change) => (known.has(identityOf(change)) ? [] : [`${prefix} ${labelOf(change)}`]));
}

/** A base hive, the hive edited from it, and the changes that were meant. */
export interface HiveCheck {
  readonly base: Hive;
  readonly edited: Hive;
  readonly intended: readonly HiveChange[];
}

/**
 * Checks that an edited hive differs from its base by the intended changes and nothing else, and that Windows would find
 * the keys that are new.
 *
 * @throws WINDOWS_HIVE_MISMATCH
 */
export function checkHive({ base, edited, intended }: HiveCheck): void {
  const actual = diffHives(base, edited);
  const added = intended.flatMap(({ kind, key }) => (kind === 'added-key' ? [foldName(key)] : []));
  const differences = [
    ...labels(intended, actual, 'without'),
    ...labels(actual, intended, 'with'),
    ...keyIndexFaults(edited, new Set(added)).map((fault) => `with a wrong ${fault}`),
  ];
  const [first] = differences;
  if (first !== undefined)
    throw windowsError('WINDOWS_HIVE_MISMATCH', { name: base.name, count: differences.length, first });
}
