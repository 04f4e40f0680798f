import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CryptoProfile,
  type HardwareFacts,
  type LeaseAnswer,
  messageTypes,
  protocolVersion,
} from '@imprint/protocol';
import {
  buildRoot,
  type ExportableSigner,
  factDigest,
  generateSigner,
  jwkOf,
  type Metadata,
  type RootSigned,
  sealKeyFile,
  signJws,
  signMetadata,
  suiteOf,
  verifyLease,
} from '@imprint/trust';
import type pg from 'pg';
import { withClient } from '../../src/platform/database/provision.ts';
import { testDevice } from './test-device.ts';
import { type Answer, ask, jsonPost } from './test-server.ts';

/** A licence key, and the root that pins it. */
export interface Licensor {
  readonly signers: readonly ExportableSigner[];
  readonly root: Metadata<RootSigned>;
  /** Puts the key where a server of this home finds it. */
  install(home: string): Promise<void>;
}

export function testLicensor(profile: CryptoProfile = 'intl'): Licensor {
  const make = () =>
    (['ed25519', 'sm2-sm3'] as const)
      .filter((scheme) => (scheme === 'ed25519' ? profile !== 'national' : profile !== 'intl'))
      .map(generateSigner);
  const [signers, party, online] = [make(), make(), make()];
  const ids = (suite: string) =>
    party.filter(({ key }) => suiteOf(key.scheme) === suite).map(({ key }) => key.keyId);
  const title = { en: 'operator', 'zh-CN': '运营方' };
  const operator = { title, threshold: 1, keyIds: ids('standard'), nationalKeyIds: ids('national') };
  const unsigned = buildRoot({
    version: 1,
    expires: new Date('2036-01-01T00:00:00Z'),
    profile,
    parties: { parties: { operator } },
    partyKeys: { operator: party.map(({ key }) => key) },
    onlineKeys: online.map(({ key }) => key),
    licenceKeys: signers.map(({ key }) => key),
  });
  const root = signMetadata(unsigned, party);
  return { signers, root, install: (home) => install(home, profile, signers) };
}

async function install(home: string, profile: CryptoProfile, signers: readonly ExportableSigner[]) {
  const passphrase = randomBytes(12).toString('hex');
  const { text } = sealKeyFile({
    holder: 'licensing',
    profile,
    passphrase,
    createdAt: '2026-01-01T00:00:00Z',
    signers,
  });
  await mkdir(join(home, 'keys'), { recursive: true });
  await writeFile(join(home, 'keys', 'licensing.passphrase'), `${passphrase}\n`);
  await writeFile(join(home, 'keys', 'licensing.key.json'), text);
}

const nonce = () => randomBytes(16).toString('base64url');

/** Facts of a machine of its own. */
export function machine(): Required<HardwareFacts> {
  const serial = randomBytes(8).toString('hex');
  const fact = (kind: keyof HardwareFacts) => factDigest(kind, serial);
  return {
    tpm: fact('tpm'),
    board: fact('board'),
    disk: fact('disk'),
    cpu: fact('cpu'),
    memory: fact('memory'),
  };
}

/** A device that asks for leases. */
export function licensedDevice(facts: HardwareFacts = machine()) {
  const device = testDevice();
  const jwk = jwkOf(device.signer.key);
  return {
    ...device,
    facts,
    nonce,
    /** A signed request; what is not said is that of a first one. */
    request: (at: Date, changes: object = {}, typ: string = messageTypes.leaseRequest): string => {
      const payload = {
        protocol: protocolVersion,
        nonce: nonce(),
        issuedAt: at.toISOString(),
        edition: 'gov-base',
        deviceClass: 'desktop',
        generation: 0,
        facts,
        ...changes,
      };
      return signJws({ typ, jwk }, payload, device.signer);
    },
  };
}
export type LicensedDevice = ReturnType<typeof licensedDevice>;

