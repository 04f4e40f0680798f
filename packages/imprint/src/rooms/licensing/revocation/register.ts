import { canonicalJson, sha256Hex } from '@imprint/trust';
import { agencyIdOf } from '../../../platform/agency-path.ts';
import { isWithin } from '../../../platform/database/index.ts';
import { type Access, principalOf } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { organisationError } from '../../organisation/index.ts';
import type { LicensingContext } from '../context.ts';
import type { Trx } from '../tables.ts';
import { revocationError } from './errors.ts';
import type { Revocation, RevocationScope } from './model.ts';
import { type RevocationRow, revocationState, waitsUntil } from './rules.ts';
import { lockRevocation } from './store.ts';

/** A revocation of the asker's agency or below, locked. @throws LICENSING_REVOCATION_UNKNOWN */
export async function knownRevocation(trx: Trx, access: Access, id: string): Promise<RevocationRow> {
  const row = await lockRevocation(trx, id);
  if (row !== undefined && isWithin(access, row.agency_path)) return row;
  throw revocationError('LICENSING_REVOCATION_UNKNOWN', { revocation: id });
}

/** More than one device's seat is the operator's to take. @throws ORGANISATION_SCOPE_MISSING */
export function checkScope(access: Access, scope: RevocationScope): void {
  if (scope !== 'activation') requireOperator(access);
}

/** @throws ORGANISATION_SCOPE_MISSING */
export function requireOperator(access: Access): void {
  if (access.scopes.includes('licensing:write')) return;
  throw organisationError('ORGANISATION_SCOPE_MISSING', { scope: 'licensing:write' });
}

/** The columns of an act that was just proposed and of which nothing has become yet. */
export function proposal({ ids, clock }: LicensingContext, access: Access) {
  return {
    id: ids.id(),
    proposed_by: principalOf(access),
    proposed_at: clock.now(),
    confirmed_by: null,
    applied_at: null,
    withdrawn_by: null,
    withdrawn_at: null,
    undone_at: null,
  };
}

/** Writes down what was done about a revocation; the last thing in its transaction. */
export async function note(
  trx: Trx,
  context: LicensingContext,
  { actor }: Access,
  action: string,
  row: RevocationRow,
  digests: Record<string, string> = {},
): Promise<void> {
  const { id, agency_path: agencyPath, scope, subject_id: subjectId, reason, devices } = row;
  const undo = row.undoes === null ? {} : { undoes: row.undoes, undoReason: row.undo_reason };
  const revocation = sha256Hex(canonicalJson({ scope, subjectId, reason, devices, ...undo }));
  const at = context.clock.now();
  const subject = `revocation:${id}`;
  await record(trx, { at, action, actor, agencyPath, subject, digests: { revocation, ...digests } });
}

export function revocationOf(row: RevocationRow, now: Date): Revocation {
  const state = revocationState(row, now);
  const by = <K extends string>(name: K, actor: string | null) =>
    actor === null ? {} : ({ [name]: actor } as Record<K, string>);
  const at = <K extends string>(name: K, instant: Date | null) => by(name, instant?.toISOString() ?? null);
  return {
    id: row.id,
    agencyId: agencyIdOf(row.agency_path),
    scope: row.scope,
    subjectId: row.subject_id,
    reason: row.reason,
    devices: row.devices,
    state,
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at.toISOString(),
    ...by('confirmedBy', row.confirmed_by),
    ...at('appliedAt', row.applied_at),
    ...(state === 'pending' ? at('expiresAt', waitsUntil(row)) : {}),
    ...by('withdrawnBy', row.withdrawn_by),
    ...at('withdrawnAt', row.withdrawn_at),
    ...at('undoneAt', row.undone_at),
    ...by('undoes', row.undoes),
    ...(row.undo_reason === null ? {} : { undoReason: row.undo_reason }),
  };
}
