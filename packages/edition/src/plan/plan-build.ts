import { type DebianLock, type EditionLock, isWindowsLock } from '@imprint/protocol';
import { debianSteps, plannedPackages } from '../drivers/debian/index.ts';
import { planWindows } from '../drivers/windows/index.ts';
import { lockSha256 } from '../lock/index.ts';
import { layerKey, noParent, toolsKey } from './key.ts';
import type {
  BuildPlan,
  DebianBuildPlan,
  DebianOutputKind,
  OutputKind,
  PlanOptions,
  PlanStep,
} from './model.ts';
import { plannedOutput } from './outputs.ts';

const outputOrder: readonly DebianOutputKind[] = ['rootfs', 'squashfs', 'disk'];

function chainSteps(lock: DebianLock, digest: string): PlanStep[] {
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
export function planBuild<L extends EditionLock>(
  lock: L,
  options: PlanOptions,
): L extends DebianLock ? DebianBuildPlan : BuildPlan;
export function planBuild(lock: EditionLock, options: PlanOptions): BuildPlan {
  return isWindowsLock(lock) ? planWindows(lock, options) : planDebian(lock, options);
}

function planDebian(lock: DebianLock, options: PlanOptions): DebianBuildPlan {
  const digest = lockSha256(lock);
  const wanted = new Set<OutputKind>(options.outputs ?? lock.manifest.outputs);
  const outputs = outputOrder
    .filter((kind) => wanted.has(kind))
    .map((kind) => plannedOutput(kind, lock, options.profile));
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
