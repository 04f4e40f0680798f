import { windowsDevicePaths } from '@imprint/protocol';
import { foldPath } from '../formats/wim/wim-path.ts';
import { windowsPressError } from './errors.ts';

/** Below these lies what belongs to one machine: the agent's key, enrolment and lease, and the host keys of OpenSSH. */
const belongsToOne: readonly RegExp[] = [
  new RegExp(`^${foldPath(windowsDevicePaths.state)}/.`),
  new RegExp(`^${foldPath('/ProgramData/ssh/ssh_host_')}`),
];

/**
 * Refuses an image in which every installation would be the same device: because the vendor's image was captured on a machine
 * in use, or because the plan puts something there.
 *
 * @throws WINDOWS_PRESS_DEVICE_STATE
 */
export function refuseDeviceState(paths: Iterable<string>): void {
  const found = [...paths].filter((path) => belongsToOne.some((pattern) => pattern.test(foldPath(path))));
  if (found.length > 0)
    throw windowsPressError('WINDOWS_PRESS_DEVICE_STATE', { paths: found.sort().slice(0, 10).join(', ') });
}
