import type { Migration } from '../../../platform/database/index.ts';

export const reportMigration: Migration = {
  id: 'fleet/0004-report',
  sql: `
-- A report stands beside the row that each check-in rewrites, and is written when its content changes.
CREATE TABLE fleet_report (
  device_id text PRIMARY KEY REFERENCES fleet_device ON DELETE CASCADE,
  agency_path text NOT NULL,
  sha256 text NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  report jsonb NOT NULL
);
INSERT INTO fleet_report (device_id, agency_path, sha256, changed_at, report)
  SELECT device_id, agency_path, '', received_at, report FROM fleet_check_in;

ALTER TABLE fleet_check_in
  ALTER COLUMN report DROP NOT NULL,
  ADD COLUMN report_sha256 text NOT NULL DEFAULT '',
  -- The counter of the check-in that brought the report as it stands.
  ADD COLUMN report_counter bigint NOT NULL DEFAULT 0,
  ADD COLUMN instants jsonb NOT NULL DEFAULT '[]';

ALTER TABLE fleet_report ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_report_visible ON fleet_report USING (platform_visible(agency_path));
GRANT SELECT, INSERT, UPDATE ON fleet_report TO imprint_app;
`,
};
