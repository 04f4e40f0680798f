import type { DeviceClass } from '@imprint/protocol';

export interface AntivirusTables {
  fleet_antivirus_selection: {
    id: string;
    agency_path: string;
    device_class: DeviceClass | '';
    provider: string | null;
    definitions_ring: string | null;
    allowed: string[] | null;
    is_fixed: boolean;
    set_by: string;
    set_at: Date;
    is_cleared: boolean;
    revision: number;
  };
}

export type SelectionRow = AntivirusTables['fleet_antivirus_selection'];
