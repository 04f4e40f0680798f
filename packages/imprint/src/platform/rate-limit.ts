import { createHash } from 'node:crypto';
import { sql, Transaction } from 'kysely';
import type { Clock } from './clock.ts';
import { type Database, type Migration, serviceContext } from './database/index.ts';
import type { RepeatedJob } from './repeat.ts';

/** How much is let through: a burst at once, and as many again spread over the seconds. */
interface Rate {
  readonly burst: number;
  readonly perSeconds: number;
}

interface RateAnswer {
  readonly allowed: boolean;
  /** How many more would be let through now. */
  readonly remaining: number;
  /** Whole seconds until the next is let through; 0 when this one was. */
  readonly retryAfterSeconds: number;
}

export interface RateLimitTables {
  platform_rate_limit: { key_sha256: string; full_at: Date; allowed: boolean };
}

export const rateLimitMigration: Migration = {
  id: 'platform/0003-rate-limit',
  sql: `
CREATE TABLE platform_rate_limit (
  key_sha256 text PRIMARY KEY,
  -- When the bucket will be full again, if nobody draws from it: the theoretical arrival time of GCRA.
  full_at timestamptz(3) NOT NULL,
  -- What the newest asker was told.
  allowed boolean NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX platform_rate_limit_full ON platform_rate_limit (full_at);
ALTER TABLE platform_rate_limit ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY platform_rate_limit_service ON platform_rate_limit USING (platform_agency_path() = '/');
GRANT SELECT, INSERT, UPDATE, DELETE ON platform_rate_limit TO imprint_app;
`,
};

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex');

/**
 * Draws one from the bucket of a key, or as many as are wanted or none, in one statement, so that parallel askers at any
 * number of servers share it. Keys are kept hashed. Given the database, the draw stands whatever becomes of the caller's work;
 * given a transaction, which must be the service's, a rollback gives it back.
 */
export async function limit(
  where: Database<RateLimitTables> | Transaction<RateLimitTables>,
  key: string,
  rate: Rate,
  now: Date,
  wanted = 1,
): Promise<RateAnswer> {
  if (wanted > rate.burst) throw new RangeError('more is wanted than the bucket ever holds');
  if (where instanceof Transaction) return draw(where, key, rate, now, wanted);
  return where.transaction(serviceContext('rate-limit'), (trx) => draw(trx, key, rate, now, wanted));
}

/** What a draw of one would be answered, without drawing, by key: for those that draw one after the other, under a lock of theirs. */
export async function outlook(
  trx: Transaction<RateLimitTables>,
  keys: readonly string[],
  { burst, perSeconds }: Rate,
  now: Date,
): Promise<ReadonlyMap<string, RateAnswer>> {
  const rows = await trx
    .selectFrom('platform_rate_limit')
    .select(['key_sha256', 'full_at'])
    .where(sql<boolean>`key_sha256 = any(${keys.map(hashOf)}::text[])`)
    .execute();
  const fullAt = new Map(rows.map((row) => [row.key_sha256, row.full_at.getTime()]));
  const nowMs = now.getTime();
  return new Map(
    keys.map((key) => {
      const spareMs = nowMs + perSeconds * 1000 - Math.max(nowMs, fullAt.get(hashOf(key)) ?? nowMs);
      const remaining = Math.max(0, Math.floor((spareMs * burst) / (perSeconds * 1000)));
      const waitMs = (perSeconds * 1000) / burst - spareMs;
      const retryAfterSeconds = remaining > 0 ? 0 : Math.max(1, Math.ceil(waitMs / 1000));
      return [key, { allowed: remaining > 0, remaining, retryAfterSeconds }];
    }),
  );
}

async function draw(
  trx: Transaction<RateLimitTables>,
  key: string,
  { burst, perSeconds }: Rate,
  now: Date,
  wanted: number,
): Promise<RateAnswer> {
  const intervalMs = (perSeconds * 1000) / burst;
  const latest = new Date(now.getTime() + perSeconds * 1000);
  const first = new Date(now.getTime() + wanted * intervalMs);
  const hash = hashOf(key);
  const next = sql`greatest(limits.full_at, ${now}::timestamptz) + ${wanted * intervalMs} * interval '1 millisecond'`;
  const { rows } = await sql<{ full_at: Date; allowed: boolean }>`
    INSERT INTO platform_rate_limit AS limits (key_sha256, full_at, allowed) VALUES (${hash}, ${first}, true)
    ON CONFLICT (key_sha256) DO UPDATE SET
      allowed = ${next} <= ${latest}::timestamptz,
      full_at = CASE WHEN ${next} <= ${latest}::timestamptz THEN ${next} ELSE limits.full_at END
    RETURNING full_at, allowed`.execute(trx);
  const row = rows[0] as { full_at: Date; allowed: boolean };
  const spareMs = latest.getTime() - row.full_at.getTime();
  return {
    allowed: row.allowed,
    remaining: row.allowed ? Math.max(0, Math.floor(spareMs / intervalMs)) : 0,
    retryAfterSeconds: row.allowed ? 0 : Math.max(1, Math.ceil((wanted * intervalMs - spareMs) / 1000)),
  };
}

/**
 * Forgets buckets that are full again, every hour, so that the table holds only keys that asked lately. One that somebody is
 * drawing from stays: who draws from several in one transaction and this job never wait for each other.
 */
export function rateLimitJob(context: { database: Database<RateLimitTables>; clock: Clock }): RepeatedJob {
  const run = () =>
    context.database.transaction(serviceContext('rate-limit'), async (trx) => {
      const full = trx
        .selectFrom('platform_rate_limit')
        .select('key_sha256')
        .where('full_at', '<', context.clock.now())
        .forUpdate()
        .skipLocked();
      await trx.deleteFrom('platform_rate_limit').where('key_sha256', 'in', full).execute();
    });
  return { name: 'rate-limits', everyMs: 3_600_000, run };
}
