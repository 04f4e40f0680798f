import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodePem } from '../encoding/pem.ts';
import { generateSigner } from '../keys/signer.ts';
import {
  manifestBytes,
  newClient,
  newSigners,
  newWorld,
  now,
  type Publication,
  policyOf,
  publish,
  roleSigners,
  signedRoot,
  targetPath,
  unsignedRoot,
  type World,
} from '../testing/world.ts';
import { targetFileOf } from './build.ts';
import { directoryCache, memoryCache } from './cache.ts';
import { refreshTuf } from './client.ts';
import { downloadTarget } from './download.ts';
import type { Metadata, RootSigned } from './model.ts';
import { encodeMetadata, parseMetadata } from './parse.ts';
import { cryptoProfileOf, partyPolicyOf } from './root-policy.ts';
import type { RepositoryFetch } from './session.ts';
import { signMetadata } from './sign.ts';

const code = (expected: string): unknown => expect.objectContaining({ code: expected });
const world = newWorld('dual');
/** The same keys, an empty repository. */
const emptied = (of: World = world): World => ({ ...of, files: new Map() });
const yearAfter = new Date('2027-11-23T12:00:00Z');

describe.each(['intl', 'national', 'dual'] as const)('a repository of profile %s', (profile) => {
  test('gives a trusted release', async () => {
    const mine = newWorld(profile);
    publish(mine);
    const client = newClient(mine);
    const trusted = await client.refresh();
    expect(cryptoProfileOf(trusted.root)).toBe(profile);
    expect(Object.keys(partyPolicyOf(trusted.root).parties)).toEqual(['vendor', 'operator', 'regulator']);
    expect(Buffer.from(await downloadTarget(trusted, targetPath, client.fetch))).toEqual(manifestBytes());
  });
});

