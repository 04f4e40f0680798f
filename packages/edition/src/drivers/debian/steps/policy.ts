import { devicePaths, type PolicyFile } from '@imprint/protocol';
import type { Json, StepDefinition } from '../../../plan/model.ts';
import { jsonText, type StepContext } from '../context.ts';
import { carriedPolicies } from '../policies/index.ts';

/** The policy baseline: each policy's settings, and the list by which the device observes them. */
export function policyStep({ lock }: StepContext): StepDefinition {
  const carried = carriedPolicies(lock);
  const file: PolicyFile = carried.map(({ id, title, intended, observe }) => ({
    id,
    title,
    intended,
    source: `manifest#/policy/${id}`,
    observe: [...observe],
  }));
  return {
    id: 'policy',
    kind: 'overlay',
    version: 2,
    settings: Object.fromEntries(carried.map(({ id, intended }) => [id, intended as Json])),
    actions: [
      ...carried.flatMap(({ actions }) => actions),
      { kind: 'write', path: devicePaths.policy, mode: 0o644, text: jsonText(file) },
    ],
  };
}
