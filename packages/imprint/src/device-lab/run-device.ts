import { isImprintError } from '@imprint/protocol';
import { type BootOptions, bootDevice, type Device, type WaitOptions, waitForDevice } from './device.ts';
import { probeKvm } from './kvm-probe.ts';
import type { Accelerator } from './qemu.ts';

export interface RunOptions<T> extends Omit<BootOptions, 'accelerator'>, WaitOptions<T> {
  /** Told which accelerator is used, and why software emulation when it is that. */
  readonly onAccelerator?: (accelerator: Accelerator, reason: string | undefined) => void;
}

/**
 * Boots a device and waits for its answer: with KVM where KVM works, else in software. A machine that KVM
 * lets down after all is booted once more in software. The device is returned running; on any error it is stopped.
 * @throws LAB_QEMU_MISSING, LAB_GUEST_ENDED, LAB_GUEST_BROKEN, LAB_REPORT_LATE
 */
export async function runDevice<T>(options: RunOptions<T>): Promise<{ device: Device; answer: T }> {
  const verdict = await probeKvm(options.qemu === undefined ? {} : { qemu: options.qemu });
  if (!verdict.usable) {
    options.onAccelerator?.('tcg', verdict.reason);
    return bootAndWait({ ...options, accelerator: 'tcg' });
  }
  options.onAccelerator?.('kvm', undefined);
  try {
    return await bootAndWait({ ...options, accelerator: 'kvm' });
  } catch (error) {
    if (!isImprintError(error, 'LAB_GUEST_ENDED')) throw error;
    options.onAccelerator?.('tcg', String(error.params.reason));
    return bootAndWait({ ...options, accelerator: 'tcg' });
  }
}

async function bootAndWait<T>(options: BootOptions & WaitOptions<T>): Promise<{ device: Device; answer: T }> {
  const device = await bootDevice(options);
  try {
    return { device, answer: await waitForDevice(device, options) };
  } catch (error) {
    await device.stop();
    throw error;
  }
}
