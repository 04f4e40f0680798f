import type { Migration } from '../../../platform/database/index.ts';

export const licenceMigration: Migration = {
  id: 'licensing/0001-licence',
  sql: `
CREATE TABLE licensing_agreement (
  id text PRIMARY KEY,
  agency_id text NOT NULL,
  agency_path text NOT NULL,
  number text NOT NULL UNIQUE,
  licensor text NOT NULL,
  sector text NOT NULL,
  edition text NOT NULL,
  starts_at timestamptz(3) NOT NULL,
  ends_at timestamptz(3) NOT NULL,
  document_sha256 text NOT NULL CHECK (document_sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  CHECK (starts_at < ends_at)
);
CREATE TABLE licensing_entitlement (
  id text PRIMARY KEY,
  agreement_id text NOT NULL REFERENCES licensing_agreement,
  agency_path text NOT NULL,
  edition text NOT NULL,
  device_class text NOT NULL,
  seats integer NOT NULL CHECK (seats > 0),
  features text[] NOT NULL,
  overage text NOT NULL CHECK (overage IN ('deny', 'percent', 'report')),
  overage_percent integer CHECK (overage_percent BETWEEN 1 AND 100),
  overage_days integer CHECK (overage_days BETWEEN 1 AND 365),
  -- When more seats than agreed were first taken; empty again once they no longer are.
  overage_since timestamptz(3),
  starts_at timestamptz(3) NOT NULL,
  ends_at timestamptz(3) NOT NULL,
  created_at timestamptz(3) NOT NULL,
  ended_at timestamptz(3),
  CHECK (starts_at < ends_at),
  CHECK ((overage = 'percent') = (overage_percent IS NOT NULL AND overage_days IS NOT NULL))
);
CREATE INDEX licensing_entitlement_agreement ON licensing_entitlement (agreement_id);

-- A node of an entitlement's seat tree. taken = own + the sum over its children of greatest(floor, taken); what a node demands
-- of its parent is greatest(floor, taken). The root stands for the whole entitlement: its ceiling is the seats agreed.
CREATE TABLE licensing_allocation (
  id text PRIMARY KEY,
  entitlement_id text NOT NULL REFERENCES licensing_entitlement,
  parent_id text REFERENCES licensing_allocation,
  agency_id text NOT NULL,
  agency_path text NOT NULL,
  floor integer NOT NULL CHECK (floor >= 0),
  ceiling integer NOT NULL,
  -- What the database refuses to go beyond: the ceiling, at a root also the tolerated overage; empty where all is only reported.
  hard_ceiling integer,
  own integer NOT NULL DEFAULT 0 CHECK (own >= 0),
  taken integer NOT NULL DEFAULT 0,
  -- A dated reclaim: from then on the ceiling is this, and seats beyond it are not renewed.
  reclaim_ceiling integer CHECK (reclaim_ceiling >= 0),
  reclaim_at timestamptz(3),
  -- The highest threshold, in percent, that was alerted and not fallen below since.
  alerted smallint NOT NULL DEFAULT 0,
  created_at timestamptz(3) NOT NULL,
  UNIQUE (entitlement_id, agency_id),
  CHECK (floor <= ceiling),
  CHECK (taken >= own),
  CHECK (hard_ceiling IS NULL OR taken <= hard_ceiling),
  CHECK ((reclaim_ceiling IS NULL) = (reclaim_at IS NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX licensing_allocation_root ON licensing_allocation (entitlement_id) WHERE parent_id IS NULL;
CREATE INDEX licensing_allocation_parent ON licensing_allocation (parent_id);
CREATE INDEX licensing_allocation_agency ON licensing_allocation (agency_path text_pattern_ops);

CREATE TABLE licensing_activation (
  id text PRIMARY KEY,
  entitlement_id text NOT NULL REFERENCES licensing_entitlement,
  allocation_id text NOT NULL REFERENCES licensing_allocation,
  agency_path text NOT NULL,
  device_id text NOT NULL CHECK (device_id ~ '^[A-Za-z0-9_-]{43}$'),
  state text NOT NULL CHECK (state IN ('active', 'released', 'revoked')),
  seat text NOT NULL CHECK (seat IN ('regular', 'overage')),
  origin text NOT NULL CHECK (origin IN ('online', 'offline', 'typed', 'transfer')),
  -- Of the newest lease; 0 while a transferred seat waits for its new device.
  generation integer NOT NULL CHECK (generation >= 0),
  -- Of the request the newest lease answers: asked again, it gets the same lease.
  nonce text NOT NULL,
  -- The latest instant at which the device is known to have asked: a message of another generation made before it is a replay.
  requested_at timestamptz(3) NOT NULL,
  facts jsonb NOT NULL,
  fact_tpm text,
  fact_board text,
  activated_at timestamptz(3) NOT NULL,
  renewed_at timestamptz(3) NOT NULL,
  renew_at timestamptz(3) NOT NULL,
  lease_ends_at timestamptz(3) NOT NULL,
  overage_until timestamptz(3),
  -- When a person said that the hardware was changed, newest last.
  rebound_at timestamptz(3)[] NOT NULL DEFAULT '{}',
  -- When the same hardware came back with another device key, newest last.
  reimaged_at timestamptz(3)[] NOT NULL DEFAULT '{}',
  duplicate_at timestamptz(3),
  ended_at timestamptz(3),
  ended_reason text,
  UNIQUE (entitlement_id, device_id),
  CHECK ((state = 'active') = (ended_at IS NULL))
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX licensing_activation_device ON licensing_activation (device_id) WHERE state = 'active';
CREATE INDEX licensing_activation_of_device ON licensing_activation (device_id);
CREATE INDEX licensing_activation_tpm ON licensing_activation (entitlement_id, fact_tpm) WHERE fact_tpm IS NOT NULL;
CREATE INDEX licensing_activation_board ON licensing_activation (entitlement_id, fact_board) WHERE fact_board IS NOT NULL;
CREATE INDEX licensing_activation_lapse ON licensing_activation (lease_ends_at) WHERE state = 'active';
CREATE INDEX licensing_activation_agency ON licensing_activation (agency_path text_pattern_ops, id);

-- An act of revoking, or of undoing one; one that touches many devices waits for a second person.
CREATE TABLE licensing_revocation (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  scope text NOT NULL CHECK (scope IN ('activation', 'entitlement', 'agreement')),
  subject_id text NOT NULL,
  reason text NOT NULL,
  devices integer NOT NULL,
  proposed_by text NOT NULL,
  proposed_at timestamptz(3) NOT NULL,
  confirmed_by text,
  applied_at timestamptz(3),
  withdrawn_by text,
  withdrawn_at timestamptz(3),
  -- The act that this one undoes, and why; that act says when it was undone.
  undoes text REFERENCES licensing_revocation,
  undo_reason text,
  undone_at timestamptz(3),
  CHECK (confirmed_by IS NULL OR confirmed_by <> proposed_by),
  CHECK (applied_at IS NULL OR withdrawn_at IS NULL),
  CHECK ((withdrawn_by IS NULL) = (withdrawn_at IS NULL)),
  CHECK ((undoes IS NULL) = (undo_reason IS NULL)),
  CHECK (undone_at IS NULL OR applied_at IS NOT NULL)
);
CREATE INDEX licensing_revocation_undoes ON licensing_revocation (undoes) WHERE undoes IS NOT NULL;
-- What somebody revoked without a second person.
CREATE INDEX licensing_revocation_alone ON licensing_revocation (proposed_by, applied_at)
  WHERE applied_at IS NOT NULL AND confirmed_by IS NULL;
-- What the signed list says: leases of a device up to a generation no longer count.
CREATE TABLE licensing_revoked_lease (
  device_id text NOT NULL,
  generation integer NOT NULL CHECK (generation > 0),
  agency_path text NOT NULL,
  reason text NOT NULL,
  revoked_at timestamptz(3) NOT NULL,
  -- When the leases would have ended anyway, grace included: then it leaves the list.
  until timestamptz(3) NOT NULL,
  PRIMARY KEY (device_id, generation)
);
CREATE TABLE licensing_list (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  number bigint NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  -- When somebody asked to publish it above the published one, whatever its number; empty again once that is done.
  republish_at timestamptz(3)
);
INSERT INTO licensing_list (number, changed_at) VALUES (0, now());

-- Seats that move between two nodes of one entitlement: both sides and the operator consent.
CREATE TABLE licensing_transfer (
  id text PRIMARY KEY,
  entitlement_id text NOT NULL REFERENCES licensing_entitlement,
  from_allocation_id text NOT NULL REFERENCES licensing_allocation,
  to_allocation_id text NOT NULL REFERENCES licensing_allocation,
  from_path text NOT NULL,
  to_path text NOT NULL,
  seats integer NOT NULL CHECK (seats > 0),
  proposed_by text NOT NULL,
  proposed_at timestamptz(3) NOT NULL,
  source_consent text,
  target_consent text,
  operator_consent text,
  applied_at timestamptz(3),
  cancelled_at timestamptz(3),
  CHECK (from_allocation_id <> to_allocation_id)
);

-- Where alerts of an agency go.
CREATE TABLE licensing_alert_target (
  id text PRIMARY KEY,
  agency_path text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('webhook', 'mail')),
  address text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  removed_at timestamptz(3)
);

ALTER TABLE licensing_agreement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_agreement_visible ON licensing_agreement USING (platform_visible(agency_path));
ALTER TABLE licensing_entitlement ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_entitlement_visible ON licensing_entitlement USING (platform_visible(agency_path));
ALTER TABLE licensing_allocation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_allocation_visible ON licensing_allocation USING (platform_visible(agency_path));
ALTER TABLE licensing_activation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_activation_visible ON licensing_activation USING (platform_visible(agency_path));
ALTER TABLE licensing_revocation ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_revocation_visible ON licensing_revocation USING (platform_visible(agency_path));
ALTER TABLE licensing_revoked_lease ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_revoked_lease_visible ON licensing_revoked_lease USING (platform_visible(agency_path));
ALTER TABLE licensing_list ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_list_service ON licensing_list USING (platform_agency_path() IS NOT NULL);
ALTER TABLE licensing_transfer ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_transfer_visible ON licensing_transfer
  USING (platform_visible(from_path) OR platform_visible(to_path));
ALTER TABLE licensing_alert_target ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY licensing_alert_target_visible ON licensing_alert_target USING (platform_visible(agency_path));

GRANT SELECT, INSERT, UPDATE ON licensing_agreement, licensing_entitlement, licensing_allocation, licensing_activation,
  licensing_revocation, licensing_transfer, licensing_alert_target TO imprint_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON licensing_revoked_lease TO imprint_app;
GRANT SELECT, UPDATE (number, changed_at, republish_at) ON licensing_list TO imprint_app;
`,
};
