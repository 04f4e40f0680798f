import type { Migration } from '../../../platform/database/index.ts';

export const entryMigration: Migration = {
  id: 'assurance/0001-entry',
  sql: `
CREATE TABLE assurance_entry (
  seq bigint PRIMARY KEY CHECK (seq > 0),
  at timestamptz(3) NOT NULL,
  action text NOT NULL,
  actor text NOT NULL,
  agency_path text NOT NULL,
  subject text NOT NULL,
  digests jsonb NOT NULL,
  previous text NOT NULL CHECK (previous ~ '^[0-9a-f]{64}$'),
  hash text NOT NULL UNIQUE CHECK (hash ~ '^[0-9a-f]{64}$')
);
CREATE TABLE assurance_head (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  seq bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO assurance_head (seq, hash) VALUES (0, repeat('0', 64));

CREATE FUNCTION assurance_refuse() RETURNS trigger LANGUAGE plpgsql AS
  $f$ BEGIN RAISE EXCEPTION 'entries are only ever added' USING ERRCODE = '23001'; END $f$;
CREATE TRIGGER assurance_entry_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON assurance_entry
  FOR EACH STATEMENT EXECUTE FUNCTION assurance_refuse();

ALTER TABLE assurance_entry ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY assurance_entry_read ON assurance_entry FOR SELECT USING (platform_visible(agency_path));
CREATE POLICY assurance_entry_add ON assurance_entry FOR INSERT WITH CHECK (platform_visible(agency_path));
ALTER TABLE assurance_head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY assurance_head_context ON assurance_head USING (platform_agency_path() IS NOT NULL);

GRANT SELECT, INSERT ON assurance_entry TO imprint_app;
GRANT SELECT, UPDATE (seq, hash) ON assurance_head TO imprint_app;
`,
};
