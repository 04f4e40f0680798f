import type { PostureState } from '../../model.ts';

/** The states of a figure; `absent` is no state: the device has no such figure. */
export const states = ['ok', 'stale', 'unknown', 'failing', 'absent'] as const satisfies readonly (
  | PostureState
  | 'absent'
)[];
export type CountedState = (typeof states)[number];

/** Devices by state. */
export type Counts = Readonly<Record<CountedState, number>>;

/** A group of devices, divided into smaller ones, each division whole: by sector and by ring, for instance. */
export interface Group {
  readonly key: string;
  readonly counts: Counts;
  readonly divisions: readonly (readonly Group[])[];
}

/** What is not said of a group: the counts of states, and how many devices it has at all. */
export type Hidden = ReadonlySet<CountedState | 'devices'>;

export const devicesOf = ({ counts }: Pick<Group, 'counts'>): number =>
  states.reduce((sum, state) => sum + counts[state], 0);

interface Block {
  readonly whole: Group;
  readonly parts: readonly Group[];
}

function blocksOf(group: Group): Block[] {
  return group.divisions.flatMap((parts) => [{ whole: group, parts }, ...parts.flatMap(blocksOf)]);
}

const allOf = (group: Group): Group[] => [group, ...group.divisions.flat().flatMap(allOf)];

const smallest = (groups: readonly Group[], measure: (group: Group) => number): Group | undefined =>
  groups
    .filter((group) => measure(group) > 0)
    .reduce<Group | undefined>(
      (least, group) => (least === undefined || measure(group) < measure(least) ? group : least),
      undefined,
    );

/**
 * What to keep to oneself of a division of devices, so that nobody learns a count from 1 to below `k`, nor any other hidden one, by
 * adding and subtracting what is said: for each hidden count there is another table that agrees with all that is said. Zero is
 * said.
 */
export function suppress(all: Group, k: number): Map<Group, Hidden> {
  const blocks = blocksOf(all);
  const silent = silentGroups(all, blocks, k);
  const hub = states.reduce((most, state) => (all.counts[state] > all.counts[most] ? state : most));
  const hidden = new Map<Group, Set<CountedState>>();
  for (const group of allOf(all)) {
    if (silent.has(group)) continue;
    for (const state of states) {
      if (group.counts[state] > 0 && group.counts[state] < k) hide(hidden, group, state, hub);
    }
  }
  const isHiding = (group: Group, state: CountedState) =>
    silent.has(group) || hidden.get(group)?.has(state) === true;
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const block of blocks) {
      for (const state of states) {
        const more = state === hub ? undefined : lacking(block, state, hub, isHiding, silent);
        if (more === undefined) continue;
        hide(hidden, more, state, hub);
        isMoving = true;
      }
    }
  }
  const everything: Hidden = new Set([...states, 'devices']);
  return new Map(
    allOf(all).map((group) => [group, silent.has(group) ? everything : (hidden.get(group) ?? new Set())]),
  );
}

/** Groups of which not even the number of devices is said. It depends on nothing but these numbers, so it is one for all figures. */
function silentGroups(all: Group, blocks: readonly Block[], k: number): ReadonlySet<Group> {
  const silent = new Set(allOf(all).filter((group) => devicesOf(group) > 0 && devicesOf(group) < k));
  for (let before = -1; before !== silent.size; ) {
    before = silent.size;
    for (const { whole, parts } of blocks) {
      const quiet = parts.filter((part) => silent.has(part));
      if (silent.has(whole)) {
        for (const part of parts) if (devicesOf(part) > 0) silent.add(part);
      } else if (quiet.length === 1) {
        const other = parts.filter((part) => !silent.has(part));
        silent.add(smallest(other, devicesOf) ?? whole);
      }
    }
  }
  return silent;
}

/** Hides a count, and with it the most frequent state: what one has more, the other has less. */
function hide(
  hidden: Map<Group, Set<CountedState>>,
  group: Group,
  state: CountedState,
  hub: CountedState,
): void {
  const own = hidden.get(group) ?? new Set();
  hidden.set(group, own.add(state).add(hub));
  if (own.size > 1) return;
  const others = states.filter((other) => other !== hub && group.counts[other] > 0);
  const [least] = others.toSorted((a, b) => group.counts[a] - group.counts[b]);
  own.add(least ?? states.find((other) => other !== hub) ?? hub);
}

/**
 * A further group that has to hide a state's count. Devices that one group may have more of in this state, and less in the most
 * frequent, another must be able to have less of: a part within the same whole, or the whole as well.
 */
function lacking(
  { whole, parts }: Block,
  state: CountedState,
  hub: CountedState,
  isHiding: (group: Group, state: CountedState) => boolean,
  silent: ReadonlySet<Group>,
): Group | undefined {
  const hiding = parts.filter((part) => isHiding(part, state));
  const others = parts.filter((part) => !isHiding(part, state));
  const [fewer, more] = [(group: Group) => group.counts[state], (group: Group) => group.counts[hub]];
  if (isHiding(whole, state)) {
    if (silent.has(whole)) return undefined;
    if (fewer(whole) > 0 && !hiding.some((part) => fewer(part) > 0)) return smallest(others, fewer);
    if (more(whole) > 0 && !hiding.some((part) => more(part) > 0)) return smallest(others, more);
    return undefined;
  }
  if (hiding.every((part) => silent.has(part))) return undefined;
  const isBalanced = (members: readonly Group[]) =>
    members.some((one) => fewer(one) > 0 && members.some((other) => other !== one && more(other) > 0));
  if (isBalanced(hiding)) return undefined;
  const helping = others.filter((part) => isBalanced([...hiding, part]));
  return smallest(helping, fewer) ?? smallest(helping, more) ?? whole;
}
