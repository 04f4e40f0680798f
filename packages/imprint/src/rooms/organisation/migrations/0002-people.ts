import type { Migration } from '../../../platform/database/index.ts';

export const peopleMigration: Migration = {
  id: 'organisation/0002-people',
  sql: `
-- The owner too sees rows only under a context.
SELECT set_config('imprint.agency_path', '/', true);
UPDATE organisation_agency SET sector = 'other'
  WHERE sector NOT IN ('government', 'energy', 'telecoms', 'transport', 'finance', 'other');
ALTER TABLE organisation_agency
  ADD CONSTRAINT organisation_agency_sector
    CHECK (sector IN ('government', 'energy', 'telecoms', 'transport', 'finance', 'other')),
  ADD COLUMN code text UNIQUE CHECK (code ~ '^[0-9A-Z][0-9A-Z-]{0,63}$');

-- The person who answers for what is done with it: with tokens of their own they are still one person.
ALTER TABLE organisation_token ADD COLUMN issued_by text;

CREATE TABLE organisation_person (
  id text PRIMARY KEY,
  agency_id text NOT NULL REFERENCES organisation_agency,
  agency_path text NOT NULL,
  login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
  name text NOT NULL,
  email text,
  language text NOT NULL CHECK (language IN ('en', 'zh-CN')),
  created_at timestamptz(3) NOT NULL,
  disabled_at timestamptz(3),
  -- Argon2id, in its own text form.
  password_hash text,
  -- Sealed with the key file of the home; counts once a code was confirmed.
  totp_sealed text,
  totp_confirmed_at timestamptz(3),
  -- The step of the newest code taken: neither it nor an older one is taken again.
  totp_last_step bigint NOT NULL DEFAULT 0,
  -- SHA-256 of the recovery codes not used yet.
  recovery_sha256 text[] NOT NULL DEFAULT '{}',
  invitation_sha256 text UNIQUE,
  invitation_expires_at timestamptz(3),
  external_issuer text,
  external_subject text,
  UNIQUE (external_issuer, external_subject),
  CHECK ((invitation_sha256 IS NULL) = (invitation_expires_at IS NULL)),
  CHECK ((external_issuer IS NULL) = (external_subject IS NULL)),
  CHECK (totp_confirmed_at IS NULL OR totp_sealed IS NOT NULL)
);
CREATE INDEX organisation_person_agency ON organisation_person (agency_path text_pattern_ops, id);

CREATE TABLE organisation_grant (
  id text PRIMARY KEY,
  person_id text NOT NULL REFERENCES organisation_person,
  role text NOT NULL CHECK (role IN ('platform-administrator', 'security-administrator', 'auditor', 'release-engineer',
    'regulator', 'licensing-officer', 'agency-administrator', 'support-agent', 'employee')),
  agency_id text NOT NULL REFERENCES organisation_agency,
  agency_path text NOT NULL,
  granted_by text NOT NULL,
  granted_at timestamptz(3) NOT NULL,
  revoked_at timestamptz(3),
  CHECK (granted_by <> 'person:' || person_id)
);
-- System, security and audit administrator are never one person (GB/T 22239 level 3).
CREATE UNIQUE INDEX organisation_grant_separated ON organisation_grant (person_id)
  WHERE revoked_at IS NULL AND role IN ('platform-administrator', 'security-administrator', 'auditor');
CREATE UNIQUE INDEX organisation_grant_once ON organisation_grant (person_id, role, agency_id) WHERE revoked_at IS NULL;

CREATE TABLE organisation_session (
  -- SHA-256 of the secret in the cookie.
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
  person_id text NOT NULL REFERENCES organisation_person,
  agency_path text NOT NULL,
  acting_agency_id text NOT NULL REFERENCES organisation_agency,
  acting_path text NOT NULL,
  factors text[] NOT NULL CHECK (factors <@ ARRAY['password', 'totp', 'recovery', 'passkey', 'oidc', 'oidc-mfa'] AND factors <> '{}'),
  created_at timestamptz(3) NOT NULL,
  seen_at timestamptz(3) NOT NULL,
  expires_at timestamptz(3) NOT NULL,
  stepped_up_at timestamptz(3),
  revoked_at timestamptz(3)
);
CREATE INDEX organisation_session_person ON organisation_session (person_id);
CREATE INDEX organisation_session_expiry ON organisation_session (expires_at);

-- One-time values between two requests of one ceremony.
CREATE TABLE organisation_challenge (
  -- SHA-256 of the ticket handed out.
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{64}$'),
  kind text NOT NULL,
  value jsonb NOT NULL,
  person_id text REFERENCES organisation_person,
  expires_at timestamptz(3) NOT NULL
);
CREATE INDEX organisation_challenge_expiry ON organisation_challenge (expires_at);

CREATE TABLE organisation_passkey (
  id text PRIMARY KEY,
  -- As the authenticator named it, base64url.
  credential_id text NOT NULL UNIQUE CHECK (credential_id ~ '^[A-Za-z0-9_-]+$' AND length(credential_id) <= 1400),
  person_id text NOT NULL REFERENCES organisation_person,
  agency_path text NOT NULL,
  -- COSE key.
  public_key bytea NOT NULL,
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  label text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  last_used_at timestamptz(3)
);
CREATE INDEX organisation_passkey_person ON organisation_passkey (person_id);

ALTER TABLE organisation_person ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_person_visible ON organisation_person USING (platform_visible(agency_path));
ALTER TABLE organisation_grant ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_grant_visible ON organisation_grant USING (platform_visible(agency_path));
ALTER TABLE organisation_session ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_session_visible ON organisation_session USING (platform_visible(agency_path));
ALTER TABLE organisation_passkey ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_passkey_visible ON organisation_passkey USING (platform_visible(agency_path));
ALTER TABLE organisation_challenge ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY organisation_challenge_service ON organisation_challenge USING (platform_agency_path() = '/');

GRANT SELECT, INSERT, UPDATE ON organisation_person TO imprint_app;
GRANT SELECT, INSERT, UPDATE (revoked_at) ON organisation_grant TO imprint_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON organisation_session, organisation_passkey TO imprint_app;
GRANT SELECT, INSERT, DELETE ON organisation_challenge TO imprint_app;
`,
};
