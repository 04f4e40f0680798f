import type { Device } from '../device.ts';
import { loadReadable } from '../state/json.ts';
import { directiveOf } from './providers.ts';
import { outcomeRecord } from './records.ts';

/** True where another provider was directed than the last run heard of. */
export function isAntivirusDue(device: Device): boolean {
  const directive = directiveOf(device);
  if (directive === undefined || device.platform.windows !== undefined) return false;
  return loadReadable(device.files, outcomeRecord)?.directed !== directive.provider;
}
