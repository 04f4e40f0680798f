import type { BuildRecord, DeviceReport } from '@imprint/protocol';

/** The edition that `npm start` brings to a device, relative to the checkout. */
export const editionDirectory = 'editions/gov-base';

/** The parties of the demonstration, all on this machine. */
export const parties = ['vendor', 'operator', 'regulator'] as const;

export interface Built {
  readonly directory: string;
  readonly record: BuildRecord;
}

export interface Published {
  readonly sha256: string;
  readonly version: string;
  readonly channel: string;
  readonly sequence: number;
  readonly signedBy: readonly string[];
}

export interface Served {
  readonly url: string;
  readonly port: number;
}

/** One figure of a device as the server judges it, with the age of the fact behind it. */
export interface Figure {
  readonly name: string;
  readonly state: string;
  readonly ageSeconds?: number;
  readonly reason?: string;
}

export interface Reported {
  readonly id: string;
  readonly hostname: string;
  readonly enrolledAt: string;
  readonly posture: {
    readonly state: string;
    readonly lastSeenSeconds?: number;
    readonly figures: readonly Figure[];
  };
  readonly report: DeviceReport;
}

/** What the stages found out or made; each stage fills its own part. */
export interface Facts {
  lockFile?: string;
  lockSha256?: string;
  packages?: number;
  built?: Built;
  candidate?: string;
  published?: Published;
  served?: Served;
  device?: Reported;
  accelerator?: string;
}

/** A fact that an earlier stage must have left; a gap is a fault in the order of stages. */
export function need<K extends keyof Facts>(facts: Facts, name: K): NonNullable<Facts[K]> {
  const fact = facts[name];
  if (fact === undefined || fact === null) throw new TypeError(`no stage has left "${name}"`);
  return fact;
}
