import { usageReportType } from '@imprint/protocol';
import { canonicalJson, type Envelope, signEnvelope, type UsageReport } from '@imprint/trust';
import { onBehalfOf } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import { activationError } from '../activation/errors.ts';
import type { LicensingContext } from '../context.ts';
import { reportError } from './errors.ts';
import { entitlementsOf, sectorsOf } from './rules.ts';
import { readUsage } from './store.ts';

const periodMs = 30 * 86_400_000;

export interface ReportQuery {
  /** The asker's own agency if absent. */
  readonly agencyId?: string;
  /** Beginning of the period whose revocations are counted; 30 days before now if absent. */
  readonly from?: string;
}

/**
 * What an agency and those below it were licensed and use, signed by the licence key in every suite of its profile: whoever has
 * the pinned root verifies it without this server.
 * @throws LICENSING_KEY_MISSING, LICENSING_REPORT_PERIOD, ORGANISATION_AGENCY_UNKNOWN
 */
export async function reportUsage(
  context: LicensingContext,
  access: Access,
  query: ReportQuery,
): Promise<Envelope> {
  const key = await context.licenceKey();
  if (key === undefined) throw activationError('LICENSING_KEY_MISSING');
  const asOf = context.clock.now();
  const from = query.from === undefined ? new Date(asOf.getTime() - periodMs) : new Date(query.from);
  if (from >= asOf) {
    const params = { from: from.toISOString(), asOf: asOf.toISOString() };
    throw reportError('LICENSING_REPORT_PERIOD', params);
  }
  const agencyId = query.agencyId ?? access.agencyId;
  const agencyPath = await context.database.transaction(access, (trx) => agencyPathOf(trx, agencyId));
  // The entitlements stand at the licensee, which may be above the asker; only nodes of the asker's part are read.
  const { rows, head } = await context.database.transaction(onBehalfOf(access), (trx) =>
    readUsage(trx, agencyPath, { from, asOf }),
  );
  const entitlements = entitlementsOf(rows, asOf);
  const report: UsageReport = {
    iss: 'imprint',
    asOf: asOf.toISOString(),
    agencyId,
    period: { from: from.toISOString(), to: asOf.toISOString() },
    log: head,
    entitlements,
    sectors: sectorsOf(entitlements),
  };
  return signEnvelope(usageReportType, canonicalJson(report), key.signers);
}