describe('TUF 1.0.34 §5.3: root', () => {
  const rotated = (): World => ({ ...emptied(), online: newSigners('dual') });

  test('is followed through every version', async () => {
    const mine = emptied();
    publish(mine);
    for (const version of [2, 3, 4]) publish(mine, { version, root: signedRoot(mine, version) });
    const client = newClient(mine);
    expect((await client.refresh()).root.signed.version).toBe(4);
    expect((await client.refresh()).root.signed.version).toBe(4);
  });

  test('hands over to new parties when the old sign too', async () => {
    const next = newWorld('dual');
    const root = signMetadata(signedRoot(next, 2), roleSigners(world));
    publish(next, { root });
    const trusted = await newClient(next, encodeMetadata(signedRoot(world))).refresh();
    expect(trusted.root.signed.version).toBe(2);
  });

  const hostileRoots: [string, string, (mine: World) => Metadata<RootSigned>][] = [
    ['signed by the new keys only', 'TRUST_TUF_THRESHOLD', () => signedRoot(newWorld('dual'), 2)],
    [
      'signed by the old keys only',
      'TRUST_TUF_THRESHOLD',
      () => signMetadata(unsignedRoot(newWorld('dual'), 2), roleSigners(world)),
    ],
    [
      'signed by the operator alone',
      'TRUST_TUF_THRESHOLD',
      () => signMetadata(unsignedRoot(world, 2), roleSigners(world, ['operator'])),
    ],
    [
      'whose old parties left out their SM2 signatures: the old policy judges the new root',
      'TRUST_TUF_NATIONAL_THRESHOLD',
      () => {
        const standard = roleSigners(world).filter(({ key }) => key.scheme === 'ed25519');
        return signMetadata(signedRoot(newWorld('dual'), 2), standard);
      },
    ],
    [
      'that drops its profile and national policy',
      'TRUST_TUF_DOWNGRADE',
      () => {
        const {
          'x-imprint-profile': _p,
          'x-imprint-national': _n,
          ...signed
        } = unsignedRoot(world, 2).signed;
        return signMetadata({ signatures: [], signed: signed as RootSigned }, roleSigners(world));
      },
    ],
    [
      'that keeps its profile and drops the national policy',
      'TRUST_TUF_NATIONAL_ROLE',
      () => {
        const { 'x-imprint-national': _n, ...signed } = unsignedRoot(world, 2).signed;
        return signMetadata({ signatures: [], signed: signed as RootSigned }, roleSigners(world));
      },
    ],
    [
      'that drops the party policy',
      'TRUST_TUF_DOWNGRADE',
      () => {
        const { 'x-imprint-parties': _p, ...signed } = unsignedRoot(world, 2).signed;
        return signMetadata({ signatures: [], signed: signed as RootSigned }, roleSigners(world));
      },
    ],
    [
      'of a profile with fewer suites',
      'TRUST_TUF_DOWNGRADE',
      () => signMetadata(unsignedRoot({ ...world, profile: 'intl' }, 2), roleSigners(world)),
    ],
    ['that skips a version', 'TRUST_TUF_VERSION', () => signedRoot(world, 3)],
  ];
  test.each(hostileRoots)('one %s is refused with %s', async (_name, expected, make) => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    await client.refresh();
    mine.files.set('metadata/2.root.json', encodeMetadata(make(mine)));
    await expect(client.refresh()).rejects.toThrow(code(expected));
    mine.files.delete('metadata/2.root.json');
    expect((await client.refresh()).root.signed.version).toBe(1);
  });

  test('an older one served as the next is a rollback', async () => {
    const mine = emptied();
    publish(mine);
    for (const version of [2, 3]) publish(mine, { root: signedRoot(mine, version) });
    mine.files.set('metadata/4.root.json', mine.files.get('metadata/2.root.json') ?? Buffer.alloc(0));
    await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_ROLLBACK'));
  });

  test.each(['root', 'targets', 'snapshot', 'timestamp', 'release'])(
    'a national policy without role %s fails closed',
    async (role) => {
      const mine = emptied();
      publish(mine);
      const root = unsignedRoot(mine);
      const national = root.signed['x-imprint-national'];
      const roles = Object.fromEntries(
        Object.entries(national?.roles ?? {}).filter(([name]) => name !== role),
      );
      const signed = { ...root.signed, 'x-imprint-national': { keys: national?.keys ?? {}, roles } };
      const pinned = encodeMetadata(signMetadata({ ...root, signed }, roleSigners(mine)));
      await expect(newClient(mine, pinned).refresh()).rejects.toThrow(code('TRUST_TUF_NATIONAL_ROLE'));
    },
  );

  test('a new online key after a fast-forward attack recovers (§5.3.11)', async () => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    publish(mine, { versions: { timestamp: 999_999, snapshot: 999_999 } });
    await client.refresh();
    publish(mine, { version: 3 });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_ROLLBACK'));
    const recovered = rotated();
    publish(recovered, { version: 3, root: signedRoot(recovered, 2) });
    for (const [path, bytes] of recovered.files) mine.files.set(path, bytes);
    expect((await client.refresh()).timestamp.signed.version).toBe(3);
  });

  test('an old online key is refused after rotation', async () => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    const next = rotated();
    publish(mine, { version: 2, root: signedRoot(next, 2), online: mine.online });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_THRESHOLD'));
  });

  test('a new pinned root starts anew', async () => {
    const mine = emptied();
    publish(mine, { version: 5 });
    const client = newClient(mine);
    await client.refresh();
    const other = newWorld('intl');
    publish(other);
    const moved = newClient(other, encodeMetadata(signedRoot(other)), client.cache);
    expect((await moved.refresh()).timestamp.signed.version).toBe(1);
  });
});

