import { isImprintError } from '@imprint/protocol';
import { credential, type Device } from '../device.ts';
import { openContent } from '../http/content.ts';
import { enrolAnew } from '../message/enrol.ts';
import { readSettings } from '../settings.ts';
import { enrolmentRecord } from '../state/records.ts';
import { keepClock } from './clock.ts';
import { type Licence, readLicence, readLicenceUnder } from './read.ts';
import { requestLease } from './renew.ts';
import { refreshRevocations } from './revocations.ts';
import { isRequestDue } from './rules.ts';
import { licensingRoot } from './trusted-root.ts';

/** As with the lease itself, a slow answer holds up nothing else. */
const listMs = 60_000;

const isDuplicate = (error: unknown): boolean =>
  isImprintError(error, 'AGENT_SERVER_REFUSED') && error.params.code === 'LICENSING_DUPLICATE';

/** Another holder of this key has the seat: with a token at hand this machine becomes a device of its own. */
async function separate(device: Device): Promise<void> {
  const token = credential(device, 'imprint.enrol-token');
  if (token === undefined) return;
  const { deviceId } = await enrolAnew(device, token);
  device.log(`another device holds this key's seat; enrolled anew as ${deviceId}`);
  const licence = await readLicence(device);
  if (licence !== undefined) await requestLease(device, licence);
}

async function renew(device: Device, licence: Licence): Promise<void> {
  const { lease, state, clock, attempts } = licence;
  const due = { state, lease, nowMs: clock.nowMs, wallMs: device.now().getTime(), attempts };
  if (licence.deviceId === undefined || !isRequestDue(due)) return;
  try {
    const { claims, code } = await requestLease(device, licence);
    const end = new Date(claims.exp * 1000).toISOString();
    device.log(`lease ${claims.generation} until ${end}${code === undefined ? '' : ` (${code})`}`);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    device.log('another device holds the seat of this key');
    await separate(device);
  }
}

/**
 * Keeps the licence up: takes the newest revocation list, notes the time, asks for a lease when one is due. Whatever fails is
 * logged and remembered; nothing else a device does waits for it or depends on it. A device that never met its server asks
 * nobody, and notes the time all the same.
 */
export async function keepLicence(device: Device): Promise<void> {
  try {
    const root = await licensingRoot(device);
    if (root === undefined) return;
    const isEnrolled = enrolmentRecord.load(device.files) !== undefined;
    if (isEnrolled) await refreshRevocations(device, root, openContent(readSettings(device).server, listMs));
    const licence = readLicenceUnder(device, root);
    keepClock(device, licence);
    if (isEnrolled) await renew(device, licence);
  } catch (error) {
    const word = isImprintError(error) ? `${error.code} ${error.message}` : String(error);
    device.log(`licence: ${word}`);
  }
}
