/** The time, injected everywhere a rule or an action needs one. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
