import type { Signer } from '@imprint/trust';
import type { Clock } from '../../platform/clock.ts';
import { type Database, serviceContext } from '../../platform/database/index.ts';
import type { Log } from '../../platform/log.ts';
import type { RepeatedJob } from '../../platform/repeat.ts';
import { type AssuranceEvent, type AssuranceTables, recordAll } from '../assurance/index.ts';
import type { ReleasePaths } from './ceremony/paths.ts';
import { onlineDue } from './rules.ts';
import { type KnownRelease, lockStates, putRelease, type ReleaseRow, type ReleaseTables } from './store.ts';
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
  /** The end of the emergency approval that ends next, milliseconds. */
  let endsAt = Number.POSITIVE_INFINITY;
  const load = async () => {
    const fingerprint = await repositoryFingerprint(context.paths.repository);
    if (fingerprint === loaded && context.clock.now().getTime() < endsAt) return;
    endsAt = await loadReleases(context);
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

/** Brings the tables up to what the repository says now; resolves to when an emergency approval ends next. */
async function loadReleases(context: RegisterContext): Promise<number> {
  const at = context.clock.now();
  const releases = await readReleases(context.paths.repository, at, (error) =>
    context.log.warn({ err: error }, 'damaged release file left out'),
  );
  if (releases.length === 0) return Number.POSITIVE_INFINITY;
  await context.database.transaction(serviceContext('release'), async (trx) => {
    const known = await lockStates(trx);
    const changed = releases.filter((release) => hasChanged(release, known.get(release.sha256)));
    // A channel has one current release: the one before steps down first.
    const ordered = inOrder(changed);
    for (const release of ordered) await putRelease(trx, rowOf(release, at));
    await recordAll(
      trx,
      ordered.map((release) => eventOf(release, known.get(release.sha256), at)),
    );
  });
  const ends = releases.flatMap(({ emergencyUntil }) => emergencyUntil ?? []).map(Date.parse);
  return Math.min(...ends, Number.POSITIVE_INFINITY);
}

const isUrgent = (known: KnownRelease | undefined): boolean =>
  known !== undefined && known.emergency_until !== null;

function hasChanged(release: RepositoryRelease, known: KnownRelease | undefined): boolean {
  return known?.state !== release.state || isUrgent(known) !== (release.emergencyUntil !== undefined);
}

const inOrder = (releases: readonly RepositoryRelease[]) =>
  [...releases].sort((a, b) => Number(a.state === 'current') - Number(b.state === 'current'));

function rowOf(
  { sha256, manifest, state, refusal, signedBy, emergencyUntil }: RepositoryRelease,
  at: Date,
): ReleaseRow {
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
    emergency_until: emergencyUntil === undefined ? null : new Date(emergencyUntil),
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

/** What a change of the register is called: an emergency, its completion, and the ordinary release's return have names of their own. */
function verbOf({ state, emergencyUntil }: RepositoryRelease, known: KnownRelease | undefined): string {
  if (state !== 'current') return verbs[state];
  if (emergencyUntil !== undefined) return 'publish-emergency';
  if (isUrgent(known)) return 'complete-emergency';
  return known?.state === 'superseded' ? 'reinstate' : verbs.current;
}

function eventOf(release: RepositoryRelease, known: KnownRelease | undefined, at: Date): AssuranceEvent {
  const { sha256, manifest } = release;
  return {
    at,
    action: `release.${verbOf(release, known)}`,
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
