import { compareDebianVersions } from '@imprint/edition';
import { agencyIdOf } from '../../../platform/agency-path.ts';
import { serviceContext } from '../../../platform/database/index.ts';
import type { Access } from '../../../platform/http/access.ts';
import type { FleetContext } from '../context.ts';
import type { PackageHolders } from './model.ts';
import { atLeast } from './rules.ts';
import { devicesByAgency, devicesBySet, devicesWithSets, knownSets, setsWith, versionsOf } from './store.ts';

interface Wanted {
  readonly name: string;
  readonly below: string | undefined;
  readonly page: { after: string | undefined; limit: number };
}

/** Who has a package, of a version below one if that is asked: devices of the asker's own agency, numbers of those below it. */
export async function packageHolders(
  context: Pick<FleetContext, 'database' | 'smallCell'>,
  access: Access,
  { name, below, page }: Wanted,
): Promise<PackageHolders> {
  const seen = await context.database.transaction(access, async (trx) => ({
    bySet: await devicesBySet(trx),
    byAgency: await devicesByAgency(trx),
  }));
  // Sets belong to no agency: only those that the asker's own devices have are looked into.
  const digests = [...new Set(seen.bySet.map(({ sha256 }) => sha256))];
  const { known, holding, versions } = await context.database.transaction(
    serviceContext('inventory'),
    async (trx) => {
      const all = await versionsOf(trx, name);
      const wanted = all.filter(
        ({ version }) => below === undefined || compareDebianVersions(version, below) < 0,
      );
      const ids = wanted.map(({ id }) => id);
      return {
        known: await knownSets(trx, digests),
        holding: await setsWith(trx, digests, ids),
        versions: new Map(wanted.map(({ id, version, architecture }) => [id, { version, architecture }])),
      };
    },
  );
  const rows = await context.database.transaction(access, (trx) =>
    devicesWithSets(trx, access.agencyPath, [...holding.keys()], page),
  );
  const counts = countsOf(seen, access.agencyPath, known, holding);
  const { smallCell: k } = context;
  const agencies = [...counts.agencies]
    .map(([path, devices]) => ({
      agencyId: agencyIdOf(path),
      devicesAtLeast: atLeast(devices, k),
    }))
    .filter(({ devicesAtLeast }) => devicesAtLeast > 0)
    .toSorted((a, b) => (a.agencyId < b.agencyId ? -1 : 1));
  return {
    name,
    ...(below === undefined ? {} : { below }),
    smallCell: k,
    own: {
      devices: counts.own,
      unknown: counts.ownUnknown,
      holders: rows.map(({ id, hostname, sha256 }) => ({
        id,
        hostname,
        versions: (holding.get(sha256) ?? []).flatMap((one) => versions.get(one) ?? []),
      })),
    },
    belowOwn: {
      // The sum of what is said: a sum of its own could tell what the steps hide.
      devicesAtLeast: agencies.reduce((sum, { devicesAtLeast }) => sum + devicesAtLeast, 0),
      unknownAtLeast: atLeast(counts.belowUnknown, k),
      agencies,
    },
  };
}

function countsOf(
  {
    bySet,
    byAgency,
  }: Readonly<{
    bySet: readonly { sha256: string; agency_path: string; devices: number }[];
    byAgency: readonly { agency_path: string; devices: number }[];
  }>,
  ownPath: string,
  known: ReadonlySet<string>,
  holding: ReadonlyMap<string, unknown>,
) {
  const agencies = new Map<string, number>();
  let [own, ownUnknown, belowUnknown] = [0, 0, 0];
  for (const { agency_path, devices } of byAgency) {
    if (agency_path === ownPath) ownUnknown += Number(devices);
    else belowUnknown += Number(devices);
  }
  for (const { sha256, agency_path, devices } of bySet) {
    const isOwn = agency_path === ownPath;
    if (known.has(sha256)) {
      if (isOwn) ownUnknown -= Number(devices);
      else belowUnknown -= Number(devices);
    }
    if (!holding.has(sha256)) continue;
    if (isOwn) own += Number(devices);
    else agencies.set(agency_path, (agencies.get(agency_path) ?? 0) + Number(devices));
  }
  return { own, ownUnknown, belowUnknown, agencies };
}
