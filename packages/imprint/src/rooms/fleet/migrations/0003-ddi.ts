import type { Migration } from '../../../platform/database/index.ts';

export const ddiMigration: Migration = {
  id: 'fleet/0003-ddi',
  sql: `
-- Devices of foreign clients that speak hawkBit DDI: known by a name of their agency's and a token, nothing else.
CREATE TABLE fleet_ddi_target (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  controller_id text NOT NULL CHECK (controller_id ~ '^[A-Za-z0-9._-]{1,64}$'),
  token_sha256 text NOT NULL UNIQUE,
  created_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3),
  last_seen_at timestamptz(3),
  UNIQUE (agency_path, controller_id)
);

CREATE TABLE fleet_ddi_action (
  -- A number, because clients read it as one.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_path text NOT NULL,
  target_id text NOT NULL REFERENCES fleet_ddi_target,
  release_sha256 text NOT NULL,
  version text NOT NULL,
  artifact text NOT NULL,
  artifact_sha256 text NOT NULL CHECK (artifact_sha256 ~ '^[0-9a-f]{64}$'),
  artifact_sha1 text NOT NULL CHECK (artifact_sha1 ~ '^[0-9a-f]{40}$'),
  size_bytes bigint NOT NULL CHECK (size_bytes >= 0),
  phase text NOT NULL CHECK (phase IN ('open', 'cancelling', 'succeeded', 'failed', 'cancelled')),
  assigned_at timestamptz(3) NOT NULL,
  changed_at timestamptz(3) NOT NULL
);
-- A device has one thing to do at a time, whatever the code believes.
CREATE UNIQUE INDEX fleet_ddi_action_open ON fleet_ddi_action (target_id) WHERE phase IN ('open', 'cancelling');
CREATE INDEX fleet_ddi_action_target ON fleet_ddi_action (target_id, id);

CREATE TABLE fleet_ddi_feedback (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agency_path text NOT NULL,
  action_id bigint NOT NULL REFERENCES fleet_ddi_action ON DELETE CASCADE,
  at timestamptz(3) NOT NULL,
  execution text NOT NULL,
  finished text NOT NULL,
  details text[] NOT NULL
);
CREATE INDEX fleet_ddi_feedback_action ON fleet_ddi_feedback (action_id, id);

ALTER TABLE fleet_ddi_target ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_ddi_target_visible ON fleet_ddi_target USING (platform_visible(agency_path));
ALTER TABLE fleet_ddi_action ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_ddi_action_visible ON fleet_ddi_action USING (platform_visible(agency_path));
ALTER TABLE fleet_ddi_feedback ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY fleet_ddi_feedback_visible ON fleet_ddi_feedback USING (platform_visible(agency_path));

GRANT SELECT, INSERT, UPDATE (token_sha256, revoked_at, last_seen_at) ON fleet_ddi_target TO imprint_app;
GRANT SELECT, INSERT, UPDATE (phase, changed_at), DELETE ON fleet_ddi_action TO imprint_app;
GRANT SELECT, INSERT, DELETE ON fleet_ddi_feedback TO imprint_app;
`,
};
