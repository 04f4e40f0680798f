import { canonicalJson, sha256Hex } from '@imprint/trust';
import { isWithin, onBehalfOf, transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { organisationError } from '../../organisation/index.ts';
import { endActivations } from '../activation/release.ts';
import { raiseAlerts } from '../alerts/raise.ts';
import { lockTree } from '../allocation/store.ts';
import type { LicensingContext } from '../context.ts';
import type { Trx } from '../tables.ts';
import { revocationError } from './errors.ts';
import type { NewRevocation, Revocation, RevocationScope } from './model.ts';
import { activationsDigest, needsSecond, revokedLeases } from './rules.ts';
import {
  chooseActivations,
  endSubject,
  findRevocationOf,
  findSubject,
  insertRevocation,
  listLeases,
  lockRevocation,
  type RevocationRow,
  type Subject,
  saveApplied,
} from './store.ts';

/**
 * Revokes one activation, or all of an entitlement or an agreement, which then ends. Of more devices than one person may revoke
 * alone it becomes a proposal. The same request again answers with what the first one brought about.
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
    const before = await findRevocationOf(trx, scope, subjectId);
    if (before?.applied_at === null) return revocationOf(before);
    const { isOver } = await subjectOf(trx, access, scope, subjectId);
    const chosen = await chooseActivations(trx, scope, subjectId, subject.entitlementIds);
    if (isOver && chosen.length === 0) {
      if (before !== undefined) return revocationOf(before);
      throw revocationError('LICENSING_REVOCATION_NOTHING', { scope, subject: subjectId });
    }
    const row: RevocationRow = {
      id: context.ids.id(),
      agency_path: subject.agencyPath,
      scope,
      subject_id: subjectId,
      reason: wanted.reason,
      devices: chosen.length,
      proposed_by: access.actor,
      proposed_at: context.clock.now(),
      confirmed_by: null,
      applied_at: null,
    };
    await insertRevocation(trx, row);
    if (needsSecond(chosen.length, context.policy.revokeAlone)) {
      await note(trx, context, access, 'licensing.propose-revocation', row);
      return revocationOf(row);
    }
    return apply(trx, context, access, row, subject);
  });
}

/**
 * Applies a revocation that waits for a second person. One that was applied already stays as it is.
 * @throws LICENSING_REVOCATION_UNKNOWN, LICENSING_REVOCATION_SAME_PERSON, ORGANISATION_SCOPE_MISSING
 */
export function confirmRevocation(
  context: LicensingContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Revocation> {
  return transactOrRehearse(context.database, onBehalfOf(access), dryRun, async (trx) => {
    const row = await lockRevocation(trx, id);
    if (row === undefined || !isWithin(access, row.agency_path)) {
      throw revocationError('LICENSING_REVOCATION_UNKNOWN', { revocation: id });
    }
    checkScope(access, row.scope);
    if (row.applied_at !== null) return revocationOf(row);
    if (row.proposed_by === access.actor) {
      throw revocationError('LICENSING_REVOCATION_SAME_PERSON', { devices: row.devices });
    }
    const subject = await subjectOf(trx, access, row.scope, row.subject_id);
    for (const entitlement of subject.entitlementIds) await lockTree(trx, entitlement);
    return apply(trx, context, access, { ...row, confirmed_by: access.actor }, subject);
  });
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
  return revocationOf(row);
}

/** @throws LICENSING_REVOCATION_SUBJECT_UNKNOWN */
async function subjectOf(trx: Trx, access: Access, scope: RevocationScope, id: string): Promise<Subject> {
  const subject = await findSubject(trx, scope, id);
  if (subject !== undefined && isWithin(access, subject.agencyPath)) return subject;
  throw revocationError('LICENSING_REVOCATION_SUBJECT_UNKNOWN', { scope, subject: id });
}

/** More than one device's seat is the operator's to take. @throws ORGANISATION_SCOPE_MISSING */
function checkScope(access: Access, scope: RevocationScope): void {
  if (scope === 'activation' || access.scopes.includes('licensing:write')) return;
  throw organisationError('ORGANISATION_SCOPE_MISSING', { scope: 'licensing:write' });
}

async function note(
  trx: Trx,
  context: LicensingContext,
  { actor }: Access,
  action: string,
  row: RevocationRow,
  digests: Record<string, string> = {},
): Promise<void> {
  const { id, agency_path: agencyPath, scope, subject_id: subjectId, reason, devices } = row;
  const revocation = sha256Hex(canonicalJson({ scope, subjectId, reason, devices }));
  const at = context.clock.now();
  const subject = `revocation:${id}`;
  await record(trx, { at, action, actor, agencyPath, subject, digests: { revocation, ...digests } });
}

export function revocationOf(row: RevocationRow): Revocation {
  return {
    id: row.id,
    agencyId: row.agency_path.split('/').at(-2) ?? '',
    scope: row.scope,
    subjectId: row.subject_id,
    reason: row.reason,
    devices: row.devices,
    state: row.applied_at === null ? 'pending' : 'applied',
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toISOString(),
    ...(row.confirmed_by === null ? {} : { confirmedBy: row.confirmed_by }),
    ...(row.applied_at === null ? {} : { appliedAt: row.applied_at.toISOString() }),
  };
}
