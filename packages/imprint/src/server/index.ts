import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openContentStore } from '@imprint/edition';
import type { Signer } from '@imprint/trust';
import { homePaths } from '../home.ts';
import { type Clock, systemClock } from '../platform/clock.ts';
import { openDatabase } from '../platform/database/index.ts';
import type { App } from '../platform/http/app.ts';
import { readTrustedProxies } from '../platform/http/trusted-proxies.ts';
import { type Ids, randomIds } from '../platform/ids.ts';
import { type Log, openLog } from '../platform/log.ts';
import { rateLimitJob } from '../platform/rate-limit.ts';
import { repeatJobs } from '../platform/repeat.ts';
import { openServiceKey } from '../platform/service-key.ts';
import { readSettings, type Settings } from '../platform/settings.ts';
import { inventoryJob, openCheckInDesk, postureJob, rolloutJob } from '../rooms/fleet/index.ts';
import { licensingJobs, openLeaseDesk } from '../rooms/licensing/index.ts';
import { ensureOperatorToken, ensureSealingKey, openOidc } from '../rooms/organisation/index.ts';
import {
  freshnessJob,
  openRegister,
  readHomeRoot,
  registerJob,
  releasePaths,
  ringRenewalJob,
} from '../rooms/release/index.ts';
import { composeApp } from './app.ts';
import { closerOf } from './close.ts';
import { serverError } from './errors.ts';
import { licensingContext, licensingPolicy } from './licensing.ts';
import { migrations, type Tables } from './tables.ts';

export { stopOnSignals } from './signals.ts';

export interface ServerOptions {
  /** State directory; made when missing. */
  readonly home: string;
  readonly host?: string;
  /** 0 takes a free port. */
  readonly port?: number;
  readonly settings?: Settings;
  readonly log?: Log;
  readonly clock?: Clock;
  readonly ids?: Ids;
  /** Opens the online key, which renews timestamp and snapshot before they expire; the home's own if absent. */
  readonly openOnlineKey?: () => Promise<readonly Signer[] | undefined>;
  /** Opens the licence key, which signs leases; the home's own if absent. */
  readonly openLicenceKey?: () => Promise<readonly Signer[] | undefined>;
  /** How often the online key's work is looked at; a minute if absent. */
  readonly freshnessMs?: number;
  /** How often rollouts are looked at; five seconds if absent. */
  readonly rolloutMs?: number;
  /** How often devices are judged whose verdict time may have changed; five seconds if absent. */
  readonly postureMs?: number;
}

export interface RunningServer {
  readonly url: string;
  /** Stops accepting, finishes what is under way, commits what waits, closes the database. May be called twice. */
  stop(): Promise<void>;
}

/**
 * Starts the server: database, migrations, operator token, HTTP. Resolves when it accepts requests.
 * @throws SERVER_PORT_TAKEN and the codes of `openDatabase`
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const home = resolve(options.home);
  const settings = options.settings ?? readSettings(process.env, { home });
  const log = options.log ?? openLog(settings.logLevel);
  const clock = options.clock ?? systemClock;
  const ids = options.ids ?? randomIds(clock);
  const trustedProxies = readTrustedProxies('IMPRINT_TRUSTED_PROXIES', settings.trustedProxies);
  const { keys } = homePaths(home);
  const paths = releasePaths(homePaths(home));
  await mkdir(paths.repository, { recursive: true });
  await mkdir(join(home, 'run'), { recursive: true, mode: 0o700 });
  const opened = await openDatabase<Tables>({ home, settings, log, migrations });
  try {
    const { database } = opened;
    await ensureOperatorToken({ database, clock, ids }, home);
    const { checkInSeconds, smallCell } = settings;
    const fleet = { database, clock, ids, checkInSeconds, smallCell };
    const desk = openCheckInDesk(fleet, settings.checkInQueue);
    const register = openRegister({ database, clock, log, paths });
    let stopping = false;
    const isStopping = () => stopping;
    const openLicenceKey = options.openLicenceKey ?? (() => openServiceKey(keys, 'licensing'));
    const policy = await licensingPolicy(settings, keys);
    const rootOf = () => readHomeRoot(paths);
    const licensing = licensingContext({ database, clock, ids, log, policy }, openLicenceKey, rootOf);
    const leases = openLeaseDesk(licensing, {
      maxWaiting: settings.checkInQueue,
      perHour: settings.leaseRequestsPerHour,
    });
    const oidc = await openOidc(settings, clock);
    const sealingKey = await ensureSealingKey(keys);
    const signIn = { publicUrl: settings.publicUrl, oidc, sealingKey, trustedProxies };
    const app = await composeApp({
      ...fleet,
      ...signIn,
      log,
      desk,
      register,
      licensing,
      leases,
      paths,
      isStopping,
    });
    const close = closerOf(app, settings.stopSeconds);
    const url = await listen(app, options.host ?? settings.host, options.port ?? settings.port);
    const openKey = options.openOnlineKey ?? (() => openServiceKey(keys, 'online'));
    const releaseContext = { database, clock, log, paths };
    const renewal = freshnessJob(releaseContext, openKey, options.freshnessMs);
    const store = openContentStore(homePaths(home).store);
    const stopJobs = repeatJobs(
      [
        registerJob(register),
        renewal,
        ringRenewalJob({ ...releaseContext, store, keyDirectory: join(keys, 'apt') }),
        rolloutJob(fleet, options.rolloutMs),
        postureJob(fleet, options.postureMs),
        inventoryJob(fleet),
        rateLimitJob({ database, clock }),
        ...licensingJobs(licensing, { repository: paths.repository, isStopping }),
      ],
      log,
    );
    log.info({ url, database: opened.origin }, 'server ready');
    let stopped: Promise<void> | undefined;
    const stop = async () => {
      stopping = true;
      await stopJobs();
      await close();
      await Promise.all([desk.drain(), leases.drain()]);
      await opened.stop();
      log.info('server stopped');
    };
    return {
      url,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await opened.stop();
    throw error;
  }
}

async function listen(app: App, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (error) {
    await app.close();
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw serverError('SERVER_PORT_TAKEN', { host, port }, { cause: error });
    }
    throw error;
  }
}
