import { randomBytes } from 'node:crypto';
import { messageTypes, protocolVersion } from '@imprint/protocol';
import { factDigest, generateSigner, jwkOf, jwkThumbprint, signJws } from '@imprint/trust';
import type { Item } from '../packages/imprint/src/rooms/licensing/activation/batch.ts';
import type { RawClient, RawPool } from '../packages/imprint/test/support/raw-pool.ts';
import { agencyPath, deviceId, type LicensingPlace, openLicensingPlace } from './licensing-place.ts';
import { type Contender, compare, measureHere } from './measure.ts';
import type { Section } from './table.ts';

export interface LicensingSizes {
  readonly requests: number;
  /** Callers that wait at once. */
  readonly callers: number;
  /** Stored activations, smallest first. */
  readonly stored: readonly number[];
  readonly rounds: number;
}

const usual: LicensingSizes = {
  requests: 2000,
  callers: 200,
  stored: [10_000, 100_000, 1_000_000],
  rounds: 3,
};

/** Runs work for each of many, so many at a time. */
async function inParallel<T>(all: readonly T[], callers: number, work: (one: T) => Promise<unknown>) {
  let next = 0;
  const lane = async () => {
    for (let one = all[next++]; one !== undefined; one = all[next++]) await work(one);
  };
  await Promise.all(Array.from({ length: callers }, lane));
}

const nonce = () => randomBytes(16).toString('base64url');

function item(id: string, generation = 0): Item {
  const fact = (kind: 'tpm' | 'board') => factDigest(kind, id);
  return {
    deviceId: id,
    nonce: nonce(),
    generation,
    issuedAt: new Date(),
    edition: 'gov-base',
    deviceClass: 'desktop',
    facts: { tpm: fact('tpm'), board: fact('board') },
    isRebind: false,
    origin: 'online',
    within: '/',
    agencyPath,
    actor: `device:${id}`,
    sha256: 'a'.repeat(64),
  };
}

async function message(): Promise<{ id: string; text: string }> {
  const signer = generateSigner('ecdsa-sha2-nistp256');
  const jwk = jwkOf(signer.key);
  const id = jwkThumbprint(jwk);
  const { facts, edition, deviceClass, generation } = item(id);
  const request = { protocol: protocolVersion, nonce: nonce(), issuedAt: new Date().toISOString() };
  const payload = { ...request, facts, edition, deviceClass, generation };
  return { id, text: signJws({ typ: messageTypes.leaseRequest, jwk }, payload, signer) };
}

/** One transaction for each request: what is stored is the seat and nothing else. */
async function bare(pool: RawPool, id: string): Promise<void> {
  await inTransaction(pool, 'BEGIN', async (client) => {
    const { rowCount } = await client.query(
      'UPDATE bench_entitlement SET used = used + 1 WHERE id = 1 AND used < seats',
    );
    if (rowCount !== 1) throw new RangeError('expected a seat');
    await insertBare(client, id);
  });
}

const insertBare = (client: RawClient, id: string) =>
  client.query("INSERT INTO bench_activation VALUES ($1, 1, 1, $2, now() + interval '180 days')", [
    id,
    nonce(),
  ]);

async function inTransaction(
  pool: RawPool,
  begin: string,
  work: (client: RawClient) => Promise<unknown>,
): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query(begin);
    await work(client);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** What people write: count, compare, insert, and again when the database says that somebody else did too. */
async function checkThenInsert(pool: RawPool, id: string): Promise<void> {
  await serializable(pool, async (client) => {
    const { rows } = await client.query('SELECT used, seats FROM bench_entitlement WHERE id = 1');
    if (rows[0].used >= rows[0].seats) throw new RangeError('expected a seat');
    await client.query('UPDATE bench_entitlement SET used = $1 WHERE id = 1', [rows[0].used + 1]);
    await insertBare(client, id);
  });
}

async function checkThenRenew(pool: RawPool, id: string): Promise<void> {
  await serializable(pool, async (client) => {
    const { rows } = await client.query('SELECT generation FROM bench_activation WHERE device_id = $1', [id]);
    await client.query(
      "UPDATE bench_activation SET generation = $2, nonce = $3, lease_ends_at = now() + interval '180 days' WHERE device_id = $1",
      [id, rows[0].generation + 1, nonce()],
    );
  });
}

