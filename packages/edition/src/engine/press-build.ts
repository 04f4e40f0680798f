import type { EditionLock } from '@imprint/protocol';
import type { BuildPlan } from '../plan/model.ts';
import type { Reporter } from '../progress.ts';
import { openContentStore } from '../store/index.ts';
import { buildLayers, buildTools } from './build-layers.ts';
import { type FinishedBuild, finishBuild } from './finish-build.ts';
import { openLayerStore } from './layer-store.ts';
import { asStepFailure } from './step-failure.ts';
import { makeWorkDirectory } from './work-directory.ts';
import type { Workshop } from './workshop.ts';

export interface PressRequest {
  readonly plan: BuildPlan;
  readonly lock: EditionLock;
  readonly home: string;
  readonly storeDirectory: string;
}

/** A whole build, run as root inside a private mount and process namespace. */
export async function pressBuild(request: PressRequest, report: Reporter): Promise<FinishedBuild> {
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
