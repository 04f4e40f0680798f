import { onBehalfOf } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import { record } from '../../assurance/index.ts';
import { agencyPathOf } from '../../organisation/index.ts';
import type { FleetContext } from '../context.ts';
import { hashOf } from '../hash.ts';
import { antivirusError } from './errors.ts';
import { selectionOf } from './follow.ts';
import type { NewSelection } from './model.ts';
import { refusalsOf, type Selection, type SelectionRefusal } from './rules.ts';
import { allSelections, lockSelections, putSelection } from './store.ts';
import { listedProviders } from './views.ts';

/**
 * Chooses for the asker's agency, or one below it, what its devices run; a choice without content takes it back.
 * @throws ORGANISATION_AGENCY_UNKNOWN, FLEET_ANTIVIRUS_PROVIDER_UNKNOWN, FLEET_ANTIVIRUS_APPROVAL_EXPIRED,
 *   FLEET_ANTIVIRUS_FIXED, FLEET_ANTIVIRUS_NOT_ALLOWED
 */
export async function selectAntivirus(
  context: Pick<FleetContext, 'database' | 'clock' | 'ids'>,
  access: Access,
  wanted: NewSelection,
): Promise<void> {
  const agencyPath = await context.database.transaction(access, (trx) =>
    agencyPathOf(trx, wanted.agencyId ?? access.agencyId),
  );
  const selection: Selection = {
    agencyPath,
    deviceClass: wanted.deviceClass,
    provider: wanted.provider,
    definitionsRing: wanted.definitionsRing,
    allowed: wanted.allowed,
    isFixed: wanted.isFixed === true,
  };
  // What agencies above have chosen limits this one; the agency itself was found under the asker's own access.
  await context.database.transaction(onBehalfOf(access), async (trx) => {
    const now = context.clock.now();
    await lockSelections(trx);
    const selections = (await allSelections(trx)).map(selectionOf);
    const before = selections.find(
      (one) => one.agencyPath === agencyPath && one.deviceClass === selection.deviceClass,
    );
    const [refusal] = refusalsOf(selection, before, selections, await listedProviders(trx, now), now);
    if (refusal !== undefined) throw errorOf(refusal);
    const { provider, definitionsRing, allowed, isFixed } = selection;
    const content = { provider, definitionsRing, allowed, isFixed };
    await putSelection(trx, {
      id: context.ids.id(),
      agency_path: agencyPath,
      device_class: selection.deviceClass ?? '',
      provider: provider ?? null,
      definitions_ring: definitionsRing ?? null,
      allowed: allowed === undefined ? null : [...allowed],
      is_fixed: isFixed,
      set_by: access.actor,
      set_at: now,
      is_cleared:
        provider === undefined && definitionsRing === undefined && allowed === undefined && !isFixed,
    });
    await record(trx, {
      at: now,
      action: 'fleet.select-antivirus',
      actor: access.actor,
      agencyPath,
      subject: `antivirus:${selection.deviceClass ?? 'every-class'}`,
      digests: { selection: hashOf(JSON.stringify(content)) },
    });
  });
}

function errorOf(refusal: SelectionRefusal): Error {
  const { why, provider } = refusal;
  if (why === 'unknown') return antivirusError('FLEET_ANTIVIRUS_PROVIDER_UNKNOWN', { provider });
  if (why === 'not-allowed') return antivirusError('FLEET_ANTIVIRUS_NOT_ALLOWED', { provider });
  if (why === 'fixed') return antivirusError('FLEET_ANTIVIRUS_FIXED', { provider });
  const { approvedUntil } = refusal;
  return antivirusError('FLEET_ANTIVIRUS_APPROVAL_EXPIRED', { provider, approvedUntil });
}
