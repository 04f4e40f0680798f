/** Percentages of a ceiling at which people are told, lowest first. */
export const thresholds = [80, 95, 100] as const;

export interface Usage {
  readonly taken: number;
  readonly ceiling: number;
}

/** The highest threshold that usage has reached; 0 for none, and where there is no seat to take. */
export function thresholdOf({ taken, ceiling }: Usage): number {
  if (ceiling === 0) return 0;
  return thresholds.findLast((threshold) => taken * 100 >= threshold * ceiling) ?? 0;
}

/** Usage in whole percent of the ceiling, rounded down so that 100 means all of it. */
export function percentOf({ taken, ceiling }: Usage): number {
  return ceiling === 0 ? 0 : Math.floor((taken * 100) / ceiling);
}

/** What an alert says: figures and when they were true. */
export interface Alert {
  readonly entitlementId: string;
  readonly allocationId: string;
  readonly agencyId: string;
  readonly threshold: number;
  readonly taken: number;
  readonly ceiling: number;
  readonly percent: number;
  readonly asOf: string;
}

export interface AlertNode extends Usage {
  readonly id: string;
  readonly entitlement_id: string;
  readonly agency_id: string;
  readonly alerted: number;
}

/** The alert of a node that crossed a threshold upwards since it was last looked at. */
export function alertOf(node: AlertNode, at: Date): Alert | undefined {
  const threshold = thresholdOf(node);
  if (threshold <= node.alerted) return undefined;
  return {
    entitlementId: node.entitlement_id,
    allocationId: node.id,
    agencyId: node.agency_id,
    threshold,
    taken: node.taken,
    ceiling: node.ceiling,
    percent: percentOf(node),
    asOf: at.toISOString(),
  };
}
