import { describe, expect, test } from 'vitest';
import { generateSigner } from '../keys/signer.ts';
import type { Signer } from '../keys/types.ts';
import { code } from '../testing/licence.ts';
import {
  newClient,
  newSigners,
  newWorld,
  publish,
  roleSigners,
  signedRoot,
  unsignedRoot,
} from '../testing/world.ts';
import type { Metadata, RootSigned, ServicePolicy } from './model.ts';
import { encodeMetadata, parseMetadata } from './parse.ts';
import { checkRootPolicy, licenceKeysOf } from './root-policy.ts';
import { signMetadata } from './sign.ts';

const idsOf = (signers: readonly Signer[]): string[] => signers.map(({ key }) => key.keyId);
const pinned = (root: Metadata<RootSigned>): string[] => licenceKeysOf(root).map(({ keyId }) => keyId);
const reread = (root: Metadata<RootSigned>) => parseMetadata(encodeMetadata(root), 'root');

function withPolicy(root: Metadata<RootSigned>, policy: unknown): Metadata<RootSigned> {
  return { ...root, signed: { ...root.signed, 'x-imprint-licensing': policy as ServicePolicy } };
}

describe.each(['intl', 'national', 'dual'] as const)('a root of profile %s', (profile) => {
  const world = newWorld(profile);
  const signers = newSigners(profile, 2);
  const root = unsignedRoot(world, 1, signers);

  test('pins the licence keys it is made with, or none', () => {
    expect(pinned(reread(root))).toEqual(idsOf(signers));
    expect(pinned(reread(unsignedRoot(world)))).toEqual([]);
  });

  test('pins no party’s key and no online key a second time', () => {
    for (const taken of [world.signers.operator, world.online])
      expect(() => unsignedRoot(world, 1, taken)).toThrow(code('TRUST_TUF_DUPLICATE_KEY'));
  });

  test('pins a key for every suite or is none', () => {
    for (const few of [
      [],
      [generateSigner('ecdsa-sha2-nistp256')],
      signers.slice(profile === 'dual' ? 2 : 4),
    ])
      expect(() => unsignedRoot(world, 1, few)).toThrow(code('TRUST_LICENCE_KEYS_INVALID'));
  });

  test('goes to clients that then follow its licence keys through rotations, and never to none', async () => {
    publish(world, { root: signedRoot(world, 1, signers) });
    const client = newClient(world, encodeMetadata(signedRoot(world, 1, signers)));
    expect(pinned((await client.refresh()).root)).toEqual(idsOf(signers));
    const next = newSigners(profile);
    publish(world, { version: 2, root: signedRoot(world, 2, next) });
    expect(pinned((await client.refresh()).root)).toEqual(idsOf(next));
    publish(world, { version: 3, root: signedRoot(world, 3) });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_DOWNGRADE'));
  });

  test('that pinned none may begin to', async () => {
    const fresh = newWorld(profile);
    publish(fresh);
    const client = newClient(fresh);
    await client.refresh();
    publish(fresh, { version: 2, root: signedRoot(fresh, 2, signers) });
    expect(pinned((await client.refresh()).root)).toEqual(idsOf(signers));
  });
});

describe('what a root lists as licence keys', () => {
  const world = newWorld('dual');
  const signers = newSigners('dual');
  const root = unsignedRoot(world, 1, signers);
  const { keys = {}, nationalKeys = {} } = root.signed['x-imprint-licensing'] ?? {};

  test.each<[string, unknown]>([
    ['no object', []],
    ['no keys', {}],
    ['keys that are none', { keys: { a: { keytype: 'ed25519' } } }],
    ['a list of keys', { keys: [] }],
    ['national keys that are none', { keys, nationalKeys: 'all' }],
  ])('is refused as %s', (_name, policy) => {
    expect(() => reread(withPolicy(root, policy))).toThrow(code('TRUST_TUF_MALFORMED'));
  });

  test('is refused with one key under two ids, with a key of the other suite, and without a suite', () => {
    const [key] = Object.values(keys);
    const refusals: [unknown, string][] = [
      [{ keys: { ...keys, other: key }, nationalKeys }, 'TRUST_TUF_DUPLICATE_KEY'],
      [{ keys: { ...keys, ...nationalKeys } }, 'TRUST_TUF_MALFORMED'],
      [{ keys }, 'TRUST_LICENCE_KEYS_INVALID'],
      [{ keys: {}, nationalKeys }, 'TRUST_LICENCE_KEYS_INVALID'],
    ];
    for (const [policy, refused] of refusals)
      expect(() => checkRootPolicy(withPolicy(root, policy))).toThrow(code(refused));
  });

  test('may hold key types nobody knows, which sign nothing', () => {
    const future = { keytype: 'future', scheme: 'future', keyval: { public: 'x' } };
    expect(pinned(withPolicy(root, { keys: { ...keys, future }, nationalKeys }))).toEqual(idsOf(signers));
  });

  test('cannot be emptied to get rid of them', async () => {
    publish(world, { root: signedRoot(world, 1, signers) });
    const client = newClient(world, encodeMetadata(signedRoot(world, 1, signers)));
    await client.refresh();
    const emptied = withPolicy(unsignedRoot(world, 2, signers), { keys: {}, nationalKeys: {} });
    publish(world, { version: 2, root: signMetadata(emptied, roleSigners(world)) });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_DOWNGRADE'));
  });
});
