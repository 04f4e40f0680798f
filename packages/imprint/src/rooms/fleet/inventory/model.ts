import Type, { type Static } from 'typebox';
import { PageQuery } from '../../../platform/http/page.ts';
import { AgencyId } from '../../organisation/index.ts';
import { DeviceId } from '../model.ts';

export const PackageParams = Type.Object({
  name: Type.String({ pattern: '^[a-z0-9][a-z0-9+.-]{0,199}$' }),
});

const version = '^[0-9A-Za-z.+:~-]{1,200}$';
export const PackageQuery = Type.Object({
  below: Type.Optional(Type.String({ pattern: version, description: 'only versions below this one' })),
  ...PageQuery.properties,
});

/** Who has a package. Numbers below the asker's own agency are at least so many, in steps of `smallCell`. */
export const PackageHolders = Type.Object({
  name: Type.String(),
  below: Type.Optional(Type.String()),
  smallCell: Type.Integer(),
  /** Of the asker's own agency. */
  own: Type.Object({
    devices: Type.Integer(),
    /** Of whose packages nothing is known. */
    unknown: Type.Integer(),
    /** A page of them, by id. */
    holders: Type.Array(
      Type.Object({
        id: DeviceId,
        hostname: Type.String(),
        versions: Type.Array(Type.Object({ version: Type.String(), architecture: Type.String() })),
      }),
    ),
  }),
  /** Of agencies below it. */
  belowOwn: Type.Object({
    devicesAtLeast: Type.Integer(),
    unknownAtLeast: Type.Integer(),
    agencies: Type.Array(Type.Object({ agencyId: AgencyId, devicesAtLeast: Type.Integer() })),
  }),
});
export type PackageHolders = Static<typeof PackageHolders>;
