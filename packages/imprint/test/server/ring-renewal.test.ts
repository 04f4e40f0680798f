import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeAptKey, openContentStore, parseRelease } from '@imprint/edition';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLog } from '../../src/platform/log.ts';
import { keepServed, type ServedRecord } from '../../src/rooms/release/apt-suite/served.ts';
import { releasePaths, ringRenewalJob, servedRings, serveRing } from '../../src/rooms/release/index.ts';
import {
  approveByAll,
  beginCeremony,
  type Ceremony,
  later,
  propose,
  publish,
  start,
} from '../../src/rooms/release/testing/ceremony-fixture.ts';
import { emptyPackage } from '../support/empty-package.ts';
import { type TestServer, testServer } from '../support/test-server.ts';

let ceremony: Ceremony;
let server: TestServer;
let job: ReturnType<typeof ringRenewalJob>;

/** A published release, served to the ring pilot by a server that has the service key. */
beforeEach(async () => {
  const begun = await beginCeremony('intl');
  server = await testServer({}, { start, openOnlineKey: async () => begun.online });
  await cp(begun.directory, server.home, { recursive: true });
  const paths = releasePaths({
    release: join(server.home, 'release'),
    repository: join(server.home, 'repository'),
  });
  ceremony = { ...begun, directory: server.home, paths };
  await begun.remove();
  const keyDirectory = join(server.home, 'keys/apt');
  await makeAptKey(keyDirectory, 'Imprint apt');
  const store = openContentStore(join(server.home, 'store'));
  const locked = [await emptyPackage(store, server.home, 'editor', '1.0')];
  const { id, directory } = await propose(ceremony, { locked });
  await approveByAll(ceremony, id);
  await publish(ceremony, id);
  const lockFile = join(directory, 'edition.lock.json');
  // apt looks at this machine's clock.
  const lasting = { validDays: 36_500, now: later(0.01) };
  await serveRing({ paths, store, keyDirectory, lockFile, channel: 'stable', ring: 'pilot', ...lasting });
  const { clock } = server;
  const log = openLog('silent');
  job = ringRenewalJob({ database: server.database.open(), clock, log, paths, store, keyDirectory });
  server.clock.advance(3600);
});
afterEach(() => server.close());

const served = async (): Promise<ServedRecord> => {
  const [only] = await servedRings(ceremony.paths);
  if (only === undefined) throw new TypeError('a ring is served');
  return only;
};
const dateOf = async () => {
  const file = join(ceremony.paths.repository, 'apt/gov-base/dists/pilot/InRelease');
  return parseRelease(await readFile(file, 'utf8'))?.date.toISOString();
};
/** The suite as it is shortly before it expires. */
const nearlyOver = async () =>
  keepServed(ceremony.paths, { ...(await served()), validUntil: later(0.05).toISOString() });
const renewals = () =>
  server.database
    .open()
    .transaction({ agencyPath: '/', actor: 'test' }, (trx) =>
      trx
        .selectFrom('assurance_entry')
        .select('subject')
        .where('action', '=', 'release.renew-ring')
        .execute(),
    );

describe('the job that renews apt suites', () => {
  it('leaves a suite alone that lasts, and signs one anew that is nearly over, with a record', async () => {
    const before = await dateOf();
    await job.run();
    expect(await dateOf()).toBe(before);
    await nearlyOver();
    await job.run();
    expect(await dateOf()).toBe(server.clock.now().toISOString());
    expect(Date.parse((await served()).validUntil)).toBeGreaterThan(later(1000).getTime());
    expect(await renewals()).toEqual([{ subject: 'ring:gov-base/pilot' }]);
  });

  it('keeps why it could not, leaves the suite, and forgets it once it can', async () => {
    await nearlyOver();
    const before = await dateOf();
    const [key, aside] = [join(server.home, 'keys/apt'), join(server.home, 'aside')];
    await cp(key, aside, { recursive: true });
    await rm(key, { recursive: true });
    await job.run();
    expect(await served()).toMatchObject({ problem: { code: 'APT_KEY_MISSING' } });
    expect(await dateOf()).toBe(before);
    await cp(aside, key, { recursive: true });
    await job.run();
    expect(await served()).not.toHaveProperty('problem');
    expect(await renewals()).toHaveLength(1);
  });

  it('leaves what is kept of a ring to whoever is serving it', async () => {
    await nearlyOver();
    const before = await served();
    const lock = join(ceremony.paths.rings, 'serve.lock');
    await writeFile(lock, `${process.pid}\n`);
    await job.run();
    expect(await served()).toEqual(before);
    await rm(lock);
    await job.run();
    expect(await renewals()).toHaveLength(1);
  });
});
