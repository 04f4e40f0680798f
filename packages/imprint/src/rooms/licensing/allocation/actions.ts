import { transactOrRehearse } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import type { LicensingContext } from '../context.ts';
import type { AgreementRow, AllocationRow, EntitlementRow, Trx } from '../tables.ts';
import {
  endAgreementRow,
  findAgreement,
  findAgreementByNumber,
  findEntitlement,
  holdAgreement,
  insertAgreement,
  insertEntitlement,
} from './agreement-store.ts';
import { allocationError } from './errors.ts';
import type { Agreement, Entitlement, NewAgreement, NewEntitlement } from './model.ts';
import { requireOperator } from './operator.ts';
import { hardCeilingOf } from './overage.ts';
import { insertAllocation } from './store.ts';
import { checkSeats, checkTerm, classOf, overageOf, termWithin } from './terms.ts';
import { agreementOf, entitlementOf } from './views.ts';

/** What agreements, entitlements and allocations need of the room. */
export type AllocationContext = Pick<LicensingContext, 'database' | 'clock' | 'ids'>;

/**
 * Registers what the operator agreed with an agency that the asker may see. The same agreement again is that agreement.
 * @throws LICENSING_OPERATOR_ONLY, LICENSING_TERM_INVALID, LICENSING_AGREEMENT_NUMBER_TAKEN, ORGANISATION_AGENCY_UNKNOWN
 */
export function addAgreement(
  context: AllocationContext,
  access: Access,
  wanted: NewAgreement,
  dryRun: boolean,
): Promise<Agreement> {
  requireOperator(access);
  const [starts_at, ends_at] = [new Date(wanted.startsAt), new Date(wanted.endsAt)];
  checkTerm(starts_at, ends_at);
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const row: AgreementRow = {
      id: context.ids.id(),
      agency_id: wanted.agencyId,
      agency_path: await agencyPathOf(trx, wanted.agencyId),
      number: wanted.number,
      licensor: wanted.licensor,
      sector: wanted.sector,
      edition: wanted.edition,
      starts_at,
      ends_at,
      document_sha256: wanted.documentSha256,
      created_at: context.clock.now(),
      ended_at: null,
    };
    if (!(await insertAgreement(trx, row))) {
      const kept = await findAgreementByNumber(trx, row.number);
      if (kept !== undefined && isSame(agreementOf(kept), agreementOf(row))) return agreementOf(kept);
      throw allocationError('LICENSING_AGREEMENT_NUMBER_TAKEN', { number: row.number });
    }
    const document = row.document_sha256;
    await note(trx, context, access, 'licensing.add-agreement', `agreement:${row.id}`, row, { document });
    return agreementOf(row);
  });
}

/**
 * Ends an agreement now: nothing is granted or renewed under it any more. One that was ended stays as it was.
 * @throws LICENSING_OPERATOR_ONLY, LICENSING_AGREEMENT_UNKNOWN
 */
export function endAgreement(
  context: AllocationContext,
  access: Access,
  id: string,
  dryRun: boolean,
): Promise<Agreement> {
  requireOperator(access);
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const ended = await endAgreementRow(trx, id, context.clock.now());
    const row = ended ?? (await findAgreement(trx, id));
    if (row === undefined) throw allocationError('LICENSING_AGREEMENT_UNKNOWN', { agreement: id });
    if (ended !== undefined) {
      await note(trx, context, access, 'licensing.end-agreement', `agreement:${id}`, row);
    }
    return agreementOf(row);
  });
}

/**
 * Grants seats under an agreement and plants the root of their tree at the licensee. With an id of the asker's, the same
 * request again is that entitlement.
 * @throws LICENSING_OPERATOR_ONLY, LICENSING_SEATS_INVALID, LICENSING_CLASS_UNKNOWN, LICENSING_OVERAGE_INVALID, LICENSING_TERM_INVALID,
 * LICENSING_TERM_OUTSIDE, LICENSING_AGREEMENT_UNKNOWN, LICENSING_AGREEMENT_ENDED, LICENSING_ENTITLEMENT_ID_TAKEN
 */
