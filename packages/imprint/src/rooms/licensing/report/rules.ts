import type { Sector } from '@imprint/protocol';
import type { EntitlementUsage, LeaseCounts, SectorUsage, UsageNode } from '@imprint/trust';

/** One node with its figures, as the store reads them. */
export interface UsageRow {
  readonly entitlement_id: string;
  readonly agreement_id: string;
  readonly sector: Sector;
  readonly edition: string;
  readonly device_class: string;
  readonly starts_at: Date;
  readonly ends_at: Date;
  readonly ended_at: Date | null;
  readonly agency_id: string;
  readonly parent_agency_id: string | null;
  readonly floor: number;
  readonly ceiling: number;
  readonly taken: number;
  readonly own: number;
  readonly current: number;
  readonly grace: number;
  readonly lapsed: number;
  readonly waiting: number;
  readonly overage: number;
  readonly revoked: number;
  readonly oldest_renewed_at: Date | null;
}

/** Puts rows, in the order of their trees, together by entitlement. A parent outside of what is reported is not named. */
export function entitlementsOf(rows: readonly UsageRow[], asOf: Date): readonly EntitlementUsage[] {
  const byEntitlement = grouped(rows, (row) => row.entitlement_id);
  return [...byEntitlement.values()].flatMap((nodes) => {
    const [first] = nodes;
    if (first === undefined) return [];
    const reported = new Set(nodes.map(({ agency_id }) => agency_id));
    return [
      {
        entitlementId: first.entitlement_id,
        agreementId: first.agreement_id,
        sector: first.sector,
        edition: first.edition,
        deviceClass: first.device_class,
        startsAt: first.starts_at.toISOString(),
        endsAt: first.ends_at.toISOString(),
        ...(first.ended_at === null ? {} : { endedAt: first.ended_at.toISOString() }),
        nodes: nodes.map((row) => nodeOf(row, reported, asOf)),
      },
    ];
  });
}

function nodeOf(row: UsageRow, reported: ReadonlySet<string>, asOf: Date): UsageNode {
  const { parent_agency_id: parent, oldest_renewed_at: renewed, current, grace, lapsed, waiting } = row;
  return {
    agencyId: row.agency_id,
    ...(parent === null || !reported.has(parent) ? {} : { parentAgencyId: parent }),
    floor: row.floor,
    ceiling: row.ceiling,
    taken: row.taken,
    own: row.own,
    leases: { current, grace, lapsed, waiting },
    overage: row.overage,
    revoked: row.revoked,
    ...(renewed === null ? {} : { oldestRenewalSeconds: secondsBetween(renewed, asOf) }),
  };
}

const secondsBetween = (from: Date, to: Date) =>
  Math.max(0, Math.floor((to.getTime() - from.getTime()) / 1000));

/** Sums by sector, in the order of their names: seats of the nodes at the top, devices of all. */
export function sectorsOf(entitlements: readonly EntitlementUsage[]): readonly SectorUsage[] {
  const bySector = grouped(entitlements, ({ sector }) => sector);
  return [...bySector]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([sector, usages]) => {
      const nodes = usages.flatMap((usage) => usage.nodes);
      const top = nodes.filter(({ parentAgencyId }) => parentAgencyId === undefined);
      return {
        sector,
        seats: sum(top, ({ ceiling }) => ceiling),
        taken: sum(top, ({ taken }) => taken),
        leases: sumLeases(nodes),
        overage: sum(nodes, ({ overage }) => overage),
        revoked: sum(nodes, ({ revoked }) => revoked),
      };
    });
}

function sumLeases(nodes: readonly UsageNode[]): LeaseCounts {
  const of = (name: keyof LeaseCounts) => sum(nodes, ({ leases }) => leases[name]);
  return { current: of('current'), grace: of('grace'), lapsed: of('lapsed'), waiting: of('waiting') };
}

function sum<T>(items: readonly T[], pick: (item: T) => number): number {
  return items.reduce((total, item) => total + pick(item), 0);
}

function grouped<K, T>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}
