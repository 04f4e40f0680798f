import { isImprintError } from '@imprint/protocol';
import { describe, expect, test } from 'vitest';
import { releaseOffers, takeNewest } from '../release/offers.ts';
import {
  type Client,
  manifestBytes,
  newClient,
  newWorld,
  now,
  partyNames,
  publish,
  roleSigners,
  signedRoot,
  unsignedRoot,
  type World,
} from '../testing/world.ts';
import type { Metadata, RootSigned } from './model.ts';
import { encodeMetadata, parseMetadata } from './parse.ts';
import { checkRootPolicy } from './root-policy.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const policy = { thresholds: { vendor: 0, regulator: 0 }, withinHours: 48 };
const urgent = manifestBytes({ sequence: 2, emergency: { reason: 'exploited in the wild' } });
const channel = { edition: 'gov-base', channel: 'stable' };

const laneRoot = (world: World, version = 1) => signedRoot(world, version, undefined, policy);
const client = (world: World): Client => newClient(world, encodeMetadata(laneRoot(world)));

/** Sequences of what a channel offers, newest first. */
async function offered(from: Client, at = now): Promise<number[]> {
  const trusted = await from.refresh(at);
  return (await releaseOffers(trusted, channel, from.fetch)).map(({ sequence }) => sequence);
}

describe.each(['intl', 'national', 'dual'] as const)(
  'the role of emergencies under profile %s',
  (profile) => {
    const world = newWorld(profile);
    const root = laneRoot(world);
    const operator = world.signers.operator;

    test('is not looked for before the first emergency', async () => {
      publish(world, { root });
      expect(await offered(client(world))).toEqual([1]);
    });

    test('offers what the parties that are waited for have signed, before the ordinary release', async () => {
      publish(world, { root, emergency: { bytes: urgent, signers: operator } });
      expect(await offered(client(world))).toEqual([2, 1]);
    });

    test('offers nothing that the ordinary release has passed, or is itself', async () => {
      for (const [version, releaseBytes] of [
        [2, urgent],
        [3, manifestBytes({ sequence: 3 })],
      ] as const) {
        publish(world, { root, version, releaseBytes, emergency: { bytes: urgent, signers: operator } });
        expect(await offered(client(world))).toEqual([version]);
      }
    });

    test('signed by others says nothing, and the ordinary release stands', async () => {
      const fresh = newWorld(profile);
      const signers = [...fresh.signers.vendor, ...fresh.signers.regulator, ...fresh.online];
      publish(fresh, { root: laneRoot(fresh), emergency: { bytes: urgent, signers } });
      const trusted = await client(fresh).refresh();
      const refused = profile === 'national' ? /THRESHOLD$/ : /^TRUST_TUF_THRESHOLD$/;
      expect(trusted.emergencyRefused?.code).toMatch(refused);
      expect(await offered(client(fresh))).toEqual([1]);
    });

    test('that is no release withholds nothing either', async () => {
      const fresh = newWorld(profile);
      const signers = fresh.signers.operator;
      publish(fresh, { root: laneRoot(fresh), emergency: { bytes: Buffer.from('{}'), signers } });
      expect(await offered(client(fresh))).toEqual([1]);
    });

    test('ends without withholding anything', async () => {
      const fresh = newWorld(profile);
      const signers = fresh.signers.operator;
      const expires = { emergency: '2026-11-24T00:00:00Z' };
      publish(fresh, { root: laneRoot(fresh), expires, emergency: { bytes: urgent, signers } });
      const device = client(fresh);
      expect(await offered(device)).toEqual([2, 1]);
      const after = new Date('2026-11-24T00:00:00Z');
      expect((await device.refresh(after)).emergencyRefused).toBeUndefined();
      expect(await offered(device, after)).toEqual([1]);
    });

    test('cannot be hidden from who has seen it', async () => {
      const fresh = newWorld(profile);
      const common = { root: laneRoot(fresh) };
      publish(fresh, { ...common, emergency: { bytes: urgent, signers: fresh.signers.operator } });
      const device = client(fresh);
      await device.refresh();
      publish(fresh, { ...common, version: 2 });
      await expect(device.refresh()).rejects.toThrow(code('TRUST_TUF_ROLLBACK'));
    });

    test('is never trusted of a root without a lane, whatever targets delegates', async () => {
      const fresh = newWorld(profile);
      publish(fresh, {
        root: laneRoot(fresh),
        emergency: { bytes: urgent, signers: fresh.signers.operator },
      });
      const pinned = signedRoot(fresh);
      fresh.files.set('metadata/1.root.json', encodeMetadata(pinned));
      expect(await offered(newClient(fresh, encodeMetadata(pinned)))).toEqual([1]);
    });
  },
);

