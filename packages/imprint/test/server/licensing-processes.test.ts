import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  askLease,
  enrolDevices,
  entitle,
  type LicensedDevice,
  type Licensor,
  leaseOf,
  licensedDevice,
  nationOf,
  type Operator,
  operatorOf,
  storedSeats,
  testLicensor,
} from '../support/licensing.ts';
import { type SeparatePostgres, separatePostgres } from '../support/separate-postgres.ts';
import { type ServerProcess, serverProcess } from '../support/server-process.ts';
import { testDatabase } from '../support/test-database.ts';
import type { Answer } from '../support/test-server.ts';

type AnyDatabase = Pick<SeparatePostgres, 'superuser' | 'drop'> & {
  readonly environment: Readonly<Record<string, string>>;
};

interface Pair {
  readonly database: AnyDatabase;
  readonly licensor: Licensor;
  readonly operator: Operator;
  readonly nation: { readonly id: string; readonly path: string };
  readonly servers: ServerProcess[];
  start(index: number): Promise<ServerProcess>;
  /** Ends everything. */
  close(): Promise<void>;
}

/** Two servers, each a process with a home of its own, that share a database and a licence key. */
async function pairOn(makeDatabase: () => Promise<AnyDatabase>): Promise<Pair> {
  const database = await makeDatabase();
  const licensor = testLicensor();
  const homes = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), 'imprint-seats-'))));
  for (const home of homes) await licensor.install(home);
  const start = (index: number) =>
    serverProcess({
      ...database.environment,
      IMPRINT_HOME: homes[index] ?? '',
      IMPRINT_LEASE_REQUESTS_PER_HOUR: '1000',
    });
  const servers = [await start(0), await start(1)];
  const operator = await operatorOf(servers[0]?.url ?? '', homes[0] ?? '');
  const nation = await nationOf(operator);
  return {
    database,
    licensor,
    operator,
    nation,
    servers,
    start,
    close: async () => {
      await Promise.all(servers.map((server) => server.end('SIGTERM')));
      await database.drop();
      for (const home of homes) await rm(home, { recursive: true, force: true });
    },
  };
}

/** 300 devices that are enrolled for an edition of which there are 50 seats. */
async function crowd(pair: Pair, edition: string): Promise<{ devices: LicensedDevice[]; seats: string }> {
  const { id } = await entitle(pair.operator, pair.nation.id, { seats: 50, edition });
  const devices = Array.from({ length: 300 }, () => licensedDevice());
  await enrolDevices(pair.database.superuser, pair.nation.path, devices);
  return { devices, seats: id };
}

/** Sends one message again and again, to whichever server answers, until one has. */
async function askUntilAnswered(pair: Pair, message: string, first: number): Promise<Answer> {
  for (let attempt = 0; ; attempt += 1) {
    const server = pair.servers[(first + attempt) % 2] as ServerProcess;
    const answer = await askLease(server.url, message).catch(() => undefined);
    if (answer !== undefined && answer.status < 500) return answer;
    if (attempt === 500) throw new Error(`no answer: ${answer?.status}`);
    await sleep(20);
  }
}

/** Seats taken, activations stored and leases handed out are one and the same. */
async function expectExact(
  pair: Pair,
  seats: string,
  asked: { device: LicensedDevice; answer: Answer }[],
): Promise<void> {
  const leases = asked.flatMap(({ device, answer }) =>
    answer.status === 200 ? [leaseOf(answer, pair.licensor, device)] : [],
  );
  const refusals = asked.filter(({ answer }) => answer.status !== 200).map(({ answer }) => answer.body.code);
  const stored = await storedSeats(pair.database.superuser, seats);
  expect(leases).toHaveLength(50);
  expect(refusals).toEqual(Array(asked.length - 50).fill('LICENSING_SEATS_EXHAUSTED'));
  expect(stored).toMatchObject({ active: 50, taken: 50, own: 50 });
  expect(stored.rows).toHaveLength(50);
  const key = (device: string, generation: number, nonce: string) => `${device} ${generation} ${nonce}`;
  expect(new Set(stored.rows.map((row) => key(row.device_id, row.generation, row.nonce)))).toEqual(
    new Set(leases.map(({ sub, generation, nonce }) => key(sub, generation, nonce))),
  );
}

describe.each<[string, () => Promise<AnyDatabase>]>([
  ['the private cluster', testDatabase],
  ['a separate PostgreSQL that waits for the disk', separatePostgres],
])('two servers on %s', (_name, makeDatabase) => {
  let pair: Pair;
  beforeAll(async () => {
    pair = await pairOn(makeDatabase);
  });
  afterAll(() => pair.close());

  it('give 300 devices that ask at once exactly 50 seats, and one device one however often it asks', async () => {
    const edition = 'gov-base';
    const { devices, seats } = await crowd(pair, edition);
    const asked = await Promise.all(
      devices.map(async (device, index) => {
        const message = device.request(new Date(), { edition });
        return { device, answer: await askLease(pair.servers[index % 2]?.url ?? '', message) };
      }),
    );
    await expectExact(pair, seats, asked);

    const holder = asked.find(({ answer }) => answer.status === 200);
    if (holder === undefined) throw new Error('nobody holds a seat');
    const { device } = holder;
    const at = Date.now();
    const often = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        askLease(pair.servers[index % 2]?.url ?? '', device.request(new Date(at + index), { edition })),
      ),
    );
    const answered = often.filter(({ status }) => status === 200);
    expect(answered.length).toBeGreaterThan(0);
    for (const answer of answered) leaseOf(answer, pair.licensor, device);
    const late = often.filter(({ status }) => status !== 200).map(({ body }) => body.code);
    expect(late).toEqual(late.map(() => 'LICENSING_REQUEST_REPLAYED'));
    const stored = await storedSeats(pair.database.superuser, seats);
    expect(stored).toMatchObject({ active: 50, taken: 50, own: 50 });
  });

  it('have given 300 devices exactly 50 seats once each has its answer, though one server is killed meanwhile', async () => {
    const edition = 'gov-kiosk';
    const { devices, seats } = await crowd(pair, edition);
    let answered = 0;
    const storm = devices.map(async (device, index) => {
      const message = device.request(new Date(), { edition });
      await sleep(index);
      const answer = await askUntilAnswered(pair, message, index % 2);
      answered += 1;
      return { device, answer, message };
    });
    while (answered < 20) await sleep(1);
    expect(answered).toBeLessThan(300);
    expect(await pair.servers[0]?.end('SIGKILL')).toBe('SIGKILL');
    pair.servers[0] = await pair.start(0);
    const asked = await Promise.all(storm);
    await expectExact(pair, seats, asked);
    for (const { answer, message } of asked.filter((one) => one.answer.status === 200).slice(0, 10)) {
      const again = await askLease(pair.servers[1]?.url ?? '', message);
      expect(again.body).toEqual(answer.body);
    }
  });
});
