import type { DeviceReport } from '@imprint/protocol';

/** A device as the server sees it. */
export interface SeenDevice {
  readonly id: string;
  readonly posture: {
    readonly state: string;
    readonly figures: readonly { readonly name: string; readonly state: string; readonly reason?: string }[];
  };
  readonly report?: DeviceReport;
}
