import { onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import { type Access, principalOf } from '../../../platform/http/access.ts';
import { lockActivations, markEnded } from '../activation/store.ts';
import type { LicensingContext } from '../context.ts';
import type { ActivationRow, Trx } from '../tables.ts';
import { revocationError } from './errors.ts';
import type { Revocation, UndoReason } from './model.ts';
import { checkScope, knownRevocation, note, proposal, requireOperator, revocationOf } from './register.ts';
import {
  activationsDigest,
  needsSecond,
  type RevocationRow,
  revocationState,
  waitingSince,
} from './rules.ts';
import { findRevocationOf, findUndoOf, insertRevocation, saveApplied, saveTakenBack } from './store.ts';

/**
 * Undoes the revocation of an activation: its device gets a seat back when it asks, if one is free, with a lease above those that
 * the list names. Who revoked it may, else the operator. The same request again answers with what the first one brought about.
 * @throws LICENSING_REVOCATION_UNKNOWN, LICENSING_REVOCATION_ENDED, LICENSING_REVOCATION_OVER, LICENSING_UNDO_NOTHING,
 * ORGANISATION_SCOPE_MISSING
 */
export function undoRevocation(
  context: LicensingContext,
  access: Access,
  id: string,
  reason: UndoReason,
  dryRun: boolean,
): Promise<Revocation> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const target = await knownRevocation(trx, access, id);
    checkScope(access, target.scope);
    if (target.proposed_by !== principalOf(access)) requireOperator(access);
    const now = context.clock.now();
    const before = await findUndoOf(trx, id, waitingSince(now));
    if (before !== undefined) return revocationOf(before, now);
    requireUndoable(target, now);
    await lockRevoked(trx, target, now);
    const row: RevocationRow = {
      ...proposal(context, access),
      agency_path: target.agency_path,
      scope: target.scope,
      subject_id: target.subject_id,
      reason: target.reason,
      devices: 1,
      undoes: target.id,
      undo_reason: reason,
    };
    await insertRevocation(trx, row);
    if (!needsSecond(row.devices, 0, context.policy.revokeAlone)) return applyUndo(trx, context, access, row);
    await note(trx, context, access, 'licensing.propose-undo', row);
    return revocationOf(row, now);
  });
}

/**
 * Applies the undoing of a revocation that the transaction has locked.
 * @throws LICENSING_UNDO_NOTHING
 */
export async function applyUndo(
  trx: Trx,
  context: LicensingContext,
  access: Access,
  proposed: RevocationRow,
): Promise<Revocation> {
  const at = context.clock.now();
  const { id } = await lockRevoked(trx, { ...proposed, id: proposed.undoes ?? '' }, at);
  const reinstated = await markEnded(trx, [id], { state: 'released', reason: 'reinstated', at });
  const applied = { confirmed_by: proposed.confirmed_by, applied_at: at, devices: reinstated.length };
  await saveApplied(trx, proposed.id, applied);
  await saveTakenBack(trx, proposed.undoes ?? '', { undone_at: at });
  const row = { ...proposed, ...applied };
  const activations = activationsDigest(reinstated);
  await note(trx, context, access, 'licensing.undo-revocation', row, { activations });
  return revocationOf(row, at);
}

/** @throws LICENSING_REVOCATION_ENDED, LICENSING_REVOCATION_OVER, LICENSING_UNDO_NOTHING */
function requireUndoable(row: RevocationRow, now: Date): void {
  const { id: revocation, scope, subject_id: subject } = row;
  const state = revocationState(row, now);
  if (row.undoes !== null) throw revocationError('LICENSING_UNDO_NOTHING', { revocation, state: 'undo' });
  if (state !== 'applied') throw revocationError('LICENSING_REVOCATION_OVER', { revocation, state });
  // What was revoked as a whole has ended with it, and what has ended is agreed anew.
  if (scope !== 'activation') throw revocationError('LICENSING_REVOCATION_ENDED', { scope, subject });
}

/** The activation as this revocation left it, locked: one that was licensed or revoked again since is left alone. */
async function lockRevoked(
  trx: Trx,
  { id, scope, subject_id }: Pick<RevocationRow, 'id' | 'scope' | 'subject_id'>,
  now: Date,
): Promise<ActivationRow> {
  const [activation] = await lockActivations(trx, [subject_id]);
  const newest = await findRevocationOf(trx, scope, subject_id, waitingSince(now));
  if (activation?.state === 'revoked' && newest?.id === id) return activation;
  throw revocationError('LICENSING_UNDO_NOTHING', { revocation: id, state: activation?.state ?? 'gone' });
}
