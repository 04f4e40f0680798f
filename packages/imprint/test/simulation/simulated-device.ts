import { createHash } from 'node:crypto';
import type { HardwareFacts, LeaseClaims } from '@imprint/protocol';
import { type ClockRecord, licenceStateOf, observeClock, retryDelayMs } from '@imprint/trust';
import { leaseClaims } from '../../src/rooms/licensing/activation/lease.ts';
import type { Settled } from '../../src/rooms/licensing/activation/outcome.ts';
import type { Ask } from '../../src/rooms/licensing/activation/rules.ts';

/** A device of a simulated year: what its agent keeps, and what is done to it. */
export interface SimulatedDevice {
  id: string;
  readonly agencyPath: string;
  facts: HardwareFacts;
  lease: LeaseClaims | undefined;
  clock: ClockRecord | undefined;
  /** How far its wall clock stands from the truth. */
  wallOffsetMs: number;
  boot: number;
  bootedAtMs: number;
  /** Kept until it has an answer. */
  nonce: string | undefined;
  failures: number;
  isRebinding: boolean;
  isDead: boolean;
  /** Was dead for so long that others may have its seat. */
  isReturned: boolean;
}

/** A generator of numbers in [0, 1), the same each time: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** An id of the form of a key's thumbprint. */
export const thumbprint = (name: string): string => createHash('sha256').update(name).digest('base64url');

export const machineOf = (name: string): Required<HardwareFacts> => ({
  tpm: `t${name}`,
  board: `b${name}`,
  disk: `d${name}`,
  cpu: `c${name}`,
  memory: `m${name}`,
});

export function newDevice(name: string, agencyPath: string, bootedAtMs: number): SimulatedDevice {
  return {
    id: thumbprint(name),
    agencyPath,
    facts: machineOf(name),
    lease: undefined,
    clock: undefined,
    wallOffsetMs: 0,
    boot: 0,
    bootedAtMs,
    nonce: undefined,
    failures: 0,
    isRebinding: false,
    isDead: false,
    isReturned: false,
  };
}

/** Looks at the clocks as the agent does at each wake, and says what state its licence is in. */
export function observe(device: SimulatedDevice, atMs: number) {
  const { record, nowMs, isSuspect } = observeClock(device.clock, {
    wallMs: atMs + device.wallOffsetMs,
    uptimeMs: atMs - device.bootedAtMs,
    bootId: String(device.boot),
    signedMs: device.lease === undefined ? [] : [device.lease.iat * 1000],
  });
  device.clock = record;
  const judged = { lease: device.lease, nowMs, isClockSuspect: isSuspect };
  return licenceStateOf({ ...judged, isRevoked: false, isDuplicate: false });
}

let nonces = 0;

/** The request a device makes: its time is that of its wall clock, right or wrong. */
export function requestOf(device: SimulatedDevice, atMs: number): Ask {
  if (device.nonce === undefined) {
    nonces += 1;
    device.nonce = `n${nonces}`;
  }
  return {
    deviceId: device.id,
    nonce: device.nonce,
    generation: device.lease?.generation ?? 0,
    issuedAt: new Date(atMs + device.wallOffsetMs),
    edition: 'gov-base',
    deviceClass: 'desktop',
    facts: device.facts,
    isRebind: device.isRebinding,
    origin: 'online',
    agencyPath: device.agencyPath,
    within: '/',
  };
}

/** Takes an answer, or none, and returns when the device wakes next. */
export function accept(
  device: SimulatedDevice,
  settled: Settled | undefined,
  atMs: number,
  random: () => number,
): number {
  if (settled?.ok === true) {
    device.lease = leaseClaims(settled.row, settled.terms);
    device.nonce = undefined;
    device.failures = 0;
    device.isRebinding = false;
    return device.lease.renew * 1000;
  }
  if (settled !== undefined) device.nonce = undefined;
  device.failures += 1;
  return atMs + Math.max(1000, retryDelayMs(device.failures, random()));
}
