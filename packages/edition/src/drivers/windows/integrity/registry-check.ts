import { changesOfEdits } from '../formats/regf/changes-of-edits.ts';
import { diffHives, type HiveChange } from '../formats/regf/diff-hives.ts';
import { keyIndexFaults } from '../formats/regf/key-index.ts';
import type { RegistryValue } from '../formats/regf/model.ts';
import { foldName } from '../formats/regf/names.ts';
import { readHive } from '../formats/regf/read-hive.ts';
import type { HiveName } from '../model.ts';
import type { IntendedEdit } from './intended-edits.ts';
import type { WimFinding } from './model.ts';

/** A hive before and after, on disk; `path` is where it lies in the image. */
export interface HiveFiles {
  readonly name: HiveName;
  readonly path: string;
  readonly base: string;
  readonly edited: string;
}

/** A change that was meant and made, with the step that meant it. */
export type ExplainedChange = HiveChange & { readonly step: string };

/** What was done to a hive, and what of it nobody asked for or never came about. */
export interface HiveFindings {
  readonly changes: readonly ExplainedChange[];
  readonly violations: readonly WimFinding[];
}

const textOf = (value: RegistryValue | undefined) =>
  value === undefined ? 'none' : `${value.type}:${value.data.toString('hex')}`;

function identityOf(change: HiveChange): string {
  const { kind, key } = change;
  const what = 'what' in change ? change.what : '';
  const value = 'name' in change ? [change.name, textOf(change.before)] : [];
  return JSON.stringify([kind, key, what, ...value, 'after' in change ? textOf(change.after) : '']);
}

function labelOf(change: HiveChange): string {
  if ('name' in change) return `${change.kind} ${change.key}\\${change.name}`;
  return 'what' in change ? `${change.what} of ${change.key}` : `${change.kind} ${change.key}`;
}

function isBelow(key: string, ancestor: string): boolean {
  const [child, parent] = [foldName(key), foldName(ancestor)];
  return parent === '' || child === parent || child.startsWith(`${parent}\\`);
}

/** The first step whose edit has this effect, also on the keys above a value or below a removed key. */
function stepOf(change: HiveChange, edits: readonly IntendedEdit[]): string {
  const same = edits.find(
    ({ edit }) =>
      'name' in change &&
      'name' in edit &&
      foldName(edit.key) === foldName(change.key) &&
      foldName(edit.name) === foldName(change.name),
  );
  const around = ({ edit }: IntendedEdit) =>
    'removeKey' in edit
      ? isBelow(change.key, edit.key)
      : change.kind === 'added-key' && isBelow(edit.key, change.key);
  return (same ?? edits.find(around))?.step ?? 'unknown';
}

/** Compares what was done to a hive with what the plan asks for: exactly that, and nothing else. */
export async function checkHiveChanges(
  files: HiveFiles,
  intended: readonly IntendedEdit[],
): Promise<HiveFindings> {
  const edits = intended.filter(({ hive }) => hive === files.name);
  const { hive: base } = await readHive(files.base);
  const { hive: edited } = await readHive(files.edited);
  const meant = changesOfEdits(
    base,
    edits.map(({ edit }) => edit),
  );
  const made = diffHives(base, edited);
  const meantBy = new Map(meant.map((change) => [identityOf(change), change]));
  const madeBy = new Set(made.map(identityOf));
  const added = meant.flatMap(({ kind, key }) => (kind === 'added-key' ? [foldName(key)] : []));
  const notes = [
    ...made
      .filter((change) => !meantBy.has(identityOf(change)))
      .map((change) => `not planned: ${labelOf(change)}`),
    ...meant
      .filter((change) => !madeBy.has(identityOf(change)))
      .map((change) => `planned and not found: ${labelOf(change)}`),
    ...keyIndexFaults(edited, new Set(added)).map((fault) => `wrong ${fault}`),
  ];
  return {
    changes: made
      .filter((change) => meantBy.has(identityOf(change)))
      .map((change) => ({ ...change, step: stepOf(change, edits) })),
    violations: notes.map((note) => ({ path: files.path, facets: ['content'], note })),
  };
}
