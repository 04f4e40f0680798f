import type { DeviceClass } from '@imprint/protocol';
import type { QueryExecutorProvider } from 'kysely';
import { agencyIdOf } from '../../../platform/agency-path.ts';
import { onBehalfOf } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import type { FleetContext } from '../context.ts';
import { selectionOf } from './follow.ts';
import type { AntivirusSelection, Effective, ListedProvider, Selections } from './model.ts';
import { approvalOf, type Listed, resolve, type Selection } from './rules.ts';
import { allSelections, currentReleases, providersOf } from './store.ts';
import type { SelectionRow } from './tables.ts';

/** Providers as the current releases of all channels list them. */
export async function listedProviders(trx: QueryExecutorProvider, now: Date): Promise<Listed[]> {
  const current = await currentReleases(trx, now);
  const lists = await providersOf(
    trx,
    current.map(({ sha256 }) => sha256),
  );
  return current.flatMap(({ sha256, edition, channel, version }) =>
    (lists.get(sha256) ?? []).map((provider) => ({ edition, channel, version, provider })),
  );
}

type Context = Pick<FleetContext, 'database' | 'clock'>;

/** What may be chosen, until when, and what it sends out. */
export function showProviders(context: Context, access: Access): Promise<ListedProvider[]> {
  return context.database.transaction(access, async (trx) => {
    const now = context.clock.now();
    const chosen = await allSelections(trx);
    return (await listedProviders(trx, now)).map((listed) => {
      const { state: approval, daysLeft } = approvalOf(listed.provider, now);
      const selections = chosen.filter(({ provider }) => provider === listed.provider.name).length;
      return { ...listed, approval, daysLeft, selections };
    });
  });
}

/** What the asker's agency and those below it have chosen, and what its own devices are told. */
export async function showSelections(context: Context, access: Access): Promise<Selections> {
  const now = context.clock.now();
  const rows = await context.database.transaction(access, (trx) => allSelections(trx));
  // Choices of agencies above reach here as what they come to, which the devices are told anyway.
  const { all, listed } = await context.database.transaction(onBehalfOf(access), async (trx) => ({
    all: (await allSelections(trx)).map(selectionOf),
    listed: await listedProviders(trx, now),
  }));
  return { selections: rows.map(viewOf), effective: effectiveFor(access.agencyPath, all, listed, now) };
}

function effectiveFor(
  agencyPath: string,
  all: readonly Selection[],
  listed: readonly Listed[],
  now: Date,
): Effective[] {
  const classes = new Set<DeviceClass | undefined>([undefined]);
  for (const one of all) if (agencyPath.startsWith(one.agencyPath)) classes.add(one.deviceClass);
  const channels = new Map<string, Listed[]>();
  for (const one of listed) {
    const key = `${one.edition}/${one.channel}`;
    channels.set(key, [...(channels.get(key) ?? []), one]);
  }
  return [...channels.values()].flatMap((entries) =>
    [...classes].flatMap((deviceClass): Effective[] => {
      const providers = entries.map(({ provider }) => provider);
      const resolved = resolve(all, { agencyPath, deviceClass }, providers);
      const entry = entries.find(({ provider }) => provider.name === resolved?.provider);
      if (resolved === undefined || entry === undefined) return [];
      const { provider, definitionsRing, chosenBy } = resolved;
      const { state: approval, daysLeft } = approvalOf(entry.provider, now);
      const { edition, channel } = entry;
      return [
        {
          edition,
          channel,
          ...(deviceClass === undefined ? {} : { deviceClass }),
          provider,
          definitionsRing,
          chosenBy: agencyIdOf(chosenBy),
          approval,
          daysLeft,
        },
      ];
    }),
  );
}

function viewOf(row: SelectionRow): AntivirusSelection {
  return {
    agencyId: agencyIdOf(row.agency_path),
    ...(row.device_class === '' ? {} : { deviceClass: row.device_class }),
    ...(row.provider === null ? {} : { provider: row.provider }),
    ...(row.definitions_ring === null ? {} : { definitionsRing: row.definitions_ring }),
    ...(row.allowed === null ? {} : { allowed: row.allowed }),
    isFixed: row.is_fixed,
    setAt: row.set_at.toISOString(),
    setBy: row.set_by,
  };
}
