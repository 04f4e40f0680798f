import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import { type Access, principalOf } from '../../../platform/http/access.ts';
import { endActivations } from '../activation/release.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import { lockTree } from '../allocation/store.ts';
import type { LicensingContext } from '../context.ts';
import type { Trx } from '../tables.ts';
import { revocationError } from './errors.ts';
import type { NewRevocation, Revocation, RevocationScope } from './model.ts';
import { checkScope, knownRevocation, note, proposal, revocationOf } from './register.ts';
import {
  activationsDigest,
  needsSecond,
  type RevocationRow,
  revocationState,
  revokedLeases,
  togetherSince,
  waitingSince,
} from './rules.ts';
import {
  chooseActivations,
  countRevokedAlone,
  endSubject,
  findRevocationOf,
  findSubject,
  insertRevocation,
  listLeases,
  type Subject,
  saveApplied,
  saveTakenBack,
} from './store.ts';
import { applyUndo } from './undo.ts';

/**
 * Revokes one activation, or all of an entitlement or an agreement, which then ends. Of more devices than one person may revoke
 * alone, counting those of the last 24 hours, it becomes a proposal. The same request again answers with what the first one brought about.
 * @throws LICENSING_REVOCATION_SUBJECT_UNKNOWN, LICENSING_REVOCATION_NOTHING, ORGANISATION_SCOPE_MISSING
 */
export function revoke(
  context: LicensingContext,
  access: Access,
  wanted: NewRevocation,
  dryRun: boolean,
): Promise<Revocation> {
  const { scope, subjectId } = wanted;
  checkScope(access, scope);
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const subject = await subjectOf(trx, access, scope, subjectId);
    // With the trees locked nobody activates between the counting and the ending.
    for (const id of subject.entitlementIds) await lockTree(trx, id);
    const now = context.clock.now();
    const before = await findRevocationOf(trx, scope, subjectId, waitingSince(now));
    if (before?.applied_at === null) return revocationOf(before, now);
    const { isOver } = await subjectOf(trx, access, scope, subjectId);
    const chosen = await chooseActivations(trx, scope, subjectId, subject.entitlementIds);
    if (isOver && chosen.length === 0) {
      if (before !== undefined) return revocationOf(before, now);
      throw revocationError('LICENSING_REVOCATION_NOTHING', { scope, subject: subjectId });
    }
    const row: RevocationRow = {
      ...proposal(context, access),
      agency_path: subject.agencyPath,
      scope,
      subject_id: subjectId,
      reason: wanted.reason,
      devices: chosen.length,
      undoes: null,
      undo_reason: null,
    };
    const lately = await countRevokedAlone(trx, row.proposed_by, togetherSince(now));
    await insertRevocation(trx, row);
    if (needsSecond(chosen.length, lately, context.policy.revokeAlone)) {
      await note(trx, context, access, 'licensing.propose-revocation', row);
      return revocationOf(row, now);
    }
    return apply(trx, context, access, row, subject);
  });
}

/**
 * Applies a revocation, or the undoing of one, that waits for a second person. One that was applied already stays as it is.
 * @throws LICENSING_REVOCATION_UNKNOWN, LICENSING_REVOCATION_OVER, LICENSING_REVOCATION_SAME_PERSON, ORGANISATION_SCOPE_MISSING
 * and those of `applyUndo`
 */
export function confirmRevocation(
  context: LicensingContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Revocation> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const row = await knownRevocation(trx, access, id);
    const now = context.clock.now();
    checkScope(access, row.scope);
    if (row.applied_at !== null) return revocationOf(row, now);
    requirePending(row, now);
    if (row.proposed_by === principalOf(access)) {
      throw revocationError('LICENSING_REVOCATION_SAME_PERSON', { devices: row.devices });
    }
    const confirmed = { ...row, confirmed_by: principalOf(access) };
    if (row.undoes !== null) {
      await knownRevocation(trx, access, row.undoes);
      return applyUndo(trx, context, access, confirmed);
    }
    const subject = await subjectOf(trx, access, row.scope, row.subject_id);
    for (const entitlement of subject.entitlementIds) await lockTree(trx, entitlement);
    return apply(trx, context, access, confirmed, subject);
  });
}

/**
 * Takes back a proposal that waits for a second person; whoever might have confirmed it may. One withdrawn before stays as it is.
 * @throws LICENSING_REVOCATION_UNKNOWN, LICENSING_REVOCATION_OVER, ORGANISATION_SCOPE_MISSING
 */
export function withdrawRevocation(
  context: LicensingContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Revocation> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const row = await knownRevocation(trx, access, id);
    const now = context.clock.now();
    checkScope(access, row.scope);
    if (row.withdrawn_at !== null) return revocationOf(row, now);
    requirePending(row, now);
    const marks = { withdrawn_by: principalOf(access), withdrawn_at: now };
    await saveTakenBack(trx, id, marks);
    await note(trx, context, access, 'licensing.withdraw-revocation', row);
    return revocationOf({ ...row, ...marks }, now);
  });
}

/** @throws LICENSING_REVOCATION_OVER */
function requirePending(row: RevocationRow, now: Date): void {
  const state = revocationState(row, now);
  if (state !== 'pending') throw revocationError('LICENSING_REVOCATION_OVER', { revocation: row.id, state });
}

async function apply(
  trx: Trx,
  context: LicensingContext,
  access: Access,
  proposed: RevocationRow,
  subject: Subject,
): Promise<Revocation> {
  const { id, scope, subject_id, reason, confirmed_by } = proposed;
  const at = context.clock.now();
  const chosen = await chooseActivations(trx, scope, subject_id, subject.entitlementIds);
  const ended = await endActivations(trx, chosen, { state: 'revoked', reason, at });
  await endSubject(trx, scope, subject_id, at);
  const applied = { confirmed_by, applied_at: at, devices: ended.activations.length };
  await saveApplied(trx, id, applied);
  await listLeases(trx, revokedLeases(ended.activations, reason, at), at);
  await raiseAlerts(trx, context, ended.nodes);
  const row = { ...proposed, ...applied };
  const activations = activationsDigest(ended.activations);
  await note(trx, context, access, 'licensing.revoke', row, { activations });
  return revocationOf(row, at);
}

/** @throws LICENSING_REVOCATION_SUBJECT_UNKNOWN */
async function subjectOf(trx: Trx, access: Access, scope: RevocationScope, id: string): Promise<Subject> {
  const subject = await findSubject(trx, scope, id);
  if (subject !== undefined && isWithin(access, subject.agencyPath)) return subject;
  throw revocationError('LICENSING_REVOCATION_SUBJECT_UNKNOWN', { scope, subject: id });
}
