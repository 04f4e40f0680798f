import type { Clock } from '../../../platform/clock.ts';
import type { Database } from '../../../platform/database/index.ts';
import { limit, type RateLimitTables } from '../../../platform/rate-limit.ts';
import { activationError } from './errors.ts';

const hourMs = 3_600_000;
/** Devices whose requests are counted at once; when there are more, those of the oldest hours are forgotten first. */
const mostCounted = 200_000;

/**
 * Lets a device through a few times in an hour. The first quarter of what is allowed costs no question to the database, as a
 * device that works asks once a week; what goes beyond draws from a bucket that all servers share.
 * @throws LICENSING_TOO_MANY_REQUESTS from the answer
 */
export function openGate(
  context: { readonly database: Database<RateLimitTables>; readonly clock: Clock },
  perHour: number,
): (deviceId: string) => Promise<void> {
  const counted = new Map<string, { count: number; readonly until: number }>();
  const free = Math.ceil(perHour / 4);

  function countOf(deviceId: string, nowMs: number): number {
    const known = counted.get(deviceId);
    if (known !== undefined && known.until > nowMs) return ++known.count;
    counted.delete(deviceId);
    if (counted.size >= mostCounted) counted.delete(counted.keys().next().value as string);
    counted.set(deviceId, { count: 1, until: nowMs + hourMs });
    return 1;
  }

  return async (deviceId) => {
    const now = context.clock.now();
    if (countOf(deviceId, now.getTime()) <= free) return;
    const rate = { burst: perHour, perSeconds: 3600 };
    const answer = await limit(context.database, `lease ${deviceId}`, rate, now);
    if (answer.allowed) return;
    const { retryAfterSeconds } = answer;
    throw activationError('LICENSING_TOO_MANY_REQUESTS', { allowed: perHour, retryAfterSeconds });
  };
}
