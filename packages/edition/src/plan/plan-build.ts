import type { EditionLock } from '@imprint/protocol';
import { canonicalJson, sha256Hex } from '@imprint/trust';
import { debianSteps, plannedPackages } from '../drivers/debian/index.ts';
import { lockSha256 } from '../lock/index.ts';
import { layerKey, noParent, toolsKey } from './key.ts';
import type { BuildPlan, BuildProfile, OutputKind, PlannedOutput, PlanStep } from './model.ts';
import { plannedOutput } from './outputs.ts';

export interface PlanOptions {
  readonly profile: BuildProfile;
  /** Fewer outputs than the manifest asks for. */
  readonly outputs?: readonly OutputKind[];
}

const outputOrder: readonly OutputKind[] = ['rootfs', 'squashfs', 'disk'];

function chainSteps(lock: EditionLock, digest: string): PlanStep[] {
  const steps: PlanStep[] = [];
  let parentKey = noParent;
  for (const definition of debianSteps({ lock, lockSha256: digest })) {
    if (definition.actions.length === 0) continue;
    const key = layerKey(parentKey, definition, lock.sourceDateEpoch);
    steps.push({ ...definition, parentKey, key });
    parentKey = key;
  }
  return steps;
}

/**
 * Decides everything a build of this lock will do; reads no file, no clock and no machine.
 *
 * @throws BUILD_POLICY_UNSUPPORTED when the locked packages cannot carry out a policy
 */
export function planBuild(lock: EditionLock, options: PlanOptions): BuildPlan {
  const digest = lockSha256(lock);
  const wanted = new Set(options.outputs ?? lock.manifest.outputs);
  const outputs: PlannedOutput[] = outputOrder
    .filter((kind) => wanted.has(kind))
    .map((kind) => plannedOutput(kind, lock, digest, options.profile));
  const tools = plannedPackages(lock.tools);
  return {
    planVersion: 1,
    edition: lock.edition,
    version: lock.version,
    lockSha256: digest,
    profile: options.profile,
    architecture: lock.architecture,
    sourceDateEpoch: lock.sourceDateEpoch,
    steps: chainSteps(lock, digest),
    tools: { key: toolsKey(tools), packages: tools },
    outputs,
  };
}

export function planSha256(plan: BuildPlan): string {
  return sha256Hex(canonicalJson(plan));
}