export function addEntitlement(
  context: AllocationContext,
  access: Access,
  wanted: NewEntitlement,
  dryRun: boolean,
): Promise<Entitlement> {
  requireOperator(access);
  checkSeats('seats', wanted.seats, 1);
  const granted = { ...overageOf(wanted.overage), device_class: classOf(wanted.deviceClass) };
  return transactOrRehearse(context.database, access, dryRun, async (trx) => {
    const now = context.clock.now();
    const agreement = await runningAgreement(trx, wanted.agreementId, now);
    const row: EntitlementRow = {
      id: wanted.id ?? context.ids.id(),
      agreement_id: agreement.id,
      agency_path: agreement.agency_path,
      edition: agreement.edition,
      ...granted,
      seats: wanted.seats,
      features: [...(wanted.features ?? [])].sort(),
      overage_since: null,
      ...termWithin(agreement, wanted),
      created_at: now,
      ended_at: null,
    };
    const root = rootOf(row, agreement, context.ids.id());
    if (!(await insertEntitlement(trx, row))) {
      const kept = await findEntitlement(trx, row.id);
      const again = kept === undefined ? undefined : entitlementOf(kept, root, now);
      if (again !== undefined && isSame(again, entitlementOf(row, root, now))) return again;
      throw allocationError('LICENSING_ENTITLEMENT_ID_TAKEN', { entitlement: row.id });
    }
    await insertAllocation(trx, root);
    await note(trx, context, access, 'licensing.add-entitlement', `entitlement:${row.id}`, row);
    return entitlementOf(row, root, now);
  });
}

/**
 * An agreement under which something may still be granted; nobody ends it before the transaction does.
 * @throws LICENSING_AGREEMENT_UNKNOWN, LICENSING_AGREEMENT_ENDED
 */
export async function runningAgreement(trx: Trx, id: string, now: Date): Promise<AgreementRow> {
  const agreement = await holdAgreement(trx, id);
  if (agreement === undefined) throw allocationError('LICENSING_AGREEMENT_UNKNOWN', { agreement: id });
  const endedAt = agreement.ended_at ?? agreement.ends_at;
  if (endedAt <= now) {
    throw allocationError('LICENSING_AGREEMENT_ENDED', { agreement: id, endedAt: endedAt.toISOString() });
  }
  return agreement;
}

/**
 * An entitlement under which something may still be changed.
 * @throws LICENSING_ENTITLEMENT_UNKNOWN, LICENSING_ENTITLEMENT_ENDED, LICENSING_AGREEMENT_ENDED
 */
export async function runningEntitlement(trx: Trx, id: string, now: Date): Promise<EntitlementRow> {
  const entitlement = await findEntitlement(trx, id);
  if (entitlement === undefined) throw allocationError('LICENSING_ENTITLEMENT_UNKNOWN', { entitlement: id });
  await runningAgreement(trx, entitlement.agreement_id, now);
  const endedAt = entitlement.ended_at ?? entitlement.ends_at;
  if (endedAt <= now) {
    throw allocationError('LICENSING_ENTITLEMENT_ENDED', { entitlement: id, endedAt: endedAt.toISOString() });
  }
  return entitlement;
}

function rootOf(row: EntitlementRow, agreement: AgreementRow, id: string): AllocationRow {
  return {
    id,
    entitlement_id: row.id,
    parent_id: null,
    agency_id: agreement.agency_id,
    agency_path: agreement.agency_path,
    floor: 0,
    ceiling: row.seats,
    hard_ceiling: hardCeilingOf(row),
    own: 0,
    taken: 0,
    reclaim_ceiling: null,
    reclaim_at: null,
    alerted: 0,
    created_at: row.created_at,
  };
}

/** True when two of a kind differ at most in what a first request leaves behind: its id, its time and its end. */
function isSame(kept: Agreement | Entitlement, wanted: Agreement | Entitlement): boolean {
  const { id: _id, createdAt: _createdAt, endedAt: _endedAt, ...content } = kept;
  return Object.entries(content).every(
    ([name, value]) => JSON.stringify(value) === JSON.stringify(wanted[name as keyof typeof wanted]),
  );
}

async function note(
  trx: Trx,
  context: AllocationContext,
  { actor }: Access,
  action: string,
  subject: string,
  { agency_path: agencyPath }: { readonly agency_path: string },
  digests: Record<string, string> = {},
): Promise<void> {
  await record(trx, { at: context.clock.now(), action, actor, agencyPath, subject, digests });
}
