import type { Signer } from '@imprint/trust';
import type { Clock } from '../../platform/clock.ts';
import { type Database, serviceContext } from '../../platform/database/index.ts';
import type { Log } from '../../platform/log.ts';
import type { RepeatedJob } from '../../platform/repeat.ts';
import { type AssuranceEvent, type AssuranceTables, recordAll } from '../assurance/index.ts';
import type { ReleasePaths } from './ceremony/paths.ts';
import { onlineDue } from './rules.ts';
import { lockStates, putRelease, type ReleaseTables } from './store.ts';
import { type RepositoryRelease, readReleases, repositoryFingerprint } from './store-repository.ts';
import { refreshOnline } from './tuf/refresh-online.ts';
import { readRepository } from './tuf/repository.ts';

export interface RegisterContext {
  readonly database: Database<ReleaseTables & AssuranceTables>;
  readonly clock: Clock;
  readonly log: Log;
  readonly paths: ReleasePaths;
}

/** What the server knows of the published repository. */
export interface ReleaseRegister {
  /** Loads the repository when it has changed since; resolves when the tables say what it says. */
  load(): Promise<void>;
}

export function openRegister(context: RegisterContext): ReleaseRegister {
  let loaded: string | undefined;
  let loading: Promise<void> | undefined;
  const load = async () => {
    const fingerprint = await repositoryFingerprint(context.paths.repository);
    if (fingerprint === loaded) return;
    await loadReleases(context);
    loaded = fingerprint;
  };
  return {
    // One that began before a change may not have seen it, so a caller waits for it and then looks again.
    load: async () => {
      await loading?.catch(() => undefined);
      loading ??= load().finally(() => {
        loading = undefined;
      });
      await loading;
    },
  };
}

async function loadReleases(context: RegisterContext): Promise<void> {
  const releases = await readReleases(context.paths.repository, (error) =>
    context.log.warn({ err: error }, 'damaged release file left out'),
  );
  if (releases.length === 0) return;
  await context.database.transaction(serviceContext('release'), async (trx) => {
    const known = await lockStates(trx);
    const changed = releases.filter(({ sha256, state }) => known.get(sha256) !== state);
    const at = context.clock.now();
    // A channel has one current release: the one before steps down first.
    for (const release of inOrder(changed)) await putRelease(trx, rowOf(release, at));
    await recordAll(
      trx,
      changed.map((release) => eventOf(release, at)),
    );
  });
}

const inOrder = (releases: readonly RepositoryRelease[]) =>
  [...releases].sort((a, b) => Number(a.state === 'current') - Number(b.state === 'current'));

function rowOf({ sha256, manifest, state, refusal, signedBy }: RepositoryRelease, at: Date) {
  return {
    sha256,
    edition: manifest.edition,
    channel: manifest.channel,
    version: manifest.version,
    sequence: manifest.sequence,
    state,
    refusal: refusal ?? null,
    manifest,
    signed_by: [...signedBy],
    expires_at: new Date(manifest.expiresAt),
    loaded_at: at,
    changed_at: at,
  };
}

const verbs = {
  current: 'publish',
  superseded: 'supersede',
  withdrawn: 'withdraw',
  refused: 'refuse',
} as const;

function eventOf({ sha256, state, manifest }: RepositoryRelease, at: Date): AssuranceEvent {
  return {
    at,
    action: `release.${verbs[state]}`,
    actor: 'service:release',
    agencyPath: '/',
    subject: `release:${manifest.edition}/${manifest.channel}/${manifest.version}`,
    digests: { release: sha256 },
  };
}

/** Loads what was published since, also when nobody asks. */
export function registerJob(register: ReleaseRegister): RepeatedJob {
  return { name: 'release-register', everyMs: 10_000, run: () => register.load() };
}

/** Renews snapshot and timestamp with the online key before they expire; the key is opened only when it is needed. */
export function freshnessJob(
  context: Pick<RegisterContext, 'clock' | 'log' | 'paths'>,
  openKey: () => Promise<readonly Signer[] | undefined>,
  everyMs = 60_000,
): RepeatedJob {
  return {
    name: 'release-freshness',
    everyMs,
    run: async () => {
      const { repository, publishLock } = context.paths;
      const now = context.clock.now();
      // Looked at without the lock first, so that nobody who publishes finds the repository busy for nothing.
      if (!(await isDue(repository, now))) return;
      const online = await openKey();
      if (online === undefined) {
        context.log.warn('the timestamp is due and there is no online key here to renew it');
        return;
      }
      const done = await refreshOnline({ repository, publishLock, online, now });
      if (done.timestamp) context.log.info({ ...done }, 'timestamp renewed');
    },
  };
}

async function isDue(repository: string, now: Date): Promise<boolean> {
  const state = await readRepository(repository);
  if (state === undefined) return false;
  const { timestamp, snapshot } = state;
  return onlineDue({ timestamp: timestamp.signed.expires, snapshot: snapshot.signed.expires }, now).timestamp;
}
