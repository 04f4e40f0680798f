import { DeviceClass, Instant } from '@imprint/protocol';
import Type, { type Static } from 'typebox';
import { AgencyId } from '../../organisation/index.ts';
import { DeviceId } from '../model.ts';

export const RowId = Type.String({ pattern: '^[0-9A-Z]{26}$' });
const Unknown = Type.Union([Type.Literal('refuse'), Type.Literal('hold')], {
  description:
    'a machine that is on no list is refused, or enrolled and held until somebody says where it belongs',
});

export const NewDeploymentToken = Type.Object(
  {
    agencyId: Type.Optional(AgencyId),
    label: Type.Optional(Type.String({ minLength: 1, maxLength: 100 })),
    mostDevices: Type.Integer({ minimum: 1, maximum: 100_000 }),
    validSeconds: Type.Optional(Type.Integer({ minimum: 1, maximum: 31_536_000 })),
    unknownSerials: Type.Optional(Unknown),
  },
  { additionalProperties: false },
);
export type NewDeploymentToken = Static<typeof NewDeploymentToken>;

export const DeploymentToken = Type.Object({
  id: RowId,
  label: Type.String(),
  mostDevices: Type.Integer(),
  devices: Type.Integer(),
  unknownSerials: Unknown,
  createdAt: Instant,
  expiresAt: Instant,
  revokedAt: Type.Optional(Instant),
});
export type DeploymentToken = Static<typeof DeploymentToken>;

export const NewPreregistration = Type.Object(
  {
    file: Type.String({ maxLength: 11_184_812, description: 'CSV, standard base64' }),
    again: Type.Optional(
      Type.Boolean({
        description: 'machines of the list that are enrolled may enrol once more, set up anew',
      }),
    ),
  },
  { additionalProperties: false },
);
export type NewPreregistration = Static<typeof NewPreregistration>;

const count = Type.Integer({ minimum: 0 });
export const Preregistered = Type.Object({ new: count, changed: count, unchanged: count });
export type Preregistered = Static<typeof Preregistered>;

export const Preregistration = Type.Object({
  id: RowId,
  assetTag: Type.String(),
  deviceClass: Type.Optional(DeviceClass),
  createdAt: Instant,
  deviceId: Type.Optional(DeviceId),
  enrolledAt: Type.Optional(Instant),
});
export type Preregistration = Static<typeof Preregistration>;

export const HeldDevice = Type.Object({ deviceId: DeviceId, tokenId: RowId, since: Instant });
export type HeldDevice = Static<typeof HeldDevice>;

export const Placement = Type.Object({ agencyId: AgencyId }, { additionalProperties: false });
