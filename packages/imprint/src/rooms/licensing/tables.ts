import type { DeviceClass, HardwareFacts, RevocationReason, Sector } from '@imprint/protocol';
import type { Generated, Transaction } from 'kysely';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { RateLimitTables } from '../../platform/rate-limit.ts';
import type { AssuranceTables } from '../assurance/index.ts';
import type { OrganisationTables } from '../organisation/index.ts';

export interface LicensingTables {
  licensing_agreement: {
    id: string;
    agency_id: string;
    agency_path: string;
    number: string;
    licensor: string;
    sector: Sector;
    edition: string;
    starts_at: Date;
    ends_at: Date;
    document_sha256: string;
    created_at: Date;
    ended_at: Date | null;
  };
  licensing_entitlement: {
    id: string;
    agreement_id: string;
    agency_path: string;
    edition: string;
    device_class: DeviceClass;
    seats: number;
    features: string[];
    overage: 'deny' | 'percent' | 'report';
    overage_percent: number | null;
    overage_days: number | null;
    overage_since: Date | null;
    starts_at: Date;
    ends_at: Date;
    created_at: Date;
    ended_at: Date | null;
  };
  licensing_allocation: {
    id: string;
    entitlement_id: string;
    parent_id: string | null;
    agency_id: string;
    agency_path: string;
    floor: number;
    ceiling: number;
    hard_ceiling: number | null;
    own: number;
    taken: number;
    reclaim_ceiling: number | null;
    reclaim_at: Date | null;
    alerted: number;
    created_at: Date;
  };
  licensing_activation: {
    id: string;
    entitlement_id: string;
    allocation_id: string;
    agency_path: string;
    device_id: string;
    state: 'active' | 'released' | 'revoked';
    seat: 'regular' | 'overage';
    origin: 'online' | 'offline' | 'typed' | 'transfer';
    generation: number;
    nonce: string;
    requested_at: Date;
    facts: HardwareFacts | string;
    fact_tpm: string | null;
    fact_board: string | null;
    activated_at: Date;
    renewed_at: Date;
    renew_at: Date;
    lease_ends_at: Date;
    overage_until: Date | null;
    rebound_at: Date[];
    reimaged_at: Date[];
    duplicate_at: Date | null;
    ended_at: Date | null;
    ended_reason: string | null;
  };
  licensing_revocation: {
    id: string;
    agency_path: string;
    scope: 'activation' | 'entitlement' | 'agreement';
    subject_id: string;
    reason: RevocationReason;
    devices: number;
    proposed_by: string;
    proposed_at: Date;
    confirmed_by: string | null;
    applied_at: Date | null;
    withdrawn_by: string | null;
    withdrawn_at: Date | null;
    undoes: string | null;
    undo_reason: 'mistake' | 'found' | 'cleared' | null;
    undone_at: Date | null;
  };
  licensing_revoked_lease: {
    device_id: string;
    generation: number;
    agency_path: string;
    reason: RevocationReason;
    revoked_at: Date;
    until: Date;
  };
  licensing_list: {
    single: Generated<boolean>;
    number: number;
    changed_at: Date;
    republish_at: Date | null;
  };
  licensing_transfer: {
    id: string;
    entitlement_id: string;
    from_allocation_id: string;
    to_allocation_id: string;
    from_path: string;
    to_path: string;
    seats: number;
    proposed_by: string;
    proposed_at: Date;
    source_consent: string | null;
    target_consent: string | null;
    operator_consent: string | null;
    applied_at: Date | null;
    cancelled_at: Date | null;
  };
  licensing_alert_target: {
    id: string;
    agency_path: string;
    kind: 'webhook' | 'mail';
    address: string;
    created_at: Date;
    removed_at: Date | null;
  };
}

/** Every table an act of this room may touch in its one transaction. */
export type Tables = LicensingTables & OrganisationTables & AssuranceTables & OutboxTables & RateLimitTables;
export type Trx = Transaction<Tables>;
export type AgreementRow = LicensingTables['licensing_agreement'];
export type EntitlementRow = LicensingTables['licensing_entitlement'];
export type AllocationRow = LicensingTables['licensing_allocation'];
export type ActivationRow = LicensingTables['licensing_activation'];
