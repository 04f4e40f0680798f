import type { DeviceClass } from '@imprint/protocol';
import type { DeploymentToken, Preregistration } from './model.ts';
import type { DeploymentTokenRow, PreregistrationRow } from './tables.ts';

export const tokenView = (row: DeploymentTokenRow): DeploymentToken => ({
  id: row.id,
  label: row.label,
  mostDevices: row.most_devices,
  devices: row.devices,
  unknownSerials: row.unknown_serials,
  createdAt: row.created_at.toISOString(),
  expiresAt: row.expires_at.toISOString(),
  ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at.toISOString() }),
});

export const listedView = (row: PreregistrationRow): Preregistration => ({
  id: row.id,
  assetTag: row.asset_tag,
  createdAt: row.created_at.toISOString(),
  ...(row.device_class === null ? {} : { deviceClass: row.device_class as DeviceClass }),
  ...(row.device_id === null ? {} : { deviceId: row.device_id }),
  ...(row.enrolled_at === null ? {} : { enrolledAt: row.enrolled_at.toISOString() }),
});
