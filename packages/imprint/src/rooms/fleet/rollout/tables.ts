import type { Generated, Selectable, Transaction } from 'kysely';
import type { AssuranceTables } from '../../assurance/index.ts';
import type { OrganisationTables } from '../../organisation/index.ts';
import type { ReleaseTables } from '../../release/index.ts';
import type { FleetTables } from '../store.ts';
import type { RingCuts } from './assign/rules.ts';
import type { GroupPhase, Outcome, RingPlan, RolloutState, Schedule } from './model.ts';

/** A release on the way to the one a rollout is for. */
export interface ReleaseRef {
  readonly sha256: string;
  readonly version: string;
  readonly sequence: number;
}

export interface RolloutTables {
  fleet_ring_plan: {
    id: string;
    agency_path: string;
    environment: string;
    version: number;
    sha256: string;
    plan: RingPlan | string;
    created_at: Date;
  };
  fleet_rollout: {
    id: string;
    agency_path: string;
    plan_id: string;
    edition: string;
    channel: string;
    release_sha256: string;
    version: string;
    sequence: number;
    floors: readonly ReleaseRef[] | string;
    seed: string;
    cuts: readonly RingCuts[] | string;
    unassigned: number;
    base_at: Date;
    planned_at: Date;
    begun_by: string;
    state: RolloutState;
    emergency_reason: string | null;
    approve_by: Date | null;
    approved_at: Date | null;
    approved_by: string | null;
    revision: number;
    look_at: Date | null;
  };
  fleet_rollout_group: {
    rollout_id: string;
    ring: number;
    step: number;
    agency_path: string;
    phase: GroupPhase;
    planned: number;
    deferred: number;
    pending: number;
    succeeded: number;
    failed: number;
    fell_back: number;
    unhealthy: number;
    forgiven: number;
    opened_at: Date | null;
    held_at: Date | null;
    is_dirty: boolean;
  };
  fleet_rollout_device: {
    device_id: string;
    rollout_id: string;
    agency_path: string;
    ring: number;
    step: number;
    outcome: Outcome;
    report_step: string | null;
    code: string | null;
    since: Date;
    heard_at: Date;
  };
  fleet_rollout_decision: {
    id: string;
    rollout_id: string;
    number: Generated<number>;
    agency_path: string;
    at: Date;
    actor: string;
    code: string;
    en: string;
    zh: string;
  };
  fleet_rollout_deferral: {
    id: string;
    rollout_id: string;
    agency_path: string;
    delay_days: number;
    is_paused: boolean;
    paused_until: Date | null;
    install_windows: Schedule | string | null;
    changed_by: string;
    changed_at: Date;
  };
}

export type RingPlanRow = RolloutTables['fleet_ring_plan'];
export type RolloutRow = RolloutTables['fleet_rollout'];
export type GroupRow = RolloutTables['fleet_rollout_group'];
export type RolloutDeviceRow = RolloutTables['fleet_rollout_device'];
export type DecisionRow = Omit<Selectable<RolloutTables['fleet_rollout_decision']>, 'number'>;
export type DeferralRow = RolloutTables['fleet_rollout_deferral'];

export type Tables = FleetTables & OrganisationTables & ReleaseTables & AssuranceTables;
export type Trx = Transaction<Tables>;
