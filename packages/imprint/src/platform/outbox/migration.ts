import type { Migration } from '../database/migrate.ts';

export const outboxMigration: Migration = {
  id: 'platform/0002-outbox',
  sql: `
CREATE TABLE platform_outbox (
  id text PRIMARY KEY,
  topic text NOT NULL,
  agency_path text NOT NULL,
  payload jsonb NOT NULL,
  created_at timestamptz(3) NOT NULL,
  due_at timestamptz(3) NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  last_error text,
  delivered_at timestamptz(3),
  abandoned_at timestamptz(3)
);
CREATE INDEX platform_outbox_due ON platform_outbox (due_at) WHERE delivered_at IS NULL AND abandoned_at IS NULL;
ALTER TABLE platform_outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_outbox_visible ON platform_outbox USING (platform_visible(agency_path));
GRANT SELECT, INSERT, UPDATE, DELETE ON platform_outbox TO imprint_app;
`,
};
