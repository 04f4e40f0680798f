import type { DebianLock, WindowsLock } from '@imprint/protocol';
import { pressWindows } from '../drivers/windows/index.ts';
import { type DebianBuildPlan, isWindowsPlan } from '../plan/model.ts';
import type { Reporter } from '../progress.ts';
import { openContentStore } from '../store/index.ts';
import { buildLayers, buildTools } from './build-layers.ts';
import { type FinishedBuild, finishBuild } from './finish-build.ts';
import { openLayerStore } from './layer-store.ts';
import type { PressRequest } from './press-request.ts';
import { asStepFailure } from './step-failure.ts';
import { makeWorkDirectory } from './work-directory.ts';
import type { Workshop } from './workshop.ts';

/** A whole build, run as root inside a private mount and process namespace. */
export async function pressBuild(request: PressRequest, report: Reporter): Promise<FinishedBuild> {
  const { plan, lock } = request;
  return isWindowsPlan(plan)
    ? pressWindows({ ...request, plan, lock: lock as WindowsLock }, report)
    : pressDebian({ ...request, plan, lock: lock as DebianLock }, report);
}

async function pressDebian(
  request: PressRequest<DebianBuildPlan, DebianLock>,
  report: Reporter,
): Promise<FinishedBuild> {
  const { plan, lock, home } = request;
  const layers = openLayerStore(home);
  await layers.sweep();
  const work = await makeWorkDirectory(home, lock);
  const store = openContentStore(request.storeDirectory);
  const shop: Workshop = { plan, lock, home, store, layers, work, report };
  try {
    await buildLayers(shop);
    if (plan.outputs.length > 0) await buildTools(shop);
    return await finishBuild(shop);
  } catch (error) {
    throw asStepFailure(error, 'build', home);
  }
}
