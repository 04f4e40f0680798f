import { type Ledger, openLedger } from '../../src/rooms/licensing/activation/ledger.ts';
import type { Settled } from '../../src/rooms/licensing/activation/outcome.ts';
import { openPace } from '../../src/rooms/licensing/activation/pace.ts';
import { isLapsed } from '../../src/rooms/licensing/activation/rules.ts';
import { openSeatBook } from '../../src/rooms/licensing/activation/seat-book.ts';
import { settle } from '../../src/rooms/licensing/activation/settle.ts';
import type { AllocationRow } from '../../src/rooms/licensing/tables.ts';
import {
  accept,
  machineOf,
  newDevice,
  observe,
  requestOf,
  type SimulatedDevice,
  seeded,
  thumbprint,
} from './simulated-device.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const agencies = 100;
const beginMs = Date.parse('2027-01-04T00:00:00Z');

export interface YearOptions {
  /** Tells one part of a fleet from another: devices and their phases follow from it. */
  readonly name: string;
  readonly devices: number;
  readonly days: number;
  readonly seed: number;
  /** First and last day of the outage, the last not included. */
  readonly outage: readonly [number, number];
}

export interface Year {
  /** Leases handed out in each hour. */
  readonly perHour: Uint32Array;
  /** How often each act was done and each refusal given. */
  readonly counts: ReadonlyMap<string, number>;
  /** The worst that was ever seen; all of it should be nothing. */
  readonly faults: { oversold: number; miscounted: number; restricted: number; lost: number };
  readonly seats: number;
  readonly active: number;
}

/**
 * Lives through a year of devices that activate, renew, lose their server for a week, are copied, repaired, set up anew, die and
 * come back, some with clocks that jump. Decided by the rules of the server and of the devices themselves; nothing is random
 * but by the seed.
 */
export function simulateYear(options: YearOptions): Year {
  const world = openWorld(options);
  const lastHour = options.days * 24;
  for (let hour = 0; hour < lastHour; hour += 1) {
    if (hour % 24 === 0) beginDay(world, hour / 24);
    for (const device of world.calendar[hour] ?? []) wake(world, device, hour);
    world.calendar[hour] = [];
  }
  return result(world);
}

interface World {
  readonly options: YearOptions;
  readonly ledger: Ledger;
  readonly random: () => number;
  readonly devices: SimulatedDevice[];
  readonly calendar: SimulatedDevice[][];
  readonly due: Map<SimulatedDevice, number>;
  readonly perHour: Uint32Array;
  readonly counts: Map<string, number>;
  readonly faults: Year['faults'];
  readonly seats: number;
  ids: number;
}

function openWorld(options: YearOptions): World {
  const seats = Math.floor(options.devices * 1.001);
  const world: World = {
    options,
    ledger: ledgerOf(seats),
    random: seeded(options.seed),
    devices: [],
    calendar: Array.from({ length: options.days * 24 }, () => []),
    due: new Map(),
    perHour: new Uint32Array(options.days * 24),
    counts: new Map(),
    faults: { oversold: 0, miscounted: 0, restricted: 0, lost: 0 },
    seats,
    ids: 0,
  };
  for (let index = 0; index < options.devices; index += 1) {
    // The fleet is rolled out over the first week.
    const atMs = beginMs + Math.floor(world.random() * 7 * dayMs);
    const device = newDevice(`${options.name} ${index}`, agencyPath(index % agencies), atMs);
    world.devices.push(device);
    schedule(world, device, atMs);
  }
  return world;
}

const agencyPath = (index: number) => `/N/A${index}/`;

