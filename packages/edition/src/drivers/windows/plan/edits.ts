import type { StepDefinition } from '../../../plan/model.ts';
import type { HiveName, PlannedEdit, WindowsAction } from '../model.ts';
import { windowsPlanError } from './errors.ts';

const folded = (text: string) => text.toUpperCase();
const nameOf = (edit: PlannedEdit) => ('name' in edit ? edit.name : '');
/** One place in a hive that an edit is about; a key itself is another place than its default value. */
const placeOf = (edit: PlannedEdit) =>
  `${folded(edit.key)}\0${'name' in edit ? `value ${folded(edit.name)}` : 'key'}`;

/** What an edit comes to, whatever the case it is spelled in. */
function effectOf(edit: PlannedEdit): string {
  if ('addKey' in edit) return 'add';
  if ('removeKey' in edit || 'remove' in edit) return 'remove';
  return JSON.stringify([edit.type, edit.data]);
}

/** Edits of one hive sorted by key and name, each once. Two that contradict each other both stay, for the check to name. */
export function tidyEdits(edits: readonly PlannedEdit[]): PlannedEdit[] {
  const once = new Map(edits.map((edit) => [`${placeOf(edit)}\0${effectOf(edit)}`, edit]));
  return [...once].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, edit]) => edit);
}

/** A registry action of tidy edits; none without edits. */
export function registryActions(hive: HiveName, edits: readonly PlannedEdit[]): WindowsAction[] {
  return edits.length === 0 ? [] : [{ kind: 'registry', hive, edits: tidyEdits(edits) }];
}

interface Claim {
  readonly step: string;
  readonly effect: string;
}

/** Records who wants what; returns the earlier step where another effect was wanted. */
function claim(claims: Map<string, Claim>, place: string, step: string, effect: string): string | undefined {
  const earlier = claims.get(place);
  if (earlier !== undefined && earlier.effect !== effect) return earlier.step;
  claims.set(place, { step, effect });
  return undefined;
}

/**
 * Checks that steps do not contradict each other about a registry value or add one file twice.
 *
 * @throws WINDOWS_PLAN_EDIT_CONFLICT, WINDOWS_PLAN_PATH_CONFLICT
 */
export function checkConflicts(steps: readonly StepDefinition<WindowsAction>[]): void {
  const values = new Map<string, Claim>();
  const paths = new Map<string, Claim>();
  for (const { id, actions } of steps) {
    for (const [index, action] of actions.entries()) {
      if (action.kind === 'registry') {
        const { hive } = action;
        for (const edit of action.edits) {
          const first = claim(values, `${hive}\0${placeOf(edit)}`, id, effectOf(edit));
          if (first === undefined) continue;
          const params = { hive, key: edit.key, name: nameOf(edit), first, second: id };
          throw windowsPlanError('WINDOWS_PLAN_EDIT_CONFLICT', params);
        }
      } else if ('path' in action) {
        const first = claim(paths, folded(action.path), id, `${id} ${index}`);
        if (first === undefined) continue;
        throw windowsPlanError('WINDOWS_PLAN_PATH_CONFLICT', { path: action.path, first, second: id });
      }
    }
  }
}
