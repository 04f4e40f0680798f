import { sql } from 'kysely';
import { agencyIdOf } from '../../../platform/agency-path.ts';
import type { ActivationRow, Trx } from '../tables.ts';
import type { Activation } from './model.ts';

export interface ActivationFilter {
  readonly agencyPath: string | undefined;
  readonly state: ActivationRow['state'] | undefined;
  readonly after: string | undefined;
  readonly limit: number;
}

/** Activations the context may see, by id; of one agency and those below it, where one is named. */
export async function listActivations(trx: Trx, filter: ActivationFilter): Promise<Activation[]> {
  const { agencyPath, state } = filter;
  const rows = await trx
    .selectFrom('licensing_activation')
    .selectAll()
    .where('id', '>', filter.after ?? '')
    .$if(agencyPath !== undefined, (query) => query.where(sql<boolean>`agency_path like ${`${agencyPath}%`}`))
    .$if(state !== undefined, (query) => query.where('state', '=', state as ActivationRow['state']))
    .orderBy('id')
    .limit(filter.limit)
    .execute();
  return rows.map(activationOf);
}

export function findActivation(trx: Trx, id: string): Promise<ActivationRow | undefined> {
  return trx.selectFrom('licensing_activation').selectAll().where('id', '=', id).executeTakeFirst();
}

export function activationOf(row: ActivationRow): Activation {
  const instant = <K extends string>(key: K, at: Date | null) =>
    (at === null ? {} : { [key]: at.toISOString() }) as Partial<Record<K, string>>;
  return {
    id: row.id,
    entitlementId: row.entitlement_id,
    allocationId: row.allocation_id,
    agencyId: agencyIdOf(row.agency_path),
    deviceId: row.device_id,
    state: row.state,
    seat: row.seat,
    origin: row.origin,
    generation: row.generation,
    activatedAt: row.activated_at.toISOString(),
    renewedAt: row.renewed_at.toISOString(),
    renewAt: row.renew_at.toISOString(),
    leaseEndsAt: row.lease_ends_at.toISOString(),
    ...instant('overageUntil', row.overage_until),
    ...instant('duplicateAt', row.duplicate_at),
    rebinds: row.rebound_at.length,
    reimages: row.reimaged_at.length,
    ...instant('endedAt', row.ended_at),
    ...(row.ended_reason === null ? {} : { endedReason: row.ended_reason }),
  };
}
