import type { Migration } from '../../../platform/database/index.ts';

export const agencyMigration: Migration = {
  id: 'organisation/0001-agency',
  sql: `
CREATE TABLE organisation_agency (
  id text PRIMARY KEY,
  parent_id text REFERENCES organisation_agency,
  path text NOT NULL UNIQUE CHECK (path ~ '^/([0-9A-Z]{26}/)+$'),
  kind text NOT NULL CHECK (kind IN ('nation', 'ministry', 'province', 'agency', 'site')),
  sector text,
  name_en text NOT NULL,
  name_zh text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  CHECK ((kind = 'nation') = (parent_id IS NULL))
);
-- One tree, so one root.
CREATE UNIQUE INDEX organisation_agency_root ON organisation_agency ((parent_id IS NULL)) WHERE parent_id IS NULL;
CREATE TABLE organisation_token (
  id text PRIMARY KEY,
  agency_id text NOT NULL REFERENCES organisation_agency,
  agency_path text NOT NULL,
  label text NOT NULL,
  scopes text[] NOT NULL,
  secret_sha256 text NOT NULL UNIQUE,
  created_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3),
  revoked_at timestamptz(3)
);

ALTER TABLE organisation_agency ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_agency_visible ON organisation_agency USING (platform_visible(path));
ALTER TABLE organisation_token ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_token_visible ON organisation_token USING (platform_visible(agency_path));

GRANT SELECT, INSERT ON organisation_agency TO imprint_app;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON organisation_token TO imprint_app;
`,
};
