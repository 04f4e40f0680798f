import type { Migration } from '../../../platform/database/index.ts';

export const releaseMigration: Migration = {
  id: 'release/0001-release',
  sql: `
CREATE TABLE release_release (
  sha256 text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  edition text NOT NULL,
  channel text NOT NULL,
  version text NOT NULL,
  sequence bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('current', 'superseded', 'withdrawn', 'refused')),
  refusal text,
  manifest jsonb NOT NULL,
  signed_by text[] NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  loaded_at timestamptz(3) NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  CHECK ((state = 'refused') = (refusal IS NOT NULL))
);
-- A channel has one current release, whatever the code believes.
CREATE UNIQUE INDEX release_release_current ON release_release (edition, channel) WHERE state = 'current';
CREATE INDEX release_release_channel ON release_release (edition, channel, sequence DESC);

-- Releases are public to every agency; only the service itself writes what it has verified.
ALTER TABLE release_release ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY release_release_read ON release_release FOR SELECT USING (platform_agency_path() IS NOT NULL);
CREATE POLICY release_release_add ON release_release FOR INSERT WITH CHECK (platform_agency_path() = '/');
CREATE POLICY release_release_change ON release_release FOR UPDATE USING (platform_agency_path() = '/');

GRANT SELECT, INSERT, UPDATE (state, refusal, signed_by, changed_at) ON release_release TO imprint_app;
`,
};