/** A nation whose agencies have half their seats reserved each, and may take a fifth more than their share. */
function ledgerOf(seats: number): Ledger {
  const share = Math.floor(seats / agencies);
  const created = new Date(beginMs);
  const base = {
    entitlement_id: 'E',
    own: 0,
    reclaim_ceiling: null,
    reclaim_at: null,
    alerted: 0,
    created_at: created,
  };
  const floor = Math.floor(share / 2);
  const root = { ...base, id: 'root', parent_id: null, agency_id: 'N', agency_path: '/N/', floor: 0 };
  const nodes: AllocationRow[] = [{ ...root, ceiling: seats, hard_ceiling: seats, taken: floor * agencies }];
  for (let index = 0; index < agencies; index += 1) {
    const ceiling = Math.floor(share * 1.2);
    const path = { agency_id: `A${index}`, agency_path: agencyPath(index) };
    nodes.push({
      ...base,
      id: `node-${index}`,
      parent_id: 'root',
      ...path,
      floor,
      ceiling,
      hard_ceiling: ceiling,
      taken: 0,
    });
  }
  const terms = {
    id: 'E',
    edition: 'gov-base',
    deviceClass: 'desktop' as const,
    features: [],
    startsAt: new Date(beginMs - dayMs),
    endsAt: new Date(beginMs + 1000 * dayMs),
    overage: 'deny' as const,
    overageDays: undefined,
    overageSince: undefined,
  };
  const pace = openPace(
    10_000,
    new Map([[terms.id, { remaining: Number.POSITIVE_INFINITY, retryAfterSeconds: 0 }]]),
  );
  return openLedger({ book: openSeatBook(nodes), terms: [terms], activations: [], pace });
}

function schedule(world: World, device: SimulatedDevice, atMs: number): void {
  const hour = Math.floor((atMs - beginMs) / hourMs);
  world.due.set(device, atMs);
  world.calendar[hour]?.push(device);
}

function isOut({ options }: World, atMs: number): boolean {
  const day = (atMs - beginMs) / dayMs;
  return day >= options.outage[0] && day < options.outage[1];
}

/** One wake of a device; within the hour it may wake again. */
function wake(world: World, device: SimulatedDevice, hour: number): void {
  const atMs = world.due.get(device) ?? 0;
  if (device.isDead || Math.floor((atMs - beginMs) / hourMs) !== hour) return;
  const state = observe(device, atMs);
  if (state === 'restricted') world.faults.restricted += 1;
  const settled = isOut(world, atMs) ? undefined : serve(world, device, atMs);
  if (settled?.ok === false) heed(device, settled.code, atMs);
  schedule(world, device, accept(device, settled, atMs, world.random));
}

function serve(world: World, device: SimulatedDevice, atMs: number): Settled {
  const now = new Date(atMs);
  const id = () => {
    world.ids += 1;
    return `A${world.ids}`;
  };
  const settled = settle(world.ledger, requestOf(device, atMs), { now, id });
  const what = settled.ok ? settled.act : settled.code;
  world.counts.set(what, (world.counts.get(what) ?? 0) + 1);
  if (settled.ok) {
    const hour = Math.floor((atMs - beginMs) / hourMs);
    world.perHour[hour] = (world.perHour[hour] ?? 0) + 1;
  }
  return settled;
}

/** What people and agents do about a refusal. */
function heed(device: SimulatedDevice, code: string, atMs: number): void {
  if (code === 'LICENSING_HARDWARE_CHANGED') device.isRebinding = true;
  if (code === 'LICENSING_REQUEST_REPLAYED') device.wallOffsetMs = 0;
  if (code === 'LICENSING_DUPLICATE') {
    device.id = thumbprint(`${device.id} anew ${atMs}`);
    device.lease = undefined;
    device.clock = undefined;
  }
}

/** What happens to devices in a day: each is rare, and in a hundred thousand nothing is. */
function beginDay(world: World, day: number): void {
  const atMs = beginMs + day * dayMs;
  if (day % 7 === 0) {
    lapse(world, new Date(atMs));
    check(world);
  }
  if (day < 14) return;
  const some = (perYear: number) => Math.floor((world.options.devices * perYear) / 365 + world.random());
  each(world, some(0.01), (device) => {
    // A mainboard is replaced: most facts are new.
    device.facts = { ...machineOf(`${device.id} board ${day}`), disk: device.facts.disk ?? '' };
  });
  each(world, some(0.03), (device) => {
    device.facts = { ...device.facts, disk: `disk ${day} ${device.id}` };
  });
  each(world, some(0.03), (device) => setUpAnew(world, device, atMs));
  each(world, some(0.005), (device) => copy(world, device, atMs, machineOf(`copy ${device.id} ${day}`)));
  each(world, some(0.002), (device) => copy(world, device, atMs, device.facts));
  each(world, some(0.02), (device) => {
    reboot(device, atMs, [-4000, -30, 26_000, 300][Math.floor(world.random() * 4)] ?? 0);
  });
  each(world, some(0.04), (device) => reboot(device, atMs, 0));
  if (day < 120) {
    each(world, some(0.02), (device) => {
      device.isDead = true;
    });
  }
  if (day === 345) comeBack(world, atMs);
}

