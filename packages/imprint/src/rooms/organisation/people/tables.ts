import type { Language } from '@imprint/protocol';
import type { Generated, Selectable } from 'kysely';
import type { Factor, Role } from './rules.ts';

export interface PeopleTables {
  organisation_person: {
    id: string;
    agency_id: string;
    agency_path: string;
    login: string;
    name: string;
    email: string | null;
    language: Language;
    created_at: Date;
    disabled_at: Date | null;
    password_hash: string | null;
    totp_sealed: string | null;
    totp_confirmed_at: Date | null;
    totp_last_step: Generated<number>;
    recovery_sha256: Generated<string[]>;
    invitation_sha256: string | null;
    invitation_expires_at: Date | null;
    external_issuer: string | null;
    external_subject: string | null;
  };
  organisation_grant: {
    id: string;
    person_id: string;
    role: Role;
    agency_id: string;
    agency_path: string;
    granted_by: string;
    granted_at: Date;
    revoked_at: Date | null;
  };
  organisation_session: {
    id: string;
    person_id: string;
    agency_path: string;
    acting_agency_id: string;
    acting_path: string;
    factors: Factor[];
    created_at: Date;
    seen_at: Date;
    expires_at: Date;
    stepped_up_at: Date | null;
    revoked_at: Date | null;
  };
  organisation_challenge: {
    id: string;
    kind: string;
    value: unknown;
    person_id: string | null;
    expires_at: Date;
  };
  organisation_passkey: {
    id: string;
    credential_id: string;
    person_id: string;
    agency_path: string;
    public_key: Buffer;
    counter: number;
    transports: string[];
    label: string;
    created_at: Date;
    last_used_at: Date | null;
  };
}

export type PersonRow = Selectable<PeopleTables['organisation_person']>;
export type GrantRow = Selectable<PeopleTables['organisation_grant']>;
export type SessionRow = Selectable<PeopleTables['organisation_session']>;
