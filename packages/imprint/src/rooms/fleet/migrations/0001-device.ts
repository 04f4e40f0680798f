import type { Migration } from '../../../platform/database/index.ts';

export const deviceMigration: Migration = {
  id: 'fleet/0001-device',
  sql: `
CREATE TABLE fleet_enrolment_token (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  label text NOT NULL,
  secret_sha256 text NOT NULL UNIQUE,
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  used_at timestamptz(3),
  used_by text,
  CHECK ((used_at IS NULL) = (used_by IS NULL))
);
CREATE TABLE fleet_device (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{43}$'),
  agency_path text NOT NULL,
  jwk jsonb NOT NULL,
  edition text NOT NULL,
  channel text NOT NULL,
  hostname text NOT NULL,
  architecture text NOT NULL,
  enrolled_at timestamptz(3) NOT NULL,
  conflict_at timestamptz(3)
);
CREATE INDEX fleet_device_agency ON fleet_device (agency_path text_pattern_ops, id);

-- The hot table: one row per device, rewritten by each check-in, with room on its pages to do so in place.
CREATE TABLE fleet_check_in (
  device_id text PRIMARY KEY REFERENCES fleet_device ON DELETE CASCADE,
  agency_path text NOT NULL,
  counter bigint NOT NULL CHECK (counter > 0),
  message_sha256 text NOT NULL,
  issued_at timestamptz(3) NOT NULL,
  received_at timestamptz(3) NOT NULL,
  boot_id text NOT NULL,
  report jsonb NOT NULL
) WITH (fillfactor = 60);

ALTER TABLE fleet_enrolment_token ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_enrolment_token_visible ON fleet_enrolment_token USING (platform_visible(agency_path));
ALTER TABLE fleet_device ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_device_visible ON fleet_device USING (platform_visible(agency_path));
ALTER TABLE fleet_check_in ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_check_in_visible ON fleet_check_in USING (platform_visible(agency_path));

GRANT SELECT, INSERT, UPDATE (used_at, used_by) ON fleet_enrolment_token TO imprint_app;
GRANT SELECT, INSERT, UPDATE (agency_path, edition, channel, hostname, architecture, enrolled_at, conflict_at)
  ON fleet_device TO imprint_app;
GRANT SELECT, INSERT, UPDATE ON fleet_check_in TO imprint_app;
`,
};
