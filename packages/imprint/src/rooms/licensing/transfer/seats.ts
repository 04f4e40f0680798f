import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import { type Access, principalOf } from '../../../platform/http/access.ts';
import { recordAll } from '../../assurance/index.ts';
import type { LicensingContext } from '../context.ts';
import type { Trx } from '../tables.ts';
import { applyTransfer, endpointsOf } from './apply.ts';
import { transferError } from './errors.ts';
import type { NewSeatTransfer, SeatTransfer } from './model.ts';
import { consentOf, sidesOf } from './rules.ts';
import { insertTransfer, lockTransfer, saveConsent, saveTransfer, type TransferRow } from './store.ts';
import { consentsOf, stateOf, transferOf } from './views.ts';

/**
 * Proposes to move seats between two agencies' allocations, which counts as the consent of the side that proposes.
 * @throws LICENSING_TRANSFER_NO_ALLOCATION, LICENSING_TRANSFER_NO_SIDE and those of `applyTransfer`
 */
export function proposeTransfer(
  context: LicensingContext,
  access: Access,
  wanted: NewSeatTransfer,
  dryRun: boolean,
): Promise<SeatTransfer> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const { from, to } = await endpointsOf(trx, access, wanted);
    const paths = { from: from.agency_path, to: to.agency_path };
    const [side] = sidesOf(access, paths);
    if (side === undefined) throw transferError('LICENSING_TRANSFER_NO_SIDE');
    const row: TransferRow = {
      id: context.ids.id(),
      entitlement_id: wanted.entitlementId,
      from_allocation_id: from.id,
      to_allocation_id: to.id,
      from_path: paths.from,
      to_path: paths.to,
      seats: wanted.seats,
      proposed_by: principalOf(access),
      proposed_at: context.clock.now(),
      source_consent: side === 'source' ? principalOf(access) : null,
      target_consent: side === 'target' ? principalOf(access) : null,
      operator_consent: side === 'operator' ? principalOf(access) : null,
      applied_at: null,
      cancelled_at: null,
    };
    await insertTransfer(trx, row);
    await note(trx, context, access, 'licensing.propose-transfer', row);
    return transferOf(row);
  });
}

/**
 * Consents for the side the asker stands for; the third consent moves the seats. The same consent again changes nothing.
 * @throws LICENSING_TRANSFER_UNKNOWN, LICENSING_TRANSFER_OVER, LICENSING_TRANSFER_NO_SIDE, LICENSING_TRANSFER_SAME_PERSON and
 * those of `applyTransfer`
 */
export function consentToTransfer(
  context: LicensingContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<SeatTransfer> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const row = await waitingTransfer(trx, access, id, 'applied');
    if (row.applied_at !== null) return transferOf(row);
    const eligible = sidesOf(access, { from: row.from_path, to: row.to_path });
    const consent = consentOf(consentsOf(row), principalOf(access), eligible);
    if (consent === 'no side') throw transferError('LICENSING_TRANSFER_NO_SIDE');
    if (consent === 'same person') throw transferError('LICENSING_TRANSFER_SAME_PERSON');
    if (consent === 'given') return transferOf(row);
    const consented = await saveConsent(trx, id, consent.side, principalOf(access));
    const isWhole = Object.keys(consentsOf(consented)).length === 3;
    if (!isWhole) {
      await note(trx, context, access, 'licensing.consent-transfer', consented);
      return transferOf(consented);
    }
    await applyTransfer(trx, context, access, consented);
    const applied = await saveTransfer(trx, id, { applied_at: context.clock.now() });
    await note(trx, context, access, 'licensing.transfer-seats', applied);
    return transferOf(applied);
  });
}

/** Cancels a transfer that still waits; any side may. @throws LICENSING_TRANSFER_UNKNOWN, LICENSING_TRANSFER_OVER, LICENSING_TRANSFER_NO_SIDE */
export function cancelTransfer(
  context: LicensingContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<SeatTransfer> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const row = await waitingTransfer(trx, access, id, 'cancelled');
    if (sidesOf(access, { from: row.from_path, to: row.to_path }).length === 0) {
      throw transferError('LICENSING_TRANSFER_NO_SIDE');
    }
    if (row.cancelled_at !== null) return transferOf(row);
    const cancelled = await saveTransfer(trx, id, { cancelled_at: context.clock.now() });
    await note(trx, context, access, 'licensing.cancel-transfer', cancelled);
    return transferOf(cancelled);
  });
}

/** A transfer the asker may see, that waits or is in the state it is asked to come to. */
async function waitingTransfer(
  trx: Trx,
  access: Access,
  id: string,
  wanted: 'applied' | 'cancelled',
): Promise<TransferRow> {
  const row = await lockTransfer(trx, id);
  if (row === undefined || !(isWithin(access, row.from_path) || isWithin(access, row.to_path))) {
    throw transferError('LICENSING_TRANSFER_UNKNOWN', { transfer: id });
  }
  const state = stateOf(row);
  if (state !== 'waiting' && state !== wanted) {
    throw transferError('LICENSING_TRANSFER_OVER', { transfer: id, state });
  }
  return row;
}

/** One entry where the source looks, and one where the target does. */
async function note(
  trx: Trx,
  context: LicensingContext,
  { actor }: Access,
  action: string,
  row: TransferRow,
): Promise<void> {
  const at = context.clock.now();
  const subject = `seat-transfer:${row.id}`;
  await recordAll(
    trx,
    [row.from_path, row.to_path].map((agencyPath) => ({ at, action, actor, agencyPath, subject })),
  );
}
