import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isImprintError, type WindowsLock } from '@imprint/protocol';
import { buildError } from '../../../engine/errors.ts';
import type { FinishedBuild } from '../../../engine/finish-build.ts';
import type { PressRequest } from '../../../engine/press-request.ts';
import { asStepFailure } from '../../../engine/step-failure.ts';
import { openOutputStore } from '../../../outputs/output-store.ts';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { Reporter } from '../../../progress.ts';
import { openContentStore } from '../../../store/index.ts';
import { openBaseImage } from './base-image.ts';
import { finishWindowsBuild } from './finish-windows-build.ts';
import { pressImage } from './press-image.ts';
import { probeMount } from './probe-mount.ts';
import type { HiveMethod, WindowsShop } from './shop.ts';
import { toolVersions } from './tool-versions.ts';

interface PressOptions {
  /** How hives are put back; what works here if not given. */
  readonly hiveMethod?: HiveMethod;
  readonly signal?: AbortSignal;
}

async function hiveMethodOf(work: string, report: Reporter): Promise<HiveMethod> {
  const obstacle = await probeMount(work);
  if (obstacle === undefined) return 'in-place';
  const note = `hives are replaced, not edited in place: ${obstacle}`;
  report({ at: new Date().toISOString(), stage: 'registry', kind: 'warn', note });
  return 'replaced';
}

/**
 * Presses a Windows edition: the image, the outputs, the evidence, and `build.json` as the last file. Runs as root in a
 * private mount and process namespace, so that a killed build leaves no mount. The vendor's files are only read.
 *
 * @throws WINDOWS_PRESS_*, WINDOWS_HIVE_*, WINDOWS_WIM_*, WINDOWS_TOOL_*, WINDOWS_SIGNATURE_*, WINDOWS_CORE_*,
 *   BUILD_NO_SPACE, BUILD_STEP_FAILED
 */
export async function pressWindows(
  request: PressRequest<WindowsBuildPlan, WindowsLock>,
  report: Reporter,
  { hiveMethod, signal }: PressOptions = {},
): Promise<FinishedBuild> {
  const { plan, lock, home, catalogKey } = request;
  const work = join(home, 'run', 'press');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true, mode: 0o700 });
  await openOutputStore(home).sweep();
  try {
    const store = openContentStore(request.storeDirectory);
    const base = await openBaseImage(lock.image, store, work);
    const [method, tools] = [hiveMethod ?? (await hiveMethodOf(work, report)), await toolVersions(plan)];
    const shop: WindowsShop = {
      plan,
      lock,
      home,
      store,
      work,
      base,
      method,
      tools,
      catalogKey,
      report,
      signal,
    };
    return await finishWindowsBuild(shop, await pressImage(shop));
  } catch (error) {
    if (isImprintError(error, 'STORE_FULL'))
      throw buildError('BUILD_NO_SPACE', { place: home }, { cause: error });
    throw asStepFailure(error, 'image', home);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
