import type { PostureState } from '../model.ts';
import type { Verdicts } from './rules.ts';

export interface PostureTables {
  fleet_posture: {
    device_id: string;
    agency_path: string;
    edition: string;
    ring: string;
    verdicts: Verdicts | string;
    ages_at: Date | null;
    /** `YYYY-MM-DD`; read it as text. */
    heard_on: string | null;
  };
  fleet_compliance: {
    agency_path: string;
    edition: string;
    ring: string;
    figure: string;
    state: PostureState;
    devices: number;
  };
  fleet_compliance_day: {
    agency_path: string;
    edition: string;
    ring: string;
    heard_on: string;
    devices: number;
  };
}
