import type { ImprintError } from '@imprint/protocol';
import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import type { FleetContext } from '../context.ts';
import { fleetError } from '../errors.ts';
import { hashOf } from '../hash.ts';
import { findDevice, putDevice } from '../store.ts';
import { deploymentError } from './errors.ts';
import type { DeploymentToken, NewDeploymentToken, NewPreregistration, Preregistered } from './model.ts';
import { planList } from './rules.ts';
import { readSheet } from './sheet.ts';
import * as store from './store.ts';
import type { DeploymentTokenRow, PreregistrationRow } from './tables.ts';
import { tokenView } from './views.ts';

const usualSeconds = 30 * 86_400;
const mostListed = 1000;

/**
 * Issues a token that many devices may bring at their first start. The secret is in the answer only.
 * @throws ORGANISATION_AGENCY_UNKNOWN
 */
export function issueDeploymentToken(
  context: FleetContext,
  access: Access,
  wanted: NewDeploymentToken,
): Promise<{ token: DeploymentToken; secret: string }> {
  return context.database.transaction(access, async (trx) => {
    const now = context.clock.now();
    const [id, secret] = [context.ids.id(), context.ids.secret()];
    const row: DeploymentTokenRow = {
      id,
      agency_path: await agencyPathOf(trx, wanted.agencyId ?? access.agencyId),
      label: wanted.label ?? 'deployment',
      secret_sha256: hashOf(secret),
      most_devices: wanted.mostDevices,
      devices: 0,
      unknown_serials: wanted.unknownSerials ?? 'refuse',
      created_at: now,
      expires_at: new Date(now.getTime() + (wanted.validSeconds ?? usualSeconds) * 1000),
      revoked_at: null,
    };
    await store.insertToken(trx, row);
    const { actor } = access;
    const subject = `deployment-token:${id}`;
    await record(trx, {
      at: now,
      action: 'fleet.issue-deployment-token',
      actor,
      agencyPath: row.agency_path,
      subject,
    });
    return { token: tokenView(row), secret: `dep_${id}_${secret}` };
  });
}

/** Ends a token: devices that have enrolled with it stay. @throws FLEET_ENROLMENT_TOKEN_UNKNOWN */
export function revokeDeploymentToken(context: FleetContext, access: Access, id: string): Promise<void> {
  return context.database.transaction(access, async (trx) => {
    const at = context.clock.now();
    const agencyPath = await store.revokeToken(trx, id, at);
    if (agencyPath === undefined) throw fleetError('FLEET_ENROLMENT_TOKEN_UNKNOWN');
    const subject = `deployment-token:${id}`;
    await record(trx, {
      at,
      action: 'fleet.revoke-deployment-token',
      actor: access.actor,
      agencyPath,
      subject,
    });
  });
}

function rejected(wrong: readonly ImprintError[]): ImprintError {
  const sorted = wrong.toSorted((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0));
  return deploymentError(
    'FLEET_LIST_REJECTED',
    { count: sorted.length },
    { details: sorted.slice(0, mostListed) },
  );
}

const bytesOf = (base64: string): Uint8Array => {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64) || base64.length % 4 !== 0)
    throw rejected([deploymentError('FLEET_LIST_BYTES')]);
  return Buffer.from(base64, 'base64');
};

/**
 * Lists machines by serial number, all or none: which agency each belongs to and what its asset tag is. The same list
 * again changes nothing.
 * @throws FLEET_LIST_REJECTED with every mistake
 */
export function preregister(
  context: FleetContext,
  access: Access,
  wanted: NewPreregistration,
  dryRun: boolean,
): Promise<Preregistered> {
  const bytes = bytesOf(wanted.file);
  const { machines, wrong } = readSheet(bytes);
  const codes = [...new Set(machines.map(({ agency }) => agency))];
  const serials = machines.map(({ serialSha256 }) => serialSha256);
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const agencies = await store.agencyPaths(trx, access.agencyPath, codes);
    const known = new Map((await store.lockSerials(trx, serials)).map((row) => [row.serial_sha256, row]));
    const options = { below: access.agencyPath, again: wanted.again === true };
    const plan = planList(machines, agencies, known, options);
    if (wrong.length + plan.wrong.length > 0) throw rejected([...wrong, ...plan.wrong]);
    const at = context.clock.now();
    const rows = plan.added.map(
      (machine): PreregistrationRow => ({
        id: context.ids.id(),
        agency_path: machine.agencyPath,
        serial_sha256: machine.serialSha256,
        asset_tag: machine.assetTag,
        device_class: machine.deviceClass ?? null,
        created_at: at,
        device_id: null,
        enrolled_at: null,
      }),
    );
    await store.insertListed(trx, rows);
    await store.changeListed(trx, plan.changed);
    const counts = { new: rows.length, changed: plan.changed.length, unchanged: plan.unchanged };
    if (counts.new + counts.changed === 0) return counts;
    await record(trx, {
      at,
      action: 'fleet.preregister',
      actor: access.actor,
      agencyPath: access.agencyPath,
      subject: `agency:${access.agencyId}`,
      digests: { list: hashOf(bytes) },
    });
    return counts;
  });
}

/**
 * Puts a held device where it belongs.
 * @throws FLEET_DEVICE_UNKNOWN, ORGANISATION_AGENCY_UNKNOWN
 */
export function placeHeld(
  context: FleetContext,
  access: Access,
  deviceId: string,
  agencyId: string,
): Promise<void> {
  return context.database.transaction(access, async (trx) => {
    const at = context.clock.now();
    const agencyPath = await agencyPathOf(trx, agencyId);
    const [use, device] = [await store.useOf(trx, deviceId), await findDevice(trx, deviceId)];
    if (use?.is_held !== true || device === undefined || !isWithin(access, agencyPath))
      throw fleetError('FLEET_DEVICE_UNKNOWN');
    await putDevice(trx, { ...device, agency_path: agencyPath });
    await store.putUse(trx, { ...use, agency_path: agencyPath, is_held: false });
    const subject = `device:${deviceId}`;
    await record(trx, { at, action: 'fleet.place-device', actor: access.actor, agencyPath, subject });
  });
}