describe('TUF 1.0.34 §4.2: keys', () => {
  const keyOf = (mine: World): [string, string] => {
    const [operator] = mine.signers.operator;
    return [operator?.key.keyId ?? '', operator?.key.pem ?? ''];
  };
  const pinnedWith = (mine: World, change: (signed: RootSigned) => RootSigned): Uint8Array => {
    const root = unsignedRoot(mine);
    return encodeMetadata(signMetadata({ ...root, signed: change(root.signed) }, roleSigners(mine)));
  };

  test('one key under two ids is refused', async () => {
    const mine = newWorld('intl');
    publish(mine);
    const pinned = pinnedWith(mine, (signed) => {
      const [id] = keyOf(mine);
      const key = signed.keys[id];
      return key === undefined ? signed : { ...signed, keys: { ...signed.keys, second: key } };
    });
    await expect(newClient(mine, pinned).refresh()).rejects.toThrow(code('TRUST_TUF_DUPLICATE_KEY'));
  });

  test('one key as hexadecimal and as PEM is refused', async () => {
    const mine = newWorld('intl');
    publish(mine);
    const pinned = pinnedWith(mine, (signed) => {
      const second = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: keyOf(mine)[1] } };
      return { ...signed, keys: { ...signed.keys, second } };
    });
    await expect(newClient(mine, pinned).refresh()).rejects.toThrow(code('TRUST_TUF_DUPLICATE_KEY'));
  });

  test('one key of two parties is refused', () => {
    const { online, signers, ...mine } = newWorld('intl');
    const shared = { ...signers, vendor: signers.operator };
    expect(() => unsignedRoot({ ...mine, online, signers: shared, policy: policyOf(shared) })).toThrow(
      code('TRUST_TUF_DUPLICATE_KEY'),
    );
  });

  test('an SM2 key labelled ecdsa is refused', async () => {
    const mine = newWorld('dual');
    publish(mine);
    const public_ = generateSigner('sm2-sm3').key.pem;
    const pinned = pinnedWith(mine, (signed) => {
      const disguised = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: public_ } };
      return { ...signed, keys: { ...signed.keys, disguised } };
    });
    await expect(newClient(mine, pinned).refresh()).rejects.toThrow(code('TRUST_KEY_SCHEME_MISMATCH'));
  });

  test('an SM2 key among the standard keys of profile dual is refused', async () => {
    const mine = newWorld('dual');
    publish(mine);
    const { pem } = generateSigner('sm2-sm3').key;
    const pinned = pinnedWith(mine, (signed) => {
      const misplaced = { keytype: 'sm2', scheme: 'sm2-sm3', keyval: { public: pem } };
      return { ...signed, keys: { ...signed.keys, misplaced } };
    });
    await expect(newClient(mine, pinned).refresh()).rejects.toThrow(code('TRUST_TUF_MALFORMED'));
  });

  test('a key that is no key is refused, and one of an unknown type only ignored', async () => {
    const mine = newWorld('intl');
    publish(mine);
    const withKey = (keytype: string): Uint8Array =>
      pinnedWith(mine, (signed) => {
        const broken = {
          keytype,
          scheme: keytype,
          keyval: { public: encodePem(Buffer.from('x'), 'PUBLIC KEY') },
        };
        return { ...signed, keys: { ...signed.keys, broken } };
      });
    await expect(newClient(mine, withKey('ed25519')).refresh()).rejects.toThrow(code('TRUST_KEY_MALFORMED'));
    expect((await newClient(mine, withKey('later')).refresh()).root.signed.version).toBe(1);
  });
});

describe('TUF 1.0.34 §5.4–§5.6: rollback', () => {
  const roles = ['timestamp', 'snapshot', 'targets', 'release'] as const;
  test.each(roles)('an older %s is refused, and the newer stays trusted', async (role) => {
    const mine = emptied();
    publish(mine, { version: 5 });
    const client = newClient(mine);
    await client.refresh();
    const versions = { timestamp: 6, snapshot: 6, targets: 6, release: 6, [role]: 4 };
    publish(mine, { versions });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_ROLLBACK'));
    publish(mine, { version: 7 });
    expect((await client.refresh()).snapshot.signed.version).toBe(7);
  });

  test('a role no longer listed by the snapshot is a rollback (§5.5.5)', async () => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    await client.refresh();
    publish(mine, {
      version: 2,
      beforeSigning: {
        snapshot: (metadata) => {
          const { meta } = metadata.signed as unknown as { meta: Record<string, unknown> };
          const signed = { ...metadata.signed, meta: { 'targets.json': meta['targets.json'] } };
          return { ...metadata, signed } as typeof metadata;
        },
      },
    });
    await expect(client.refresh()).rejects.toThrow(code('TRUST_TUF_ROLLBACK'));
  });

  test('the same timestamp again is no error (§5.4.3.1)', async () => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    const first = await client.refresh();
    expect(await client.refresh()).toEqual(first);
  });
});

describe('TUF 1.0.34 §5.3.10–§5.6.5: expiry', () => {
  test.each(['timestamp', 'snapshot', 'targets', 'release'] as const)(
    'an expired %s is refused',
    async (role) => {
      const mine = emptied();
      publish(mine, { expires: { [role]: '2026-11-23T12:00:00Z' } });
      const refusal = { code: 'TRUST_TUF_EXPIRED', params: { name: `${role}.json` } };
      await expect(newClient(mine).refresh()).rejects.toMatchObject(refusal);
      expect(await newClient(mine).refresh(new Date('2026-11-23T11:59:59Z'))).toBeDefined();
    },
  );

  test('everything has expired for a clock a year ahead', async () => {
    const mine = emptied();
    publish(mine);
    await expect(newClient(mine).refresh(yearAfter)).rejects.toThrow(code('TRUST_TUF_EXPIRED'));
  });

  test('what expired stays expired for a clock set back a year', async () => {
    const mine = emptied();
    publish(mine, { expires: { timestamp: '2026-11-24T00:00:00Z' } });
    const client = newClient(mine);
    await client.refresh();
    publish(mine, { version: 2, expires: { timestamp: '2026-11-23T00:00:00Z' } });
    await expect(client.refresh(new Date('2025-11-23T12:00:00Z'))).rejects.toThrow(code('TRUST_TUF_EXPIRED'));
  });

  test('kept files expire too', async () => {
    const mine = emptied();
    publish(mine, { expires: { snapshot: '2026-11-24T00:00:00Z' } });
    const client = newClient(mine);
    await client.refresh();
    await expect(client.refresh(new Date('2026-11-25T00:00:00Z'))).rejects.toThrow(code('TRUST_TUF_EXPIRED'));
  });
});

