import type { Migration } from '../../../platform/database/index.ts';

export const antivirusMigration: Migration = {
  id: 'fleet/0006-antivirus',
  sql: `
-- What an agency has chosen for its devices and those below it; few rows, read whole when one changes.
CREATE TABLE fleet_antivirus_selection (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  -- Empty: devices of every class.
  device_class text NOT NULL CHECK (device_class IN ('', 'desktop', 'laptop', 'thin-client', 'server', 'virtual')),
  provider text,
  definitions_ring text,
  -- Providers that agencies below may choose among; null: any that the release lists.
  allowed text[],
  -- Agencies below choose no provider.
  is_fixed boolean NOT NULL,
  set_by text NOT NULL,
  set_at timestamptz(3) NOT NULL,
  -- Nothing is chosen any more; the row stays, so that its revision tells every server.
  is_cleared boolean NOT NULL,
  revision bigint NOT NULL,
  UNIQUE (agency_path, device_class)
);
CREATE INDEX fleet_antivirus_selection_revision ON fleet_antivirus_selection (revision);

ALTER TABLE fleet_antivirus_selection ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_antivirus_selection_visible ON fleet_antivirus_selection USING (platform_visible(agency_path));
GRANT SELECT, INSERT, UPDATE (provider, definitions_ring, allowed, is_fixed, set_by, set_at, is_cleared, revision)
  ON fleet_antivirus_selection TO imprint_app;
`,
};
