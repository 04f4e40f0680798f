import { isImprintError, type LicenceObservation } from '@imprint/protocol';
import { type Licence, readLicence } from '../licence/read.ts';
import type { Look } from './look.ts';

/** What a licence comes to, as it is reported: its state and what that follows from, no agency and no feature. */
export function licenceObservation({ state, lease, code }: Licence, now: Date): LicenceObservation {
  return {
    state,
    observedAt: now.toISOString(),
    ...(lease === undefined
      ? {}
      : { leaseEndsAt: new Date(lease.exp * 1000).toISOString(), generation: lease.generation }),
    ...(code === undefined ? {} : { code }),
  };
}

/** The licence as this device sees it; absent where the edition pins no licence key, or no root can be read at all. */
export async function observeLicence(look: Look): Promise<LicenceObservation | undefined> {
  try {
    const licence = await readLicence(look.device);
    return licence === undefined ? undefined : licenceObservation(licence, look.now);
  } catch (error) {
    // The figure of the release says what is wrong with the root; a licence never keeps a report from being sent.
    if (isImprintError(error)) return undefined;
    throw error;
  }
}
