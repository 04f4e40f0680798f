/** What a device keeps of its licence clock between two looks at it; all instants in milliseconds since 1970. */
export interface ClockRecord {
  /** Where the licence clock stood. */
  readonly licenceMs: number;
  /** The newest signed time ever seen; 0 for none. */
  readonly signedMs: number;
  /** The largest jump of the wall clock believed since then and not proved yet: what a corrected clock may take back. */
  readonly jumpMs: number;
  readonly wallMs: number;
  readonly uptimeMs: number;
  readonly bootId: string;
}

/** One look at a device's clocks. */
export interface ClockSight {
  readonly wallMs: number;
  /** Since this boot, suspension included. */
  readonly uptimeMs: number;
  /** Another one after each boot. */
  readonly bootId: string;
  /** Times in what was signed and verified: a lease's `iat`, release metadata, antivirus definitions. */
  readonly signedMs: readonly number[];
}

const dayMs = 86_400_000;
/** How far the wall clock may lag before it is suspect, and how small a jump needs no taking back. */
const toleranceMs = dayMs;
const longestAbsenceMs = 31 * dayMs;

/**
 * Advances the licence clock by one look, and says whether the wall clock is suspect.
 *
 * It advances by signed times, by uptime, and by a wall clock that went forward by at most 31 days while the device was off. A
 * larger jump counts for nothing. A believed jump of more than a day is taken back when the wall clock later stands
 * before it, or a newer signed time does; nothing else ever moves the licence clock back. A wall clock more than a day behind
 * is suspect until it is set right.
 */
export function observeClock(
  record: ClockRecord | undefined,
  seen: ClockSight,
): { readonly record: ClockRecord; readonly nowMs: number; readonly isSuspect: boolean } {
  const signedMs = Math.max(0, record?.signedMs ?? 0, ...seen.signedMs);
  const { wallMs, uptimeMs, bootId } = seen;
  const moved =
    record === undefined || record.signedMs === 0 ? begin(signedMs, wallMs) : advance(record, seen);
  const { licenceMs, jumpMs } = settle(moved, record?.signedMs ?? 0, signedMs, wallMs);
  return {
    record: { licenceMs, signedMs, jumpMs, wallMs, uptimeMs, bootId },
    nowMs: licenceMs,
    isSuspect: isBehind(wallMs, licenceMs),
  };
}

interface Hand {
  readonly licenceMs: number;
  readonly jumpMs: number;
}

const isBehind = (wallMs: number, licenceMs: number): boolean => wallMs < licenceMs - toleranceMs;
const believed = (jumpMs: number): number => (jumpMs > toleranceMs ? jumpMs : 0);

/** Before any signed time there is only the wall clock; with the first, as much of it as an absence may explain. */
function begin(signedMs: number, wallMs: number): Hand {
  if (signedMs === 0) return { licenceMs: Math.max(0, wallMs), jumpMs: 0 };
  const ahead = wallMs - signedMs;
  const jumpMs = ahead > 0 && ahead <= longestAbsenceMs ? ahead : 0;
  return { licenceMs: signedMs + jumpMs, jumpMs: believed(jumpMs) };
}

function advance(record: ClockRecord, { wallMs, uptimeMs, bootId }: ClockSight): Hand {
  const sameBoot = bootId === record.bootId;
  const passedMs = Math.max(0, uptimeMs - (sameBoot ? record.uptimeMs : 0));
  const counted = record.licenceMs + passedMs;
  if (sameBoot) return { licenceMs: counted, jumpMs: record.jumpMs };
  const absenceMs = wallMs - record.wallMs;
  if (absenceMs <= 0 || absenceMs > longestAbsenceMs) return { licenceMs: counted, jumpMs: record.jumpMs };
  // Never past the wall clock: one that jumps to and fro at each boot would carry the licence clock away.
  const licenceMs = Math.max(counted, Math.min(record.licenceMs + absenceMs, wallMs));
  return { licenceMs, jumpMs: Math.max(record.jumpMs, believed(licenceMs - counted)) };
}

/** Takes a believed jump back where the wall clock stands before it, or a newer signed time comes. */
function settle({ licenceMs, jumpMs }: Hand, knownMs: number, signedMs: number, wallMs: number): Hand {
  const without = licenceMs - jumpMs;
  if (knownMs > 0 && signedMs > knownMs) return { licenceMs: Math.max(without, signedMs), jumpMs: 0 };
  if (jumpMs > 0 && isBehind(wallMs, licenceMs) && !isBehind(wallMs, without))
    return { licenceMs: Math.max(without, wallMs), jumpMs: 0 };
  return { licenceMs, jumpMs };
}