test('under profile dual an emergency without its SM2 signature is set aside', async () => {
  const world = newWorld('dual');
  const signers = world.signers.operator.slice(0, 1);
  publish(world, { root: laneRoot(world), emergency: { bytes: urgent, signers } });
  expect((await client(world).refresh()).emergencyRefused?.code).toBe('TRUST_TUF_NATIONAL_THRESHOLD');
});

describe('of the offers of a channel', () => {
  const offers = [2, 1].map((sequence) => ({ sequence, sha256: `${sequence}`, bytes: Buffer.alloc(0) }));
  const refusing =
    (...refused: number[]) =>
    async ({ sequence }: { sequence: number }) => {
      if (!refused.includes(sequence)) return sequence;
      const world = newWorld('intl');
      publish(world, { releaseSigners: [] });
      return newClient(world)
        .refresh()
        .then(() => sequence);
    };

  test('the newest that stands is taken, and what was refused before it is named', async () => {
    expect(await takeNewest(offers, refusing())).toEqual({ taken: 2 });
    expect(await takeNewest(offers, refusing(2))).toMatchObject({
      taken: 1,
      refused: { code: 'TRUST_TUF_THRESHOLD' },
    });
    await expect(takeNewest(offers, refusing(1, 2))).rejects.toThrow(code('TRUST_TUF_THRESHOLD'));
    const broken = takeNewest(offers, () => Promise.reject(new RangeError('ours')));
    await expect(broken).rejects.toSatisfy((error) => !isImprintError(error));
  });
});

describe('an emergency policy', () => {
  const world = newWorld('dual');
  const made = unsignedRoot(world, 1, undefined, policy);
  const withPolicy = (value: unknown): Metadata<RootSigned> => ({
    ...made,
    signed: { ...made.signed, 'x-imprint-emergency': value as never },
  });

  test.each<[string, unknown]>([
    ['no object', 'yes'],
    ['without thresholds', { withinHours: 48 }],
    ['with half a signature', { thresholds: { vendor: 0.5 }, withinHours: 48 }],
    ['with less than nothing', { thresholds: { vendor: -1 }, withinHours: 48 }],
    ['without a time', { thresholds: {} }],
    ['of no time', { thresholds: {}, withinHours: 0 }],
  ])('%s is refused', (_name, value) => {
    const bytes = encodeMetadata(withPolicy(value));
    expect(() => parseMetadata(bytes, 'root')).toThrow(code('TRUST_TUF_MALFORMED'));
  });

  test.each<[string, unknown]>([
    ['of a stranger', { thresholds: { vendor: 0, press: 1 }, withinHours: 48 }],
    ['above the usual threshold', { thresholds: { vendor: 2 }, withinHours: 48 }],
    ['that asks nobody', { thresholds: { vendor: 0, operator: 0, regulator: 0 }, withinHours: 48 }],
    ['of more than a week', { thresholds: { vendor: 0 }, withinHours: 169 }],
  ])('%s is refused', (_name, value) => {
    expect(() => checkRootPolicy(withPolicy(value))).toThrow(code('TRUST_POLICY_INVALID'));
  });

  test('without SM2 keys for its role is refused', () => {
    const { emergency: _, ...roles } = made.signed['x-imprint-national']?.roles ?? {};
    const signed = {
      ...made.signed,
      'x-imprint-national': { keys: {}, ...made.signed['x-imprint-national'], roles },
    };
    expect(() => checkRootPolicy({ ...made, signed })).toThrow(code('TRUST_TUF_NATIONAL_ROLE'));
  });

  test('may be dropped by a later root, and added by one, as every party signs both', async () => {
    const fresh = newWorld('intl');
    publish(fresh, { root: signedRoot(fresh) });
    const device = newClient(fresh);
    await device.refresh();
    publish(fresh, { version: 2, root: laneRoot(fresh, 2) });
    expect((await device.refresh()).root.signed['x-imprint-emergency']).toEqual(policy);
    publish(fresh, { version: 3, root: signedRoot(fresh, 3) });
    expect((await device.refresh()).root.signed['x-imprint-emergency']).toBeUndefined();
    expect(roleSigners(fresh)).toHaveLength(partyNames.length);
  });
});
