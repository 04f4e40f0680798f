/** What may go wrong with a check-in, and what the server has to answer then. */
export const faults = {
  /** The message is sent twice. */
  duplicate: { expected: 'FLEET_CHECK_IN_REPLAYED' },
  /** The connection ends before the answer arrives; the device goes on with its next counter. */
  lost: { expected: undefined },
  /** The clock is an hour behind. */
  skew: { expected: 'FLEET_CLOCK_SKEW' },
  /** The disk was restored from a snapshot: an old counter in another message. */
  snapshot: { expected: 'FLEET_DEVICE_CONFLICT' },
  /** The device says nothing in its turn. */
  silence: { expected: undefined },
} as const;
export type Fault = keyof typeof faults;
export const faultNames = Object.keys(faults) as Fault[];

/** Share of check-ins with each fault, from 0 to 1. */
export type FaultShares = Readonly<Partial<Record<Fault, number>>>;

/** Reads `duplicate=0.01,lost=0.02`; undefined when a word is not a known fault with a share. */
export function readFaults(text: string): FaultShares | undefined {
  const shares: Partial<Record<Fault, number>> = {};
  for (const word of text.split(',').filter((item) => item !== '')) {
    const [name = '', share = ''] = word.split('=');
    const fault = faultNames.find((known) => known === name);
    const value = Number(share);
    if (fault === undefined || share === '' || !(value >= 0 && value <= 1)) return undefined;
    shares[fault] = value;
  }
  return shares;
}

/** Draws at most one fault; `random` gives numbers from 0 to 1. */
export function drawFault(shares: FaultShares, random: () => number): Fault | undefined {
  let left = random();
  for (const name of faultNames) {
    left -= shares[name] ?? 0;
    if (left < 0) return name;
  }
  return undefined;
}
