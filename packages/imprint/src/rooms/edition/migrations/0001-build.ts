import type { Migration } from '../../../platform/database/index.ts';

export const buildMigration: Migration = {
  id: 'edition/0001-build',
  sql: `
CREATE TABLE edition_build (
  sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  edition text NOT NULL,
  version text NOT NULL,
  profile text NOT NULL CHECK (profile IN ('preview', 'release')),
  lock_sha256 text NOT NULL,
  record jsonb NOT NULL,
  registered_at timestamptz(3) NOT NULL,
  registered_by text NOT NULL
);
CREATE INDEX edition_build_edition ON edition_build (edition, registered_at DESC);
CREATE INDEX edition_build_lock ON edition_build (lock_sha256, profile);

-- Builds are the operator's, for every agency to read; nobody reads without a context.
ALTER TABLE edition_build ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY edition_build_context ON edition_build USING (platform_agency_path() IS NOT NULL);

GRANT SELECT, INSERT ON edition_build TO imprint_app;
`,
};
