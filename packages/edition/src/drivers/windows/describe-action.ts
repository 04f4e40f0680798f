import type { PlannedEdit, WindowsAction } from './model.ts';

function describeEdits(edits: readonly PlannedEdit[]): string {
  const counts = [
    ['set', 'value', edits.filter((edit) => 'data' in edit).length],
    ['remove', 'value', edits.filter((edit) => 'remove' in edit).length],
    ['add', 'key', edits.filter((edit) => 'addKey' in edit).length],
    ['remove', 'key', edits.filter((edit) => 'removeKey' in edit).length],
  ] as const;
  return counts
    .filter(([, , count]) => count > 0)
    .map(([verb, what, count]) => `${verb} ${count} ${what}${count === 1 ? '' : 's'}`)
    .join(', ');
}

/** One line that says what an action does. */
export function describeWindowsAction(action: WindowsAction): string {
  switch (action.kind) {
    case 'registry':
      return `${describeEdits(action.edits)} in the registry hive ${action.hive}`;
    case 'trust-certificate':
      return `trust the authority ${action.sha256.slice(0, 12)}`;
    case 'write':
      return `write ${action.path}`;
    case 'copy':
      return `copy ${action.sha256.slice(0, 12)} to ${action.path}`;
    case 'catalog':
      return `list every added file in ${action.path}`;
  }
}
