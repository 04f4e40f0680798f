const dayMs = 86_400_000;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  /** Offsets by quarter of an hour, within which none changes. */
  readonly offsets: Map<number, number>;
}
const zones = new Map<string, Zone>();
const quarterMs = 900_000;
const keptOffsets = 10_000;

/** True for a name of the IANA time zone database that this runtime knows. */
export function isTimeZone(name: string): boolean {
  try {
    zoneOf(name);
    return true;
  } catch {
    return false;
  }
}

function zoneOf(name: string): Zone {
  const kept = zones.get(name);
  if (kept !== undefined) return kept;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const zone = { format, offsets: new Map<number, number>() };
  zones.set(name, zone);
  return zone;
}

/** Milliseconds the zone's clock is ahead of UTC at an instant. */
export function offsetAt(timeZone: string, at: number): number {
  const { format, offsets } = zoneOf(timeZone);
  const quarter = Math.floor(at / quarterMs);
  const kept = offsets.get(quarter);
  if (kept !== undefined) return kept;
  const start = quarter * quarterMs;
  const parts = Object.fromEntries(
    format.formatToParts(start).map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  const offset = Date.UTC(year, month - 1, day, hour, minute, second) - start;
  if (offsets.size >= keptOffsets) offsets.clear();
  offsets.set(quarter, offset);
  return offset;
}

/** The date of an instant in a zone, `YYYY-MM-DD`. */
export function localDateOf(timeZone: string, at: number): string {
  return new Date(at + offsetAt(timeZone, at)).toISOString().slice(0, 10);
}

export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * dayMs).toISOString().slice(0, 10);
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(date: string): number {
  return new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
}

/**
 * The instant at which a zone's clock shows a time. A time shown twice is the first or the last of both; one that is skipped is
 * the instant of the skip.
 */
export function instantOf(timeZone: string, date: string, time: string, which: 'first' | 'last'): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  const local = Date.parse(`${date}T00:00:00Z`) + (hours * 60 + minutes) * 60_000;
  const before = offsetAt(timeZone, local - dayMs);
  const after = offsetAt(timeZone, local + dayMs);
  const found = [local - before, local - after].filter((at) => at + offsetAt(timeZone, at) === local);
  if (found.length > 0) return which === 'first' ? Math.min(...found) : Math.max(...found);
  return skipBetween(timeZone, local - Math.max(before, after), local - Math.min(before, after));
}

/** The instant between two at which the offset changes, to the quarter of an hour. */
function skipBetween(timeZone: string, early: number, late: number): number {
  const start = offsetAt(timeZone, early);
  let [low, high] = [Math.floor(early / quarterMs), Math.ceil(late / quarterMs)];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(timeZone, middle * quarterMs) === start) low = middle;
    else high = middle;
  }
  return high * quarterMs;
}
