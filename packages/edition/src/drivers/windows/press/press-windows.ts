import type { WindowsLock } from '@imprint/protocol';
import type { FinishedBuild } from '../../../engine/finish-build.ts';
import type { PressRequest } from '../../../engine/press-request.ts';
import type { WindowsBuildPlan } from '../../../plan/model.ts';
import type { Reporter } from '../../../progress.ts';

export async function pressWindows(
  request: PressRequest<WindowsBuildPlan, WindowsLock>,
  _report: Reporter,
): Promise<FinishedBuild> {
  throw new TypeError(`${request.lock.edition} is a Windows edition`);
}
