import type { WindowsLock } from '@imprint/protocol';
import { lockSha256 } from '../../../lock/lock-file.ts';
import { layerKey } from '../../../plan/key.ts';
import type {
  OutputKind,
  PlanOptions,
  PlanStep,
  WindowsBuildPlan,
  WindowsOutputKind,
} from '../../../plan/model.ts';
import { imageKey } from '../image-key.ts';
import type { WindowsAction } from '../model.ts';
import type { WindowsStepContext } from './context.ts';
import { checkConflicts } from './edits.ts';
import { firstBootPlan } from './first-boot-plan.ts';
import { plannedWindowsOutput } from './outputs.ts';
import { windowsSteps } from './steps/index.ts';

const outputOrder: readonly WindowsOutputKind[] = ['wim', 'swm', 'iso', 'esd'];

function chainSteps(context: WindowsStepContext): PlanStep<WindowsAction>[] {
  const { image, sourceDateEpoch } = context.lock;
  const definitions = windowsSteps(context).filter(({ actions }) => actions.length > 0);
  checkConflicts(definitions);
  const steps: PlanStep<WindowsAction>[] = [];
  let parentKey = imageKey(image);
  for (const definition of definitions) {
    const key = layerKey(parentKey, definition, sourceDateEpoch);
    steps.push({ ...definition, parentKey, key });
    parentKey = key;
  }
  return steps;
}

/**
 * Decides everything a build of this lock will do and all it leaves to the first boot; reads no file, no clock and no
 * machine.
 *
 * @throws WINDOWS_PLAN_* when wishes contradict each other or the image cannot carry one out
 */
export function planWindows(lock: WindowsLock, options: PlanOptions): WindowsBuildPlan {
  const digest = lockSha256(lock);
  const context = { lock, lockSha256: digest };
  const wanted = new Set<OutputKind>(options.outputs ?? lock.manifest.outputs);
  return {
    planVersion: 1,
    edition: lock.edition,
    version: lock.version,
    lockSha256: digest,
    profile: options.profile,
    architecture: lock.architecture,
    sourceDateEpoch: lock.sourceDateEpoch,
    image: lock.image,
    steps: chainSteps(context),
    firstBoot: firstBootPlan(context),
    outputs: outputOrder
      .filter((kind) => wanted.has(kind))
      .map((kind) => plannedWindowsOutput(kind, lock, digest)),
  };
}
