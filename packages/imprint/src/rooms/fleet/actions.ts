import type { EnrolResponse } from '@imprint/protocol';
import { serviceContext } from '../../platform/database/index.ts';
import type { Access } from '../../platform/http/access.ts';
import { record } from '../assurance/index.ts';
import { agencyPathOf } from '../organisation/index.ts';
import type { FleetContext } from './context.ts';
import { type Admission, admit, isDeploymentToken } from './deployment/enrol.ts';
import { fleetError } from './errors.ts';
import { hashOf, isSameDigest } from './hash.ts';
import { type Enrolment, readEnrolment } from './messages.ts';
import type { EnrolmentToken, NewEnrolmentToken } from './model.ts';
import { parseEnrolmentToken } from './rules.ts';
import {
  clearConflict,
  type DeviceRow,
  type EnrolmentTokenRow,
  findDevice,
  insertEnrolmentToken,
  lockEnrolmentToken,
  putDevice,
  useEnrolmentToken,
} from './store.ts';
import { enrolmentTokenOf } from './views.ts';

/**
 * Issues a one-time enrolment token for the asker's agency or one below it, valid a day unless said otherwise. The
 * secret is in the answer only.
 * @throws ORGANISATION_AGENCY_UNKNOWN
 */
export function issueEnrolmentToken(
  context: FleetContext,
  access: Access,
  wanted: NewEnrolmentToken,
): Promise<{ token: EnrolmentToken; secret: string }> {
  return context.database.transaction(access, async (trx) => {
    const now = context.clock.now();
    const id = context.ids.id();
    const secret = context.ids.secret();
    const row: EnrolmentTokenRow = {
      id,
      agency_path: await agencyPathOf(trx, wanted.agencyId ?? access.agencyId),
      label: wanted.label ?? 'device',
      secret_sha256: hashOf(secret),
      created_at: now,
      expires_at: new Date(now.getTime() + (wanted.validSeconds ?? 86_400) * 1000),
      used_at: null,
      used_by: null,
    };
    await insertEnrolmentToken(trx, row);
    const subject = `enrolment-token:${id}`;
    const { actor } = access;
    await record(trx, { at: now, action: 'fleet.issue-token', actor, agencyPath: row.agency_path, subject });
    return { token: enrolmentTokenOf(row), secret: `enr_${id}_${secret}` };
  });
}

/**
 * Enrols the device whose key signed the message, in the agency of the token it brings. The same key with the same token
 * again gets the same answer.
 * @throws FLEET_ENROLMENT_TOKEN_UNKNOWN, FLEET_ENROLMENT_TOKEN_EXPIRED, FLEET_ENROLMENT_TOKEN_USED and those of `readEnrolment`
 */
export async function enrol(context: FleetContext, message: string): Promise<EnrolResponse> {
  const now = context.clock.now();
  const enrolment = await readEnrolment(message, now);
  const { deviceId, jwk, request } = enrolment;
  if (isDeploymentToken(request.token)) return enrolDeployed(context, enrolment, hashOf(message), now);
  const brought = parseEnrolmentToken(request.token);
  if (brought === undefined) throw fleetError('FLEET_ENROLMENT_TOKEN_UNKNOWN');
  const answer = { deviceId, checkInSeconds: context.checkInSeconds };
  return context.database.transaction(serviceContext('enrolment'), async (trx) => {
    const token = await lockEnrolmentToken(trx, brought.id);
    if (token === undefined || !isSameDigest(token.secret_sha256, hashOf(brought.secret))) {
      throw fleetError('FLEET_ENROLMENT_TOKEN_UNKNOWN');
    }
    if (token.used_by === deviceId) return answer;
    if (token.used_by !== null) throw fleetError('FLEET_ENROLMENT_TOKEN_USED');
    if (token.expires_at <= now) {
      throw fleetError('FLEET_ENROLMENT_TOKEN_EXPIRED', { expiredAt: token.expires_at.toISOString() });
    }
    const { edition, channel, hostname, architecture } = request;
    const agencyPath = token.agency_path;
    await useEnrolmentToken(trx, token.id, deviceId, now);
    await putDevice(trx, {
      id: deviceId,
      agency_path: agencyPath,
      jwk,
      edition,
      channel,
      hostname,
      architecture,
      enrolled_at: now,
      conflict_at: null,
    });
    await record(trx, {
      at: now,
      action: 'fleet.enrol',
      actor: `device:${deviceId}`,
      agencyPath,
      subject: `enrolment-token:${token.id}`,
      digests: { message: hashOf(message) },
    });
    return answer;
  });
}

/** Enrols a device that brings a deployment token where its serial number's list says, with its token counted. */
async function enrolDeployed(
  context: FleetContext,
  { deviceId, jwk, request }: Enrolment,
  messageSha256: string,
  now: Date,
): Promise<EnrolResponse> {
  const { token, serialSha256, edition, channel, hostname, architecture } = request;
  await context.database.transaction(serviceContext('enrolment'), async (trx) => {
    const admitted: Admission = await admit(trx, { id: deviceId, token, serialSha256 }, now);
    const device = { id: deviceId, jwk, edition, channel, hostname, architecture };
    const known = admitted.isKnown ? await findDevice(trx, deviceId) : undefined;
    if (known !== undefined && isSetUpAlike(known, device)) return;
    const agencyPath = admitted.isKnown ? known?.agency_path : admitted.agencyPath;
    if (agencyPath === undefined) throw fleetError('FLEET_ENROLMENT_TOKEN_UNKNOWN');
    await putDevice(trx, { ...device, agency_path: agencyPath, enrolled_at: now, conflict_at: null });
    await record(trx, {
      at: now,
      action: !admitted.isKnown && admitted.isHeld ? 'fleet.enrol-held' : 'fleet.enrol',
      actor: `device:${deviceId}`,
      agencyPath,
      subject: `deployment-token:${admitted.tokenId}`,
      digests: { message: messageSha256 },
    });
  });
  return { deviceId, checkInSeconds: context.checkInSeconds };
}

type SetUp = Pick<DeviceRow, 'edition' | 'channel' | 'hostname' | 'architecture'>;

/** False for a machine that was set up anew with another edition, say: it stays where it is, but is another device to roll out to. */
const isSetUpAlike = (a: SetUp, b: SetUp): boolean =>
  a.edition === b.edition &&
  a.channel === b.channel &&
  a.hostname === b.hostname &&
  a.architecture === b.architecture;

/** Clears the conflict mark after a person has looked. @throws FLEET_DEVICE_UNKNOWN */
export function resolveConflict(context: FleetContext, access: Access, id: string): Promise<void> {
  return context.database.transaction(access, async (trx) => {
    const agencyPath = await clearConflict(trx, id);
    if (agencyPath === undefined) throw fleetError('FLEET_DEVICE_UNKNOWN');
    const at = context.clock.now();
    const { actor } = access;
    await record(trx, { at, action: 'fleet.resolve-conflict', actor, agencyPath, subject: `device:${id}` });
  });
}
