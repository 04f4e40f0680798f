import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Client } from './client.ts';
import {
  checkInMessage,
  enrolmentMessage,
  inventoryMessageOf,
  newDevice,
  type SimulatedDevice,
} from './device.ts';
import { drawFault, type Fault, type FaultShares, faults } from './faults.ts';

export interface SimulationOptions {
  readonly devices: number;
  readonly seconds: number;
  /** Callers at once. */
  readonly callers: number;
  /** Seconds between two check-ins of a device; 0 is as fast as the callers get answers. */
  readonly interval: number;
  /** Share of check-ins before which something about the device changed. */
  readonly changing: number;
  readonly faults: FaultShares;
  readonly token: string;
  readonly random: () => number;
}

export interface Simulation {
  readonly enrolled: number;
  readonly seconds: number;
  /** Answers by code, `accepted` for those that were stored. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Answers that fit neither the message nor the fault in it. */
  readonly unexpected: Readonly<Record<string, number>>;
  /** Faults that were played. */
  readonly faults: Readonly<Record<string, number>>;
  /** Milliseconds of each answer, ascending. */
  readonly latencies: readonly number[];
}

/** Enrols devices and lets them check in for a time. @throws when a token is not given out or an enrolment is refused */
export async function simulate(client: Client, options: SimulationOptions): Promise<Simulation> {
  const devices = await enrolAll(client, options);
  const run = newRun(client, options);
  const startedAt = performance.now();
  const endsAt = startedAt + options.seconds * 1000;
  // A device has one turn at a time: each lane walks over devices of its own.
  const lanes = Math.min(options.callers, devices.length);
  const own = (lane: number) => devices.filter((_, index) => index % lanes === lane);
  await Promise.all(Array.from({ length: lanes }, (_, lane) => walk(run, own(lane), endsAt, options)));
  return {
    enrolled: devices.length,
    seconds: (performance.now() - startedAt) / 1000,
    outcomes: Object.fromEntries(run.outcomes),
    unexpected: Object.fromEntries(run.unexpected),
    faults: Object.fromEntries(run.faults),
    latencies: run.latencies.sort((a, b) => a - b),
  };
}

/** Enrols new devices with one-time tokens. @throws when one is refused */
export async function enrolAll(
  client: Client,
  options: Pick<SimulationOptions, 'devices' | 'callers' | 'token'>,
): Promise<SimulatedDevice[]> {
  const devices = Array.from({ length: options.devices }, newDevice);
  let next = 0;
  const lane = async () => {
    for (let device = devices[next++]; device !== undefined; device = devices[next++]) {
      const issued = await client.post('/v1/enrolment-tokens', { label: 'simulated' }, options.token);
      if (issued.status !== 201) throw refused('an enrolment token', issued);
      const message = enrolmentMessage(device, String(issued.body.secret), new Date());
      const answer = await client.post('/v1/enrol', { message });
      if (answer.status !== 200) throw refused('an enrolment', answer);
    }
  };
  await Promise.all(Array.from({ length: options.callers }, lane));
  return devices;
}

const refused = (what: string, { status, code = '' }: Answer) =>
  new Error(`expected ${what}, got ${status} ${code}`);

interface Run {
  readonly client: Client;
  readonly options: SimulationOptions;
  readonly outcomes: Map<string, number>;
  readonly unexpected: Map<string, number>;
  readonly faults: Map<string, number>;
  readonly latencies: number[];
}

const newRun = (client: Client, options: SimulationOptions): Run => ({
  client,
  options,
  outcomes: new Map(),
  unexpected: new Map(),
  faults: new Map(),
  latencies: [],
});

const count = (counts: Map<string, number>, name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);

/** Walks over devices until the time is over; with an interval, one round of them takes that long. */
async function walk(
  run: Run,
  devices: readonly SimulatedDevice[],
  endsAt: number,
  { interval, random }: SimulationOptions,
): Promise<void> {
  const pauseMs = (interval * 1000) / Math.max(1, devices.length);
  while (performance.now() < endsAt) {
    for (const device of devices) {
      if (performance.now() >= endsAt) return;
      const begunAt = performance.now();
      await turn(run, device);
      // Full jitter: two pauses are the interval on average.
      const left = 2 * random() * pauseMs - (performance.now() - begunAt);
      if (left > 0) await sleep(Math.min(left, Math.max(0, endsAt - performance.now())));
    }
  }
}

async function turn(run: Run, device: SimulatedDevice): Promise<void> {
  const { options } = run;
  const fault = drawFault(options.faults, options.random);
  // A snapshot is only one of something that was there.
  const played = fault === 'snapshot' && device.stored < 1 ? undefined : fault;
  if (played !== undefined) count(run.faults, played);
  if (played === 'silence') return;
  if (options.random() < options.changing) device.state += 1;
  const now = Date.now();
  const counter = played === 'snapshot' ? device.stored : device.counter + 1;
  const bootId = played === 'snapshot' ? randomUUID() : 'boot';
  const message = checkInMessage(
    device,
    counter,
    new Date(played === 'skew' ? now - 3_600_000 : now),
    bootId,
  );
  device.counter = Math.max(device.counter, counter);
  if (played === 'lost') return run.client.postAndHangUp('/v1/check-in', { message });
  const expected = played === 'duplicate' ? undefined : played && faults[played as Fault].expected;
  const answer = await sendExpecting(run, message, expected);
  if (answer?.status === 200) device.stored = counter;
  if (answer?.body.wantsInventory === true) await bringInventory(run, device);
  if (played === 'duplicate') await sendExpecting(run, message, faults.duplicate.expected);
}

async function bringInventory(run: Run, device: SimulatedDevice): Promise<void> {
  const message = inventoryMessageOf(device);
  const answer = await run.client.post('/v1/inventory', { message }).catch(() => undefined);
  if (answer?.status !== 200)
    count(run.unexpected, `inventory ${answer?.code ?? answer?.status ?? 'unreachable'}`);
}

async function sendExpecting(
  run: Run,
  message: string,
  expected: string | undefined,
): Promise<Answer | undefined> {
  const begunAt = performance.now();
  const answer = await run.client.post('/v1/check-in', { message }).catch(() => undefined);
  run.latencies.push(performance.now() - begunAt);
  const outcome =
    answer === undefined
      ? 'unreachable'
      : answer.status === 200
        ? 'accepted'
        : (answer.code ?? `${answer.status}`);
  count(run.outcomes, outcome);
  if (outcome !== (expected ?? 'accepted')) count(run.unexpected, outcome);
  return answer;
}
