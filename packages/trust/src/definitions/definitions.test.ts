import type { DefinitionsManifest } from '@imprint/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signEnvelope } from '../dsse/envelope.ts';
import { generateSigner } from '../keys/signer.ts';
import type { Signer } from '../keys/types.ts';
import { newClient, newSigners, newWorld, partyNames, publish, roleSigners } from '../testing/world.ts';
import { buildRoot } from '../tuf/build-root.ts';
import { encodeMetadata } from '../tuf/parse.ts';
import { definitionKeysOf } from '../tuf/root-policy.ts';
import { signMetadata } from '../tuf/sign.ts';
import { signDefinitions } from './sign.ts';
import { verifyDefinitions } from './verify.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });

const manifest: DefinitionsManifest = {
  schema: 'imprint/definitions/v1',
  edition: 'gov-base',
  provider: 'clamav',
  ring: 'broad',
  version: '2026.11.23-1a2b3c4d',
  sequence: 7,
  builtAt: '2026-11-23T06:00:00Z',
  files: [{ name: 'gov.hdb', sha256: 'ab'.repeat(32), sizeBytes: 44 }],
};
const expected = { edition: 'gov-base', provider: 'clamav', ring: 'broad' };

function rootWith(
  world: ReturnType<typeof newWorld>,
  definitionKeys: readonly Signer[] | undefined,
  version = 1,
  licenceKeys?: readonly Signer[],
) {
  const keys = (signers: readonly Signer[]) => signers.map(({ key }) => key);
  const built = buildRoot({
    version,
    expires: '2027-02-01T00:00:00Z',
    profile: world.profile,
    parties: world.policy,
    partyKeys: Object.fromEntries(partyNames.map((name) => [name, keys(world.signers[name])])),
    onlineKeys: keys(world.online),
    ...(licenceKeys === undefined ? {} : { licenceKeys: keys(licenceKeys) }),
    ...(definitionKeys === undefined ? {} : { definitionKeys: keys(definitionKeys) }),
  });
  return signMetadata(built, roleSigners(world));
}

describe.each(['intl', 'national', 'dual'] as const)('definitions under profile %s', (profile) => {
  const world = newWorld(profile);
  const signers = newSigners(profile);
  const root = rootWith(world, signers);

  test('verify when a pinned key of every suite has signed', () => {
    expect(verifyDefinitions(signDefinitions(manifest, signers), root, expected)).toEqual(manifest);
    expect(
      verifyDefinitions(signDefinitions(manifest, signers), root, { ...expected, knownSequence: 7 }),
    ).toEqual(manifest);
  });

  test('are refused where a suite is missing, or strangers, parties or the online key signed', () => {
    const refused = code('TRUST_DEFINITIONS_SIGNATURE');
    for (const by of [[], newSigners(profile), roleSigners(world), world.online, signers.slice(1)])
      expect(() => verifyDefinitions(signDefinitions(manifest, by), root, expected)).toThrow(refused);
  });

  test('are refused under a root that pins nobody', () => {
    const bare = rootWith(world, undefined);
    expect(definitionKeysOf(bare)).toEqual([]);
    expect(() => verifyDefinitions(signDefinitions(manifest, signers), bare, expected)).toThrow(
      code('TRUST_DEFINITIONS_UNPINNED'),
    );
  });

  test('never go back, and never belong to another edition, provider or ring', () => {
    const envelope = signDefinitions(manifest, signers);
    expect(() => verifyDefinitions(envelope, root, { ...expected, knownSequence: 8 })).toThrow(
      code('TRUST_DEFINITIONS_ROLLBACK'),
    );
    for (const other of [{ edition: 'gov-desktop' }, { provider: 'guard' }, { ring: 'canary' }])
      expect(() => verifyDefinitions(envelope, root, { ...expected, ...other })).toThrow(
        code('TRUST_DEFINITIONS_MISMATCH'),
      );
  });

  test('keys are no party’s, no online and no licence key', () => {
    for (const taken of [world.signers.operator, world.online])
      expect(() => rootWith(world, taken)).toThrow(code('TRUST_TUF_DUPLICATE_KEY'));
    expect(() => rootWith(world, signers, 1, signers)).toThrow(code('TRUST_TUF_DUPLICATE_KEY'));
    expect(() => rootWith(world, [])).toThrow(code('TRUST_DEFINITION_KEYS_INVALID'));
  });

  test('keys rotate with the root, and a root cannot take them away', async () => {
    publish(world, { root });
    const client = newClient(world, encodeMetadata(root));
    const next = newSigners(profile);
    publish(world, { version: 2, root: rootWith(world, next, 2) });
    expect(definitionKeysOf((await client.refresh()).root).map(({ keyId }) => keyId)).toEqual(
      next.map(({ key }) => key.keyId),
    );
    publish(world, { version: 3, root: rootWith(world, undefined, 3) });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_DOWNGRADE'));
  });
});

describe('what is no definitions set', () => {
  const world = newWorld('intl');
  const signers = [generateSigner('ed25519')];
  const root = rootWith(world, signers);
  const [file] = manifest.files;
  test.each<[string, unknown]>([
    ['no object', []],
    ['another schema', { ...manifest, schema: 'imprint/definitions/v2' }],
    ['no sequence', { ...manifest, sequence: 0 }],
    ['no instant', { ...manifest, builtAt: 'yesterday' }],
    ['no files', { ...manifest, files: [] }],
    ['a file outside its directory', { ...manifest, files: [{ ...file, name: '../passwd' }] }],
    ['a hidden file', { ...manifest, files: [{ ...file, name: '.profile' }] }],
    ['one name twice', { ...manifest, files: [file, file] }],
    ['a digest that is none', { ...manifest, files: [{ ...file, sha256: 'ab' }] }],
    ['a provider that is a path', { ...manifest, provider: '../clamav' }],
  ])('%s is refused although it is signed', (_name, value) => {
    const envelope = signDefinitions(value as DefinitionsManifest, signers);
    expect(() => verifyDefinitions(envelope, root, expected)).toThrow(code('TRUST_DEFINITIONS_MALFORMED'));
  });

  test('a statement of another type, signed by the same key, is refused', () => {
    const envelope = signEnvelope('application/json', Buffer.from(JSON.stringify(manifest)), signers);
    expect(() => verifyDefinitions(envelope, root, expected)).toThrow(code('TRUST_DEFINITIONS_MALFORMED'));
  });

  test('any signed JSON is either refused with its code or a set', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const envelope = signEnvelope(
          'application/vnd.imprint.antivirus-definitions.v1+json',
          Buffer.from(JSON.stringify(value)),
          signers,
        );
        expect(() => verifyDefinitions(envelope, root, expected)).toThrow(
          code('TRUST_DEFINITIONS_MALFORMED'),
        );
      }),
      { numRuns: 50 },
    );
  });
});
