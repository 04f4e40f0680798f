import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { isBarred } from '../activation/rules.ts';
import { openSeatBook } from '../activation/seat-book.ts';
import { limited } from '../activation/take.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import { lockTree, saveCounters } from '../allocation/store.ts';
import type { LicensingContext } from '../context.ts';
import { revokedLeases } from '../revocation/rules.ts';
import { listLeases, revokedGenerations } from '../revocation/store.ts';
import type { ActivationRow, AllocationRow, Trx } from '../tables.ts';
import { transferError } from './errors.ts';
import type { DeviceTransfer, NewDeviceTransfer } from './model.ts';
import { findActivation, lockActivationsOf, lockDevice, putActivation } from './store.ts';

/**
 * Moves a seat to another device of the asker's agency or below. The lease of the old device goes on the revocation list; the
 * seat waits for the new one, no longer than the old lease would have lasted.
 * @throws LICENSING_TRANSFER_ACTIVATION_UNKNOWN, LICENSING_TRANSFER_NO_SEAT, LICENSING_TRANSFER_DEVICE_UNKNOWN,
 * LICENSING_TRANSFER_DEVICE_SEATED, LICENSING_TRANSFER_DEVICE_REVOKED, LICENSING_TRANSFER_OUTSIDE, LICENSING_TRANSFER_NOT_FREE
 */
export function transferDevice(
  context: LicensingContext,
  access: Access,
  wanted: NewDeviceTransfer,
  dryRun: boolean,
): Promise<DeviceTransfer> {
  const { activationId, deviceId } = wanted;
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const seen = await findActivation(trx, activationId);
    if (seen === undefined || !isWithin(access, seen.agency_path)) {
      throw transferError('LICENSING_TRANSFER_ACTIVATION_UNKNOWN', { activation: activationId });
    }
    const agencyPath = await context.agencyOfDevice(trx, deviceId);
    if (agencyPath === undefined || !isWithin(access, agencyPath)) {
      throw transferError('LICENSING_TRANSFER_DEVICE_UNKNOWN', { device: deviceId });
    }
    const tree = await lockTree(trx, seen.entitlement_id);
    await lockDevice(trx, deviceId);
    const [old] = (await lockActivationsOf(trx, seen.device_id)).filter(({ id }) => id === activationId);
    if (old?.state !== 'active') {
      const state = old?.state ?? 'gone';
      throw transferError('LICENSING_TRANSFER_NO_SEAT', { activation: activationId, state });
    }
    const before = await checkReceiver(trx, deviceId, old.entitlement_id);
    const at = context.clock.now();
    const { allocationId, nodes } = await moveSeat(trx, tree, old, { deviceId, agencyPath, at });
    const row = await receiverRow(trx, context, old, { deviceId, agencyPath, allocationId, before });
    await putActivation(trx, { ...old, state: 'released', ended_at: at, ended_reason: 'transferred' });
    await putActivation(trx, row);
    await listLeases(trx, revokedLeases([old], 'transferred', at), at);
    await raiseAlerts(trx, context, nodes);
    const { actor } = access;
    const subject = `activation:${old.id}/${row.id}`;
    await record(trx, {
      at,
      action: 'licensing.transfer-device',
      actor,
      agencyPath: old.agency_path,
      subject,
    });
    return {
      activationId: row.id,
      deviceId,
      fromActivationId: old.id,
      fromDeviceId: old.device_id,
      leaseEndsAt: row.lease_ends_at.toISOString(),
    };
  });
}

/** The receiver's earlier activation of the entitlement, which the seat then goes on with. */
async function checkReceiver(
  trx: Trx,
  device: string,
  entitlementId: string,
): Promise<ActivationRow | undefined> {
  const rows = await lockActivationsOf(trx, device);
  if (rows.some(({ state }) => state === 'active')) {
    throw transferError('LICENSING_TRANSFER_DEVICE_SEATED', { device });
  }
  const barred = rows.find(isBarred);
  if (barred !== undefined) {
    const reason = barred.ended_reason ?? '';
    throw transferError('LICENSING_TRANSFER_DEVICE_REVOKED', { device, reason });
  }
  return rows.find((row) => row.entitlement_id === entitlementId);
}

/**
 * Takes the seat where the new device belongs; between agencies with nodes of their own it is one less here and one more there.
 * A seat reserved where it leaves stays reserved: what the entitlement has taken beyond the seats agreed never grows by it.
 */
async function moveSeat(
  trx: Trx,
  tree: readonly AllocationRow[],
  old: ActivationRow,
  { deviceId, agencyPath, at }: { readonly deviceId: string; readonly agencyPath: string; readonly at: Date },
): Promise<{ allocationId: string; nodes: readonly AllocationRow[] }> {
  const book = openSeatBook(tree);
  const [node] = book.chainAt(old.entitlement_id, agencyPath);
  if (node === undefined) throw transferError('LICENSING_TRANSFER_OUTSIDE', { device: deviceId });
  if (node.id === old.allocation_id) return { allocationId: node.id, nodes: [] };
  const most = book.chainOf(node.id).at(-1)?.taken ?? 0;
  book.release(old.allocation_id);
  const chain = limited(book, book.chainOf(node.id), false, at).map((one, index, { length }) =>
    index === length - 1 ? { ...one, hardCeiling: Math.max(one.hardCeiling ?? most, most) } : one,
  );
  const taken = book.take(chain);
  if (!taken.ok) {
    const { ceiling, taken: held, id } = taken.blockedBy;
    const agency = book.row(id).agency_id;
    const free = Math.max(0, ceiling - held);
    throw transferError('LICENSING_TRANSFER_NOT_FREE', { seats: 1, agency, free, taken: held, ceiling });
  }
  book.keep(taken.chain);
  return { allocationId: node.id, nodes: await saveCounters(trx, book.changed()) };
}

/** The seat as it waits for its new device: no facts yet, and a generation above every one of that device that was revoked. */
async function receiverRow(
  trx: Trx,
  context: LicensingContext,
  old: ActivationRow,
  to: {
    readonly deviceId: string;
    readonly agencyPath: string;
    readonly allocationId: string;
    readonly before: ActivationRow | undefined;
  },
): Promise<ActivationRow> {
  const { before, deviceId } = to;
  const revoked = (await revokedGenerations(trx, [deviceId])).get(deviceId) ?? 0;
  return {
    ...old,
    id: before?.id ?? context.ids.id(),
    device_id: deviceId,
    agency_path: to.agencyPath,
    allocation_id: to.allocationId,
    origin: 'transfer',
    generation: Math.max(before?.generation ?? 0, revoked),
    // No request has this one: the next is a new one.
    nonce: context.ids.secret().slice(0, 22),
    requested_at: before?.requested_at ?? new Date(0),
    facts: {},
    fact_tpm: null,
    fact_board: null,
    rebound_at: [],
    reimaged_at: [],
    duplicate_at: null,
  };
}
