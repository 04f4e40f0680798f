import type { Database } from '../../../platform/database/index.ts';
import { limit, type RateLimitTables } from '../../../platform/rate-limit.ts';
import type { OrganisationContext, Tables } from '../actions.ts';
import { organisationError } from '../errors.ts';

/** What signing in works with. */
export interface SignInContext extends OrganisationContext {
  readonly database: Database<Tables & RateLimitTables>;
  /** Seals people's second factors. */
  readonly sealingKey: Buffer;
}

const rates = {
  account: { burst: 5, perSeconds: 900 },
  address: { burst: 60, perSeconds: 900 },
} as const;

/**
 * Counts an attempt at something before it is judged; it stays counted whatever comes of it.
 * @throws ORGANISATION_TOO_MANY_ATTEMPTS
 */
export async function countAttempt(
  context: Pick<SignInContext, 'database' | 'clock'>,
  per: keyof typeof rates,
  key: string,
): Promise<void> {
  const answer = await limit(context.database, `sign-in:${key}`, rates[per], context.clock.now());
  if (answer.allowed) return;
  const { retryAfterSeconds } = answer;
  throw organisationError('ORGANISATION_TOO_MANY_ATTEMPTS', { retryAfterSeconds });
}
