import {
  isImprintError,
  type LeaseClaims,
  type LicenceState,
  type RevocationClaims,
} from '@imprint/protocol';
import {
  type ClockRecord,
  isRevoked,
  licenceStateOf,
  type Metadata,
  observeClock,
  type RootSigned,
  readTypedLease,
  verifyLease,
} from '@imprint/trust';
import type { Device } from '../device.ts';
import { loadDeviceKey } from '../message/key.ts';
import { releaseRecord } from '../state/records.ts';
import {
  type Attempts,
  attemptsRecord,
  type KeptLease,
  kept,
  leaseRecord,
  licenceClockRecord,
} from './records.ts';
import { heldRevocations } from './revocations.ts';
import { licensingRoot } from './trusted-root.ts';

/** A device's licence as it stands: everything here was verified just now or follows from what was. */
export interface Licence {
  readonly root: Metadata<RootSigned>;
  readonly state: LicenceState;
  readonly deviceId: string | undefined;
  readonly lease: LeaseClaims | undefined;
  readonly revocations: RevocationClaims | undefined;
  /** The last attempts that still mean something. */
  readonly attempts: Attempts | undefined;
  /** Why there is no better state: the last refusal, or what is wrong with the lease kept. */
  readonly code: string | undefined;
  readonly clock: { readonly record: ClockRecord; readonly nowMs: number; readonly isSuspect: boolean };
}

/** A lease as it is kept, verified for this device. @throws TRUST_LEASE_*, TRUST_LICENCE_*, TRUST_CODE_* */
export function verifyKept(lease: KeptLease, root: Metadata<RootSigned>, deviceId: string): LeaseClaims {
  if (!('typed' in lease)) return verifyLease(lease, root, { deviceId });
  const { typed, nonce, edition, deviceClass } = lease;
  return readTypedLease(typed, { deviceId, nonce, edition, deviceClass }, root);
}

function heldLease(device: Device, root: Metadata<RootSigned>, deviceId: string | undefined) {
  const lease = kept(leaseRecord, device.files);
  if (lease === undefined || deviceId === undefined) return {};
  try {
    return { lease: verifyKept(lease, root, deviceId) };
  } catch (error) {
    if (isImprintError(error)) return { code: error.code };
    throw error;
  }
}

/** Instants in what was signed and verified here: no honest clock stands before any of them. */
function signedTimes(
  device: Device,
  lease: LeaseClaims | undefined,
  revocations: RevocationClaims | undefined,
): number[] {
  const release = kept(releaseRecord, device.files)?.release;
  const instants = [release?.proposedAt, release?.antivirusDefinitions?.builtAt];
  return [
    ...instants.map((instant) => Date.parse(instant ?? '')),
    (lease?.iat ?? Number.NaN) * 1000,
    (revocations?.iat ?? Number.NaN) * 1000,
  ].filter(Number.isFinite);
}

const duplicateCodes: readonly (string | undefined)[] = [
  'LICENSING_DUPLICATE',
  'LICENSING_DUPLICATE_SUSPECT',
];

/** Looks at the licence under a root; writes nothing. @throws AGENT_NOT_PERMITTED */
export function readLicenceUnder(device: Device, root: Metadata<RootSigned>): Licence {
  const deviceId = loadDeviceKey(device)?.deviceId;
  const { lease, code } = heldLease(device, root, deviceId);
  const revocations = heldRevocations(device.files, root);
  const { platform } = device;
  const clock = observeClock(kept(licenceClockRecord, device.files), {
    wallMs: device.now().getTime(),
    uptimeMs: platform.uptimeMs(),
    bootId: platform.bootId(),
    signedMs: signedTimes(device, lease, revocations),
  });
  const last = kept(attemptsRecord, device.files);
  const isCurrent = last?.deviceId === deviceId && last?.generation === (lease?.generation ?? 0);
  const attempts = isCurrent ? last : undefined;
  const state = licenceStateOf({
    lease,
    nowMs: clock.nowMs,
    isClockSuspect: clock.isSuspect,
    isRevoked:
      lease !== undefined && revocations !== undefined && isRevoked(revocations, lease.sub, lease.generation),
    isDuplicate: duplicateCodes.includes(attempts?.code),
  });
  return { root, state, deviceId, lease, revocations, attempts, code: attempts?.code ?? code, clock };
}

/** Looks at the licence; undefined where the edition pins no licence key. @throws AGENT_SETTINGS_MISSING, TRUST_TUF_* */
export async function readLicence(device: Device): Promise<Licence | undefined> {
  const root = await licensingRoot(device);
  return root === undefined ? undefined : readLicenceUnder(device, root);
}