function each(world: World, count: number, change: (device: SimulatedDevice) => void): void {
  for (let done = 0; done < count; done += 1) {
    const device = world.devices[Math.floor(world.random() * world.devices.length)];
    if (device?.lease !== undefined && !device.isDead) change(device);
  }
}

/** Off for an hour, and the clock then stands elsewhere. */
function reboot(device: SimulatedDevice, atMs: number, offsetDays: number): void {
  device.boot += 1;
  device.bootedAtMs = atMs;
  device.wallOffsetMs = offsetDays * dayMs;
}

/** The disk is written anew: another key and no lease, the same machine. */
function setUpAnew(world: World, device: SimulatedDevice, atMs: number): void {
  device.id = thumbprint(`${device.id} image ${atMs}`);
  device.lease = undefined;
  device.clock = undefined;
  device.nonce = undefined;
  reboot(device, atMs, 0);
  schedule(world, device, atMs + Math.floor(world.random() * dayMs));
}

/** A second holder of the same disk: on other hardware a copy, on the same a snapshot that is restored for an hour. */
function copy(world: World, device: SimulatedDevice, atMs: number, facts: SimulatedDevice['facts']): void {
  const twin = { ...device, facts, nonce: undefined };
  if (facts === device.facts) {
    const before = device.lease;
    if (before === undefined || before.generation < 2) return;
    device.lease = { ...before, generation: before.generation - 1 };
    return;
  }
  world.devices.push(twin);
  schedule(world, twin, atMs + Math.floor(world.random() * dayMs));
}

/** Half of the dead are found again in a cupboard. */
function comeBack(world: World, atMs: number): void {
  for (const device of world.devices) {
    if (!device.isDead || world.random() < 0.5) continue;
    device.isDead = false;
    device.isReturned = true;
    reboot(device, atMs, 0);
    schedule(world, device, atMs + Math.floor(world.random() * dayMs));
  }
}

function lapse({ ledger, counts }: World, now: Date): void {
  for (const row of ledger.activations.changed()) {
    if (row.state !== 'active' || !isLapsed(row, now)) continue;
    ledger.book.release(row.allocation_id);
    ledger.activations.put({ ...row, state: 'released', ended_at: now, ended_reason: 'lapsed' });
    counts.set('lapse', (counts.get('lapse') ?? 0) + 1);
  }
}

/** Seats taken are activations, at every node, and never more than there are. */
function check({ ledger, faults, seats }: World): void {
  const own = new Map<string, number>();
  for (const { state, allocation_id } of ledger.activations.changed()) {
    if (state === 'active') own.set(allocation_id, (own.get(allocation_id) ?? 0) + 1);
  }
  let demanded = 0;
  for (let index = 0; index < agencies; index += 1) {
    const [node] = ledger.book.chainOf(`node-${index}`);
    if (node === undefined || node.own !== (own.get(node.id) ?? 0)) faults.miscounted += 1;
    if (node !== undefined && node.taken > node.ceiling) faults.oversold += 1;
    demanded += Math.max(node?.floor ?? 0, node?.taken ?? 0);
  }
  const [root] = ledger.book.chainOf('root');
  if (root?.taken !== demanded) faults.miscounted += 1;
  if (demanded > seats) faults.oversold += 1;
}

function result(world: World): Year {
  const { ledger, faults, perHour, counts, seats } = world;
  check(world);
  const rows = ledger.activations.changed().filter(({ state }) => state === 'active');
  const holders = new Set(rows.map(({ device_id }) => device_id));
  for (const { id, lease, isDead, isReturned } of world.devices) {
    if (!isDead && !isReturned && lease !== undefined && !holders.has(id)) faults.lost += 1;
  }
  return { perHour, counts, faults, seats, active: rows.length };
}