describe('TUF 1.0.34 §5.4.2–§5.6.3: signatures', () => {
  const withSignatures = (drop: (keyid: string) => boolean): NonNullable<Publication['afterSigning']> => ({
    release: (metadata) => ({
      ...metadata,
      signatures: metadata.signatures.filter(({ keyid }) => !drop(keyid)),
    }),
  });
  const sm2Ids = Object.values(world.signers).map((signers) => signers[1]?.key.keyId ?? '');

  test('a release signed by the operator alone is refused', async () => {
    const mine = emptied();
    publish(mine, { releaseSigners: roleSigners(mine, ['operator']) });
    const refusal = { code: 'TRUST_TUF_THRESHOLD', params: { role: 'release', expected: 3, got: 1 } };
    await expect(newClient(mine).refresh()).rejects.toMatchObject(refusal);
  });

  test('every pair of parties is below the threshold', async () => {
    for (const pair of [
      ['vendor', 'operator'],
      ['vendor', 'regulator'],
      ['operator', 'regulator'],
    ] as const) {
      const mine = emptied();
      publish(mine, { releaseSigners: roleSigners(mine, pair) });
      await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_THRESHOLD'));
    }
  });

  test('the operator signing twice is refused, already by the writer', async () => {
    const mine = emptied();
    const twice = (metadata: Metadata): Metadata => {
      const [first] = metadata.signatures;
      return { ...metadata, signatures: first === undefined ? [] : [first, first, first] };
    };
    const duplicate = code('TRUST_TUF_DUPLICATE_SIGNATURE');
    expect(() => publish(mine, { afterSigning: { release: twice as never } })).toThrow(duplicate);
    publish(mine);
    publish(mine, { version: 2, afterSigning: { timestamp: twice as never } });
    await expect(newClient(mine).refresh()).rejects.toThrow(duplicate);
  });

  test.each(sm2Ids)('an SM2 signature stripped is refused', async (stripped) => {
    const mine = emptied();
    publish(mine, { afterSigning: withSignatures((keyid) => keyid === stripped) });
    const refusal = {
      code: 'TRUST_TUF_NATIONAL_THRESHOLD',
      params: { role: 'release', expected: 3, got: 2 },
    };
    await expect(newClient(mine).refresh()).rejects.toMatchObject(refusal);
  });

  test('an SM2 signature forged is refused', async () => {
    const mine = emptied();
    const foreign = generateSigner('sm2-sm3');
    const [, regulatorSm2] = mine.signers.regulator;
    const forger = { key: regulatorSm2?.key ?? foreign.key, sign: foreign.sign };
    publish(mine, { releaseSigners: [...roleSigners(mine).filter((s) => s !== regulatorSm2), forger] });
    await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_NATIONAL_THRESHOLD'));
  });

  test('an SM2 signature by a key that signs as plain ECDSA is refused', async () => {
    const mine = emptied();
    const [, regulatorSm2] = mine.signers.regulator;
    const p256 = generateSigner('ecdsa-sha2-nistp256');
    const confused = { key: regulatorSm2?.key ?? p256.key, sign: p256.sign };
    publish(mine, { releaseSigners: [...roleSigners(mine).filter((s) => s !== regulatorSm2), confused] });
    await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_NATIONAL_THRESHOLD'));
  });

  test('an online file without its SM2 signature is refused', async () => {
    const mine = emptied();
    publish(mine, { online: mine.online.filter(({ key }) => key.scheme === 'ed25519') });
    await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_NATIONAL_THRESHOLD'));
  });

  test('a server with all online keys publishes no release of its own', async () => {
    const mine = emptied();
    publish(mine, { releaseBytes: manifestBytes({ version: '2026.12.0' }), releaseSigners: mine.online });
    await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_THRESHOLD'));
  });
});