async function serializable(pool: RawPool, work: (client: RawClient) => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      return await inTransaction(pool, 'BEGIN ISOLATION LEVEL SERIALIZABLE', work);
    } catch (error) {
      if ((error as { code?: string }).code !== '40001') throw error;
    }
  }
}

const many = (count: number) => Array.from({ length: count }, deviceId);

/** Activations, renewals, and activations where many are stored already, on one cluster whose commits wait for the disk. */
export async function licensingSections(sizes: LicensingSizes = usual): Promise<Section[]> {
  const place = await openLicensingPlace();
  try {
    return [await activations(place, sizes), await renewals(place, sizes), await growth(place, sizes)];
  } finally {
    await place.close();
  }
}

async function activations(
  place: LicensingPlace,
  { requests, callers, rounds }: LicensingSizes,
): Promise<Section> {
  const { pool } = place;
  const [intl, dual] = [place.desk('intl'), place.desk('dual')];
  const plain = (work: (id: string) => Promise<unknown>) => () => {
    const ids = many(requests);
    return measureHere(() => inParallel(ids, callers, work));
  };
  const signed = (desk: typeof intl) => async () => {
    const messages = await Promise.all(Array.from({ length: requests }, message));
    await place.enrol(messages.map(({ id }) => id));
    return measureHere(() => inParallel(messages, callers, ({ text }) => desk.take(text)));
  };
  const rows = await compare(
    [
      { name: 'conditional UPDATE and INSERT, a transaction each', run: plain((id) => bare(pool, id)) },
      {
        name: 'check, then insert, SERIALIZABLE with retries',
        run: plain((id) => checkThenInsert(pool, id)),
      },
      { name: 'imprint, decided, stored and logged', run: plain((id) => intl.settle(item(id))) },
      { name: 'imprint, from signed request to Ed25519 lease', run: signed(intl) },
      { name: 'imprint, from signed request to Ed25519 and SM2 lease', run: signed(dual) },
    ],
    rounds,
  );
  return {
    title: `Licensing, ${requests} activations`,
    note: `${callers} callers, ten connections, one entitlement, all through the same driver; every commit waits for the disk. The first two store a counter and a row. imprint also walks the seat tree, keeps facts and indexes for re-imaged machines, and adds an entry to the hash-chained log; CPU is the server process alone.`,
    base: rows[0]?.name ?? '',
    rows,
  };
}

async function renewals(
  place: LicensingPlace,
  { requests, callers, rounds }: LicensingSizes,
): Promise<Section> {
  const { pool } = place;
  const desk = place.desk('intl');
  const ids = many(requests);
  await inParallel(ids, callers, (id) => bare(pool, id));
  await inParallel(ids, callers, (id) => desk.settle(item(id)));
  let generation = 0;
  const plain = (work: (id: string) => Promise<unknown>) => () =>
    measureHere(() => inParallel(ids, callers, work));
  const update = `UPDATE bench_activation SET generation = generation + 1, nonce = $2, lease_ends_at = now() + interval '180 days'
    WHERE device_id = $1`;
  const rows = await compare(
    [
      {
        name: 'conditional UPDATE, a transaction each',
        run: plain((id) => pool.query(update, [id, nonce()])),
      },
      { name: 'check, then update, SERIALIZABLE with retries', run: plain((id) => checkThenRenew(pool, id)) },
      {
        name: 'imprint, decided, stored and logged',
        run: () => {
          generation += 1;
          return measureHere(() => inParallel(ids, callers, (id) => desk.settle(item(id, generation))));
        },
      },
    ],
    rounds,
  );
  return {
    title: `Licensing, ${requests} renewals`,
    note: `As above. A renewal locks its own activation and no seat tree; all renewals of a batch share one entry of the log.`,
    base: rows[0]?.name ?? '',
    rows,
  };
}

async function growth(
  place: LicensingPlace,
  { requests, callers, stored, rounds }: LicensingSizes,
): Promise<Section> {
  const desk = place.desk('intl');
  const rows: Section['rows'][number][] = [];
  for (const count of stored) {
    await place.fill(count);
    const contender: Contender = {
      name: `with ${count.toLocaleString('en')} activations stored`,
      run: () => {
        const ids = many(requests);
        return measureHere(() => inParallel(ids, callers, (id) => desk.settle(item(id))));
      },
    };
    rows.push(...(await compare([contender], rounds)));
  }
  return {
    title: `Licensing, ${requests} activations as they grow`,
    note: 'imprint, decided, stored and logged, as above.',
    base: rows[0]?.name ?? '',
    rows,
  };
}
