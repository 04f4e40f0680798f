/** How a deployment token takes a machine that is on no list. */
export type UnknownSerials = 'refuse' | 'hold';

export interface DeploymentTables {
  fleet_deployment_token: {
    id: string;
    agency_path: string;
    label: string;
    secret_sha256: string;
    most_devices: number;
    devices: number;
    unknown_serials: UnknownSerials;
    created_at: Date;
    expires_at: Date;
    revoked_at: Date | null;
  };
  fleet_preregistration: {
    id: string;
    agency_path: string;
    serial_sha256: string;
    asset_tag: string;
    device_class: string | null;
    created_at: Date;
    device_id: string | null;
    enrolled_at: Date | null;
  };
  fleet_deployment_use: {
    device_id: string;
    token_id: string;
    agency_path: string;
    at: Date;
    is_held: boolean;
  };
}

export type DeploymentTokenRow = DeploymentTables['fleet_deployment_token'];
export type PreregistrationRow = DeploymentTables['fleet_preregistration'];