describe('TUF 1.0.34 §5.5.2, §5.6.2, §5.7: digests', () => {
  test('a tampered target is refused', async () => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    const trusted = await client.refresh();
    for (const [path, bytes] of mine.files) {
      if (!path.startsWith('targets/')) continue;
      const changed = Buffer.from(bytes);
      changed[10] = (changed[10] ?? 0) ^ 1;
      mine.files.set(path, changed);
    }
    await expect(downloadTarget(trusted, targetPath, client.fetch)).rejects.toThrow(code('TRUST_TUF_DIGEST'));
  });

  test('a target without SM3 is refused where the profile demands it', async () => {
    const mine = emptied();
    const { custom: _custom, ...file } = targetFileOf(manifestBytes());
    publish(mine, { targets: { [targetPath]: file } });
    const client = newClient(mine);
    const trusted = await client.refresh();
    await expect(downloadTarget(trusted, targetPath, client.fetch)).rejects.toThrow(code('TRUST_TUF_DIGEST'));
  });

  test('a target that is missing, truncated, or not listed is refused', async () => {
    const mine = emptied();
    publish(mine);
    const client = newClient(mine);
    const trusted = await client.refresh();
    const short = async (path: string): Promise<Uint8Array | undefined> =>
      mine.files.get(path)?.subarray(0, -1);
    await expect(downloadTarget(trusted, targetPath, short)).rejects.toThrow(code('TRUST_TUF_DIGEST'));
    await expect(downloadTarget(trusted, targetPath, async () => undefined)).rejects.toThrow(
      code('TRUST_TUF_UNAVAILABLE'),
    );
    for (const path of ['gov-base/beta/release.json', '../release.json', '/etc/passwd', '__proto__', 'a//b'])
      await expect(downloadTarget(trusted, path, client.fetch)).rejects.toThrow(code('TRUST_TUF_NO_TARGET'));
  });

  test('a release role cannot list targets outside its paths (§5.6.7)', async () => {
    const mine = emptied();
    publish(mine, { targets: { 'other.json': targetFileOf(manifestBytes()) } });
    const client = newClient(mine);
    await expect(downloadTarget(await client.refresh(), 'other.json', client.fetch)).rejects.toThrow(
      code('TRUST_TUF_NO_TARGET'),
    );
  });

  test.each(['snapshot', 'targets', 'release'] as const)(
    'a %s of another publication is refused',
    async (role) => {
      const [mine, other] = [emptied(), emptied()];
      publish(mine, { version: 2 });
      publish(other, {
        version: 2,
        releaseBytes: manifestBytes({ sequence: 7 }),
        expires: { targets: '2027-01-09T00:00:00Z' },
      });
      mine.files.set(
        `metadata/2.${role}.json`,
        other.files.get(`metadata/2.${role}.json`) ?? Buffer.alloc(0),
      );
      await expect(newClient(mine).refresh()).rejects.toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^TRUST_TUF_(DIGEST|SIZE)$/) }),
      );
    },
  );
});

describe('TUF 1.0.34 §5.3.3, §5.4.1, §5.5.1, §5.6.1: sizes', () => {
  test.each(['2.root', 'timestamp', '1.snapshot', '1.targets', '1.release'])(
    'an endless %s is refused',
    async (name) => {
      const mine = emptied();
      publish(mine);
      mine.files.set(`metadata/${name}.json`, Buffer.alloc(6 << 20, ' '));
      await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_SIZE'));
    },
  );
});

