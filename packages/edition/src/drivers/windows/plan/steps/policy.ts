import { type PolicyFile, windowsDevicePaths } from '@imprint/protocol';
import type { Json, StepDefinition } from '../../../../plan/model.ts';
import { hivePaths } from '../../data/hives.ts';
import { carriedWindowsPolicies } from '../../data/policies/index.ts';
import type { HiveName, PlannedEdit, WindowsAction } from '../../model.ts';
import { jsonText, type WindowsStepContext } from '../context.ts';
import { registryActions } from '../edits.ts';

/** The policy baseline: each policy's registry values, and the list by which the device observes them. */
export function policyStep({ lock }: WindowsStepContext): StepDefinition<WindowsAction> {
  const carried = carriedWindowsPolicies(lock);
  const { controlSet } = lock.image;
  const settings = carried.flatMap((policy) => policy.settings);
  const editsOf = (name: HiveName) =>
    settings
      .filter(({ hive }) => hive === name)
      .map(({ hive: _, ...edit }): PlannedEdit => {
        return { ...edit, key: edit.key.replace('{controlSet}', controlSet) };
      });
  const file: PolicyFile = carried.map(({ id, title, intended, observe }) => ({
    id,
    title,
    intended,
    source: `manifest#/policy/${id}`,
    observe: [...observe],
  }));
  const hives = Object.keys(hivePaths) as HiveName[];
  return {
    id: 'policy',
    kind: 'overlay',
    version: 1,
    settings: Object.fromEntries(carried.map(({ id, intended }) => [id, intended as Json])),
    actions: [
      ...hives.flatMap((hive) => registryActions(hive, editsOf(hive))),
      { kind: 'write', path: windowsDevicePaths.policy, text: jsonText(file), encoding: 'utf-8' },
    ],
  };
}
