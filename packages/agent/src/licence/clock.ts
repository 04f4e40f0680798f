import type { Device } from '../device.ts';
import { type Licence, readLicence } from './read.ts';
import { licenceClockRecord } from './records.ts';

/** Keeps where the licence clock stands: the high-water mark of everything signed that was seen here. */
export const keepClock = (device: Device, { clock }: Licence): void =>
  licenceClockRecord.save(device.files, clock.record);

/** Keeps it once more before the system stops, so that the next start knows when that was. */
export async function noteStop(device: Device): Promise<void> {
  const licence = await readLicence(device);
  if (licence !== undefined) keepClock(device, licence);
}