export const askLease = (url: string, message: string): Promise<Answer> =>
  ask(`${url}/v1/leases`, jsonPost({ message }));

/** The lease of an answer, verified as a device verifies it. */
export function leaseOf(answer: Answer, { root }: Licensor, device: { id: string }) {
  const { lease } = answer.body as LeaseAnswer;
  return verifyLease(lease, root, { deviceId: device.id });
}

/** A server as seen by the operator. */
export interface Operator {
  readonly url: string;
  readonly token: string;
}

export async function operatorOf(url: string, home: string): Promise<Operator> {
  return { url, token: (await readFile(join(home, 'run', 'operator-token'), 'utf8')).trim() };
}

/** The root agency's id and path. */
export async function nationOf({ url, token }: Operator): Promise<{ id: string; path: string }> {
  const { body } = await ask(`${url}/v1/agencies`, { headers: { authorization: `Bearer ${token}` } });
  return body.agencies[0];
}

let agreements = 0;

/** Agrees with an agency on seats and returns the entitlement. */
export async function entitle(
  { url, token }: Operator,
  agencyId: string,
  wanted: { seats: number; from?: Date; days?: number; edition?: string } & Record<string, unknown>,
): Promise<{ id: string }> {
  const { from = new Date(), days = 730, edition = 'gov-base', ...entitlement } = wanted;
  const day = 86_400_000;
  agreements += 1;
  const agreement = await ask(
    `${url}/v1/agreements`,
    jsonPost(
      {
        agencyId,
        number: `A-${process.pid}-${agreements}-${nonce()}`,
        licensor: 'operator',
        sector: 'government',
        edition,
        startsAt: new Date(from.getTime() - day).toISOString(),
        endsAt: new Date(from.getTime() + days * day).toISOString(),
        documentSha256: createHash('sha256').update(String(agreements)).digest('hex'),
      },
      token,
    ),
  );
  const body = { agreementId: agreement.body.id, deviceClass: 'desktop', ...entitlement };
  const answer = await ask(`${url}/v1/entitlements`, jsonPost(body, token));
  if (answer.status >= 300) throw new Error(`no entitlement: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Enrols devices as one statement would: what is tested is what follows. */
export async function enrolDevices(
  owner: pg.ClientConfig,
  agencyPath: string,
  devices: readonly LicensedDevice[],
): Promise<void> {
  await withClient(owner, async (client) => {
    await client.query("SELECT set_config('imprint.agency_path', '/', false)");
    await client.query(
      `INSERT INTO fleet_device (id, agency_path, jwk, edition, channel, hostname, architecture, enrolled_at)
       SELECT id, $2, '{}', 'gov-base', 'stable', 'desk', 'amd64', now() FROM unnest($1::text[]) AS id`,
      [devices.map(({ id }) => id), agencyPath],
    );
  });
}

export interface Seats {
  readonly active: number;
  readonly rows: readonly { device_id: string; state: string; generation: number; nonce: string }[];
  /** Taken at the root of the tree. */
  readonly taken: number;
  /** The sum over the tree of the seats that hang on each node. */
  readonly own: number;
}

/** What the database holds of one entitlement, seen from above. */
export function storedSeats(owner: pg.ClientConfig, entitlementId: string): Promise<Seats> {
  return withClient(owner, async (client) => {
    await client.query("SELECT set_config('imprint.agency_path', '/', false)");
    const { rows } = await client.query(
      'SELECT device_id, state, generation, nonce FROM licensing_activation WHERE entitlement_id = $1',
      [entitlementId],
    );
    const counters = await client.query(
      `SELECT coalesce(sum(taken) FILTER (WHERE parent_id IS NULL), 0)::int AS taken, coalesce(sum(own), 0)::int AS own
       FROM licensing_allocation WHERE entitlement_id = $1`,
      [entitlementId],
    );
    const { taken, own } = counters.rows[0];
    return { rows, active: rows.filter(({ state }) => state === 'active').length, taken, own };
  });
}
