import { join } from 'node:path';
import type { ContentStore } from '@imprint/edition';
import { isImprintError } from '@imprint/protocol';
import { type Database, serviceContext } from '../../../platform/database/index.ts';
import type { RepeatedJob } from '../../../platform/repeat.ts';
import { type AssuranceTables, record } from '../../assurance/index.ts';
import type { RegisterContext } from '../jobs.ts';
import { repositoryNames } from '../tuf/repository.ts';
import { type ServedRing, serveRing } from './serve-ring.ts';
import { isRingDue, keepServed, type ServedRecord, servedRings } from './served.ts';

export interface RenewalContext extends Pick<RegisterContext, 'clock' | 'log' | 'paths'> {
  readonly database: Database<AssuranceTables>;
  readonly store: ContentStore;
  /** GNUPGHOME of the service key. */
  readonly keyDirectory: string;
}

/**
 * Serves each ring again what it is served, before its suite expires: verified anew, signed anew, nothing newer. What cannot be
 * served keeps its suite until that expires; why is kept with it, and shown by `imprint release status`.
 */
export function ringRenewalJob(context: RenewalContext, everyMs = 600_000): RepeatedJob {
  return {
    name: 'release-rings',
    everyMs,
    run: async () => {
      for (const { edition, ring } of await servedRings(context.paths)) {
        // Read anew: the rings before took their time, and a person may have served this one something else since.
        const served = await standing(context, { edition, ring });
        if (served !== undefined && isRingDue(served, context.clock.now())) await renew(context, served);
      }
    },
  };
}

async function standing(
  { paths }: RenewalContext,
  { edition, ring }: Pick<ServedRecord, 'edition' | 'ring'>,
): Promise<ServedRecord | undefined> {
  return (await servedRings(paths)).find((one) => one.edition === edition && one.ring === ring);
}

async function renew(context: RenewalContext, served: ServedRecord): Promise<void> {
  const { paths, clock, log } = context;
  const { edition, ring } = served;
  try {
    const done = await serveRing({
      paths,
      store: context.store,
      keyDirectory: context.keyDirectory,
      lockFile: join(paths.repository, repositoryNames.blob(served.lockSha256)),
      channel: served.channel,
      ring,
      now: clock.now(),
      ...(served.validDays === undefined ? {} : { validDays: served.validDays }),
    });
    await recordRenewal(context, done);
    log.info({ edition, ring, validUntil: done.validUntil }, 'apt suite renewed');
  } catch (error) {
    if (!isImprintError(error)) throw error;
    log.warn({ edition, ring, err: error }, 'apt suite not renewed');
    // Whoever serves it meanwhile writes what it is served; what was read before must not come over that.
    if (error.code === 'RELEASE_BUSY') return;
    const now = await standing(context, served);
    if (now === undefined || JSON.stringify(now) !== JSON.stringify(served)) return;
    const problem = { code: error.code, message: error.message, at: clock.now().toISOString() };
    await keepServed(paths, { ...served, problem });
  }
}

function recordRenewal({ database, clock }: RenewalContext, done: ServedRing): Promise<void> {
  return database.transaction(serviceContext('release'), (trx) =>
    record(trx, {
      at: clock.now(),
      action: 'release.renew-ring',
      actor: 'service:release',
      agencyPath: '/',
      subject: `ring:${done.edition}/${done.ring}`,
      digests: { release: done.releaseSha256, suite: done.inReleaseSha256 },
    }),
  );
}
