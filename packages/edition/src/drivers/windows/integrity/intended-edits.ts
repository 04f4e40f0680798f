import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { ContentStore } from '../../../store/index.ts';
import { trustRootEdits } from '../formats/certificate-blob.ts';
import type { RegistryEdit } from '../formats/reg/model.ts';
import { dwordValue, multiTextValue, textValue } from '../formats/regf/model.ts';
import type { HiveName, PlannedEdit } from '../model.ts';

/** One edit a plan makes in a hive, and the step that makes it. */
export interface IntendedEdit {
  readonly hive: HiveName;
  readonly edit: RegistryEdit;
  readonly step: string;
}

function qwordValue(number: number) {
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(BigInt(number));
  return { type: 'qword', data } as const;
}

function registryEdit(edit: PlannedEdit): RegistryEdit {
  if (!('type' in edit)) return edit;
  const { key, name } = edit;
  switch (edit.type) {
    case 'sz':
    case 'expand-sz':
      return { key, name, value: textValue(edit.type, edit.data) };
    case 'dword':
      return { key, name, value: dwordValue(edit.data) };
    case 'qword':
      return { key, name, value: qwordValue(edit.data) };
    case 'multi-sz':
      return { key, name, value: multiTextValue(edit.data) };
  }
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
