import type { Migration } from '../../../platform/database/index.ts';

export const preregistrationMigration: Migration = {
  id: 'fleet/0007-preregistration',
  sql: `
-- A token many devices bring at their first start: bounded in count and time, and only its digest is kept.
CREATE TABLE fleet_deployment_token (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  label text NOT NULL,
  secret_sha256 text NOT NULL UNIQUE,
  most_devices integer NOT NULL,
  devices integer NOT NULL DEFAULT 0,
  unknown_serials text NOT NULL CHECK (unknown_serials IN ('refuse', 'hold')),
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3),
  CHECK (devices >= 0 AND devices <= most_devices)
);

-- Which machine belongs where: the digest of its serial number, never the number.
CREATE TABLE fleet_preregistration (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  serial_sha256 text NOT NULL UNIQUE CHECK (serial_sha256 ~ '^[0-9a-f]{64}$'),
  asset_tag text NOT NULL,
  device_class text,
  created_at timestamptz(3) NOT NULL,
  device_id text,
  enrolled_at timestamptz(3),
  CHECK ((device_id IS NULL) = (enrolled_at IS NULL))
);
CREATE INDEX fleet_preregistration_agency ON fleet_preregistration (agency_path text_pattern_ops, id);

-- One row per device that brought a deployment token.
CREATE TABLE fleet_deployment_use (
  device_id text PRIMARY KEY,
  token_id text NOT NULL REFERENCES fleet_deployment_token,
  agency_path text NOT NULL,
  at timestamptz(3) NOT NULL,
  -- Waits in the token's agency until a person says where it belongs.
  is_held boolean NOT NULL
);

ALTER TABLE fleet_deployment_token ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_deployment_token_visible ON fleet_deployment_token USING (platform_visible(agency_path));
ALTER TABLE fleet_preregistration ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_preregistration_visible ON fleet_preregistration USING (platform_visible(agency_path));
ALTER TABLE fleet_deployment_use ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_deployment_use_visible ON fleet_deployment_use USING (platform_visible(agency_path));

GRANT SELECT, INSERT, UPDATE (devices, revoked_at) ON fleet_deployment_token TO imprint_app;
GRANT SELECT, INSERT, UPDATE (agency_path, asset_tag, device_class, device_id, enrolled_at), DELETE
  ON fleet_preregistration TO imprint_app;
GRANT SELECT, INSERT, UPDATE (token_id, agency_path, at, is_held) ON fleet_deployment_use TO imprint_app;
`,
};
