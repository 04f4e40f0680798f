/** Share of the queue up to which devices keep their usual interval. */
const calmShare = 0.25;

/** Longest stretch of the interval: a device that obeys stays clear of three missed check-ins, which count as silence. */
const longestStretch = 2;

/**
 * Seconds until a device is asked to check in again: the usual interval, and up to twice that while the queue fills. Spreading
 * devices within the interval is their own work.
 */
export function secondsUnderLoad(usualSeconds: number, waiting: number, maxWaiting: number): number {
  const share = maxWaiting > 0 ? Math.min(1, waiting / maxWaiting) : 1;
  const pressure = Math.max(0, (share - calmShare) / (1 - calmShare));
  return Math.round(usualSeconds * (1 + (longestStretch - 1) * pressure));
}

/** Seconds a device waits that found no room at all: a tenth of the interval, at least 5 seconds and at most 5 minutes. */
export function secondsUntilRoom(usualSeconds: number): number {
  return Math.min(300, Math.max(5, Math.ceil(usualSeconds / 10)));
}

/** A report apart from when its facts were observed: what is the same each time, and what never is. */
export interface FoldedReport {
  /** The report with each `observedAt` replaced by a position in `instants`. */
  readonly content: unknown;
  /** Different values of `observedAt`, in the order in which they first stand. */
  readonly instants: readonly unknown[];
}

const isScalar = (value: unknown) => typeof value === 'string' || typeof value === 'number';

/** Takes the instants out of a report; a device of which nothing changed gives the same content at every check-in. */
export function foldReport(report: unknown): FoldedReport {
  const instants: unknown[] = [];
  const positions = new Map<unknown, number>();
  const position = (value: unknown) => {
    const known = positions.get(value) ?? instants.length;
    if (known === instants.length) {
      positions.set(value, known);
      instants.push(value);
    }
    return known;
  };
  const content = replaced(report, (value) => (isScalar(value) ? position(value) : undefined));
  return { content, instants };
}

/** Puts the instants back into a report. */
export function unfoldReport({ content, instants }: FoldedReport): unknown {
  return replaced(content, (value) => (typeof value === 'number' ? instants[value] : undefined));
}

/** A copy in which each `observedAt` is what `other` makes of it; where that is nothing, it is copied too. */
function replaced(value: unknown, other: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => replaced(item, other));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      (key === 'observedAt' ? other(item) : undefined) ?? replaced(item, other),
    ]),
  );
}
