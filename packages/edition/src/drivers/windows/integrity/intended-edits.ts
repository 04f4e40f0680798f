import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { ContentStore } from '../../../store/index.ts';
import { trustRootEdits } from '../formats/certificate-blob.ts';
import type { RegistryEdit } from '../formats/reg/model.ts';
import type { HiveName } from '../model.ts';
import { registryEdit } from '../registry-edit.ts';

/** One edit a plan makes in a hive, and the step that makes it. */
export interface IntendedEdit {
  readonly hive: HiveName;
  readonly edit: RegistryEdit;
  readonly step: string;
}

/** Every registry edit of a plan in order, certificates as the store's edits that trust them. */
export async function intendedEdits(
  plan: WindowsBuildPlan,
  store: ContentStore,
): Promise<readonly IntendedEdit[]> {
  const intended: IntendedEdit[] = [];
  for (const { id: step, actions } of plan.steps)
    for (const action of actions) {
      if (action.kind === 'registry')
        for (const edit of action.edits) intended.push({ hive: action.hive, edit: registryEdit(edit), step });
      if (action.kind === 'trust-certificate')
        for (const edit of trustRootEdits(await store.read(action.sha256)))
          intended.push({ hive: 'software', edit, step });
    }
  return intended;
}
