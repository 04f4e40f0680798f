import type { Device } from '../device.ts';
import { agentError } from '../errors.ts';
import { installedPackages } from '../observe/dpkg.ts';

const timeoutMs = 10 * 60_000;

/** Runs dpkg on this device's root without a question. @throws AGENT_ANTIVIRUS_INSTALL_FAILED */
function runDpkg(device: Device, packageName: string, args: readonly string[]): void {
  const root = device.root === '/' ? [] : [`--root=${device.root}`];
  const argv = ['DEBIAN_FRONTEND=noninteractive', 'dpkg', '--force-confold', ...root, ...args];
  const result = device.run('env', argv, { timeoutMs });
  if (result?.status === 0) return;
  const reason = result === undefined ? 'no answer of dpkg' : `exit status ${result.status} of dpkg`;
  throw agentError('AGENT_ANTIVIRUS_INSTALL_FAILED', { package: packageName, reason });
}

/**
 * Installs one package file; one that cannot be configured here is taken away again, so that none is left half-way. Where an earlier
 * version is what protects, it is not: dpkg keeps of that what it can.
 * @throws AGENT_ANTIVIRUS_INSTALL_FAILED
 */
export function installPackage(device: Device, packageName: string, debFile: string): void {
  const isUpgrade = installedPackages(device)?.has(packageName) === true;
  try {
    runDpkg(device, packageName, ['--install', debFile]);
  } catch (error) {
    if (isUpgrade) throw error;
    try {
      runDpkg(device, packageName, ['--purge', packageName]);
    } catch {
      device.log(`${packageName} could not be taken away again`);
    }
    throw error;
  }
}

/** Takes a package away with its settings. @throws AGENT_ANTIVIRUS_INSTALL_FAILED */
export const removePackage = (device: Device, packageName: string): void =>
  runDpkg(device, packageName, ['--purge', packageName]);
