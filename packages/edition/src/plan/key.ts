import { canonicalJson, sha256Hex } from '@imprint/trust';
import type { BuildPlan, PlannedPackage, StepDefinition } from './model.ts';

/** The parent of the first layer. */
export const noParent = '0'.repeat(64);

/**
 * Names a layer by all that decides its bytes: the layer below, the step with its version and actions (which name
 * every input by digest), and the instant timestamps are clamped to.
 */
export function layerKey(parentKey: string, step: StepDefinition<unknown>, sourceDateEpoch: number): string {
  const { id, kind, version, actions } = step;
  return sha256Hex(
    canonicalJson({ schema: 'imprint/layer/v1', parentKey, id, kind, version, actions, sourceDateEpoch }),
  );
}

/** Names the unpacked tool set by its packages' digests. */
export function toolsKey(packages: readonly PlannedPackage[]): string {
  return sha256Hex(
    canonicalJson({ schema: 'imprint/tools/v1', packages: packages.map(({ sha256 }) => sha256) }),
  );
}

/** Names a plan by its content. */
export function planSha256(plan: BuildPlan): string {
  return sha256Hex(canonicalJson(plan));
}