describe('what is no metadata', () => {
  const timestamp = (
    change: (file: { signatures: unknown; signed: Record<string, unknown> }) => void,
  ): Uint8Array => {
    const mine = emptied();
    publish(mine);
    const file = JSON.parse(Buffer.from(mine.files.get('metadata/timestamp.json') ?? []).toString());
    change(file);
    return Buffer.from(JSON.stringify(file));
  };
  test.each([
    ['nothing', Buffer.alloc(0)],
    ['a list', Buffer.from('[]')],
    ['broken UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nested very deep', Buffer.from('['.repeat(16_000))],
    [
      'another type',
      timestamp((file) => {
        file.signed._type = 'snapshot';
      }),
    ],
    [
      'version 2 of the format',
      timestamp((file) => {
        file.signed.spec_version = '2.0.0';
      }),
    ],
    [
      'version 0',
      timestamp((file) => {
        file.signed.version = 0;
      }),
    ],
    [
      'a fractional version',
      timestamp((file) => {
        file.signed.version = 1.5;
      }),
    ],
    [
      'an impossible date',
      timestamp((file) => {
        file.signed.expires = '2027-02-30T00:00:00Z';
      }),
    ],
    [
      'no listing',
      timestamp((file) => {
        file.signed.meta = {};
      }),
    ],
    [
      'signatures that are none',
      timestamp((file) => {
        file.signatures = [{}];
      }),
    ],
    [
      'too many signatures',
      timestamp((file) => {
        file.signatures = Array.from({ length: 65 }, (_, i) => ({ keyid: String(i), sig: '' }));
      }),
    ],
  ])('%s is refused', (_name, bytes) => {
    expect(() => parseMetadata(bytes, 'timestamp')).toThrow(code('TRUST_TUF_MALFORMED'));
  });

  test('a delegated role that names another file or delegates on is refused', async () => {
    for (const name of ['../root', 'root', 'a/b', '']) {
      const mine = emptied();
      const change = (metadata: Metadata): Metadata => {
        const signed = JSON.parse(JSON.stringify(metadata.signed));
        signed.delegations.roles[0].name = name;
        return { ...metadata, signed };
      };
      expect(() => publish(mine, { beforeSigning: { targets: change as never } })).toThrow(
        code('TRUST_TUF_MALFORMED'),
      );
    }
    const mine = emptied();
    const delegations = {
      keys: {},
      roles: [{ name: 'deeper', keyids: [], threshold: 1, terminating: true, paths: ['*'] }],
    };
    const deeper = (metadata: Metadata): Metadata => ({
      ...metadata,
      signed: { ...metadata.signed, delegations } as never,
    });
    publish(mine, { beforeSigning: { release: deeper as never } });
    await expect(newClient(mine).refresh()).rejects.toThrow(code('TRUST_TUF_MALFORMED'));
  });

  test('unknown fields survive reading and signing (§4.2)', () => {
    const root = unsignedRoot(world);
    const extended = { ...root, signed: { ...root.signed, 'x-later': { deep: [1, 'two'] } } };
    const again = parseMetadata(encodeMetadata(signMetadata(extended, roleSigners(world))), 'root');
    expect(again.signed).toEqual(extended.signed);
    expect(encodeMetadata(parseMetadata(encodeMetadata(again), 'root'))).toEqual(encodeMetadata(again));
  });
});

describe('a client', () => {
  test('refuses a repository that is not there, and says so', async () => {
    await expect(newClient(emptied()).refresh()).rejects.toThrow(code('TRUST_TUF_UNAVAILABLE'));
    const { cache } = newClient(world);
    const fetch = async (): Promise<never> => {
      throw new TypeError('connection refused');
    };
    const trustedRoot = encodeMetadata(signedRoot(world));
    await expect(refreshTuf({ trustedRoot, cache, fetch, now })).rejects.toThrow(
      code('TRUST_TUF_UNAVAILABLE'),
    );
  });

  test('fetches again only what has no listed digest', async () => {
    const mine = emptied();
    publish(mine);
    const paths: string[] = [];
    const fetch: RepositoryFetch = async (path) => {
      paths.push(path);
      return mine.files.get(path);
    };
    const options = { trustedRoot: encodeMetadata(signedRoot(mine)), cache: memoryCache(), fetch, now };
    await refreshTuf(options);
    expect(paths).toHaveLength(5);
    paths.length = 0;
    await refreshTuf(options);
    expect(paths).toEqual(['metadata/2.root.json', 'metadata/timestamp.json']);
  });

  test('recovers from any damaged kept file', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'imprint-tuf-'));
    try {
      const mine = emptied();
      publish(mine);
      publish(mine, { version: 2, root: signedRoot(mine, 2) });
      const client = newClient(mine, encodeMetadata(signedRoot(mine)), directoryCache(directory));
      await client.refresh();
      const kept = (await readdir(directory)).sort();
      const documents = ['release.json', 'root.json', 'snapshot.json', 'targets.json', 'timestamp.json'];
      expect(kept).toEqual(['clock', 'pin', ...documents]);
      for (const name of kept) {
        await client.cache.put(name, Buffer.from('damaged'));
        expect((await client.refresh()).root.signed.version).toBe(2);
        await client.cache.delete(name);
        expect((await client.refresh()).root.signed.version).toBe(2);
      }
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
