import { hash } from 'node:crypto';
import type { GroupStep, Ring, RingPlan, Selector } from '../model.ts';

/** What places a device: nothing that changes while it runs. */
export interface Placeable {
  readonly id: string;
  readonly agencyPath: string;
}

/** Where a device stands: its ring and, within it, its group, both counted from 0. */
export interface Place {
  readonly ring: number;
  readonly group: number;
}

/**
 * Positions below which a ring takes of the rest, and each of its groups of the ring. They are kept with the rollout: who is in at
 * 10 % is in at 25 %, and nobody moves when devices come or go.
 */
export interface RingCuts {
  /** Of a ring that takes a share or a number of the rest. */
  readonly rest?: number;
  /** One for each group; the last takes all. */
  readonly groups: readonly number[];
}

/** What is known of agencies: the sector of a path is that of the nearest agency above that has one. */
export type SectorOf = (agencyPath: string) => string | undefined;

const positions = 2 ** 48;

/** A device's position in a rollout, the same whoever asks and evenly spread: SHA-256 of seed and id. */
export function positionOf(seed: string, deviceId: string): number {
  return hash('sha256', `${seed} ${deviceId}`, 'buffer').readUIntBE(0, 6);
}

/** A ring's groups as they are worked through: one device first where that is asked, and the whole ring last. */
export function groupsOf(ring: Ring): GroupStep[] {
  const steps: GroupStep[] = [...(ring.safeMode === true ? [{ count: 1 }] : []), ...(ring.groups ?? [])];
  const last = steps.at(-1);
  return last !== undefined && 'percent' in last && last.percent === 100
    ? steps
    : [...steps, { percent: 100 }];
}

export interface Assignment {
  readonly cuts: readonly RingCuts[];
  /** Devices by ring and group. */
  readonly planned: readonly (readonly number[])[];
  /** Devices that no ring takes. */
  readonly unassigned: number;
}

/** Devices being placed: position by device, and of the rest still to be taken their indexes. */
interface Population {
  readonly devices: readonly Placeable[];
  readonly positions: Float64Array;
  rest: Uint32Array;
}

/** Divides a population among the rings and their groups; linear but for sorting positions. */
export function assign(
  plan: Pick<RingPlan, 'rings'>,
  seed: string,
  devices: readonly Placeable[],
  sectorOf: SectorOf,
): Assignment {
  const population: Population = {
    devices,
    positions: Float64Array.from(devices, ({ id }) => positionOf(seed, id)),
    rest: Uint32Array.from(devices, (_, index) => index),
  };
  const cuts: RingCuts[] = [];
  const planned: number[][] = [];
  for (const ring of plan.rings) {
    const rest = restCut(ring.select, population);
    const select = selection(ring.select, sectorOf);
    const taken = take(population, (device, position) =>
      rest === undefined ? select(device) : position <= rest,
    );
    const sorted = taken.sort();
    const groups = groupCuts(groupsOf(ring), sorted);
    cuts.push({ ...(rest === undefined ? {} : { rest }), groups });
    planned.push(countsBetween(groups, sorted));
  }
  return { cuts, planned, unassigned: population.rest.length };
}

/** Takes what is chosen out of the rest; returns the positions taken. */
function take(
  population: Population,
  isTaken: (device: Placeable, position: number) => boolean,
): Float64Array {
  const { devices, positions: all, rest } = population;
  const taken = new Float64Array(rest.length);
  const left = new Uint32Array(rest.length);
  let [takenCount, leftCount] = [0, 0];
  for (const index of rest) {
    const position = all[index] as number;
    if (isTaken(devices[index] as Placeable, position)) taken[takenCount++] = position;
    else left[leftCount++] = index;
  }
  population.rest = left.subarray(0, leftCount);
  return taken.subarray(0, takenCount);
}

function restCut(select: Selector, { positions: all, rest }: Population): number | undefined {
  if (!('percentOfRest' in select) && !('countOfRest' in select)) return undefined;
  if ('percentOfRest' in select && select.percentOfRest === 100) return positions;
  const size =
    'percentOfRest' in select ? Math.ceil((rest.length * select.percentOfRest) / 100) : select.countOfRest;
  return cutAt(Float64Array.from(rest, (index) => all[index] as number).sort(), size);
}

/** The position of the last of `size`; -1 takes nobody, and where there are fewer all are taken. */
function cutAt(sorted: Float64Array, size: number): number {
  if (size === 0 || sorted.length === 0) return -1;
  return sorted[Math.min(size, sorted.length) - 1] as number;
}

/** Cuts of a ring's groups: each reaches at least as far as the one before it, the last to the end. */
function groupCuts(steps: readonly GroupStep[], sorted: Float64Array): number[] {
  let reached = 0;
  return steps.map((step, index) => {
    if (index === steps.length - 1) return positions;
    const size = 'percent' in step ? Math.ceil((sorted.length * step.percent) / 100) : step.count;
    reached = Math.max(reached, size);
    return cutAt(sorted, reached);
  });
}

function countsBetween(groups: readonly number[], sorted: Float64Array): number[] {
  const counts = groups.map(() => 0);
  let group = 0;
  for (const position of sorted) {
    while (position > (groups[group] as number)) group += 1;
    counts[group] = (counts[group] as number) + 1;
  }
  return counts;
}

function selection(select: Selector, sectorOf: SectorOf): (device: Placeable) => boolean {
  if ('agencyPath' in select) return ({ agencyPath }) => agencyPath.startsWith(select.agencyPath);
  if ('devices' in select) {
    const ids = new Set(select.devices);
    return ({ id }) => ids.has(id);
  }
  if ('sector' in select) return ({ agencyPath }) => sectorOf(agencyPath) === select.sector;
  return () => false;
}

/** Places one device as `assign` did or would have; a ring or group of a fixed number takes no device that came later. */
export function placer(
  plan: Pick<RingPlan, 'rings'>,
  cuts: readonly RingCuts[],
  seed: string,
  sectorOf: SectorOf,
): (device: Placeable, isNewcomer: boolean) => Place | undefined {
  const rings = plan.rings.map((ring, index) => ({
    isFixed: 'countOfRest' in ring.select,
    isChosen: selection(ring.select, sectorOf),
    steps: groupsOf(ring),
    cuts: cuts[index] ?? { groups: [] },
  }));
  return (device, isNewcomer) => {
    const position = positionOf(seed, device.id);
    for (const [ring, { isFixed, isChosen, steps, cuts: own }] of rings.entries()) {
      const isTaken = own.rest === undefined ? isChosen(device) : position <= own.rest;
      if (!isTaken || (isFixed && isNewcomer)) continue;
      const isIn = (cut: number, group: number) =>
        position <= cut && !(isNewcomer && 'count' in (steps[group] ?? {}));
      return { ring, group: own.groups.findIndex(isIn) };
    }
    return undefined;
  };
}
