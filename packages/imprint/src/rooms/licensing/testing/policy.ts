import type { LicensingPolicy } from '../context.ts';

/** What tests of this room run under where they say nothing else: no host and no relay is allowed. */
export const testPolicy: LicensingPolicy = {
  revokeAlone: 10,
  activationsPerHour: 10_000,
  webhookHosts: [],
  webhookSecret: new Uint8Array(32).fill(7),
  mail: undefined,
};
