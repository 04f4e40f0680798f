/** What a device list shows of the server's answer. */
export interface DeviceRow {
  readonly id: string;
  readonly hostname: string;
  readonly edition: string;
  readonly channel: string;
  readonly enrolledAt: string;
  readonly lastSeenAt?: string;
  readonly posture: {
    readonly state: string;
    readonly figures: readonly {
      readonly name: string;
      readonly state: string;
      readonly ageSeconds?: number;
      readonly reason?: string;
    }[];
  };
}
