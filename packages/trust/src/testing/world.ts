import type { CryptoProfile, EmergencyPolicy, PartyPolicy, ReleaseManifest } from '@imprint/protocol';
import { generateSigner } from '../keys/signer.ts';
import { type Signer, suiteOf } from '../keys/types.ts';
import { buildRelease, buildSnapshot, buildTargets, buildTimestamp, targetFileOf } from '../tuf/build.ts';
import { buildRoot } from '../tuf/build-root.ts';
import { memoryCache, type TufCache } from '../tuf/cache.ts';
import { refreshTuf, type TrustedMetadata } from '../tuf/client.ts';
import type { Metadata, RootSigned, Signed, TargetFile } from '../tuf/model.ts';
import { metadataPath, targetFilePath } from '../tuf/names.ts';
import { encodeMetadata } from '../tuf/parse.ts';
import type { RepositoryFetch } from '../tuf/session.ts';
import { signMetadata } from '../tuf/sign.ts';

export const partyNames = ['vendor', 'operator', 'regulator'] as const;
export type PartyName = (typeof partyNames)[number];
export const targetPath = 'gov-base/stable/release.json';
const emergencyTargetPath = 'gov-base/stable/emergency.json';
export const now = new Date('2026-11-23T12:00:00Z');
const expires = '2027-02-01T00:00:00Z';

/** Everybody's keys, and the files a server would serve. */
export interface World {
  readonly profile: CryptoProfile;
  readonly signers: Readonly<Record<PartyName, readonly Signer[]>>;
  readonly online: readonly Signer[];
  readonly policy: PartyPolicy;
  readonly files: Map<string, Uint8Array>;
}

export function newSigners(profile: CryptoProfile, count = 1): Signer[] {
  const standard =
    profile === 'national' ? [] : Array.from({ length: count }, () => generateSigner('ed25519'));
  const national = profile === 'intl' ? [] : Array.from({ length: count }, () => generateSigner('sm2-sm3'));
  return [...standard, ...national];
}

export function idsOf(signers: readonly Signer[], suite: 'standard' | 'national'): string[] {
  return signers.filter(({ key }) => suiteOf(key.scheme) === suite).map(({ key }) => key.keyId);
}

export function policyOf(signers: World['signers'], threshold = 1): PartyPolicy {
  const party = (name: PartyName): PartyPolicy['parties'][string] => ({
    title: { en: name, 'zh-CN': name },
    threshold,
    keyIds: idsOf(signers[name], 'standard'),
    nationalKeyIds: idsOf(signers[name], 'national'),
  });
  return { parties: { vendor: party('vendor'), operator: party('operator'), regulator: party('regulator') } };
}

export function newWorld(profile: CryptoProfile, keysPerParty = 1, threshold = 1): World {
  const make = (): Signer[] => newSigners(profile, keysPerParty);
  const signers = { vendor: make(), operator: make(), regulator: make() };
  const online = newSigners(profile);
  return { profile, signers, online, policy: policyOf(signers, threshold), files: new Map() };
}

/** Every party's key of TUF roles. */
export function roleSigners({ signers }: World, names: readonly PartyName[] = partyNames): Signer[] {
  return names.flatMap((name) => {
    const first = (suite: 'standard' | 'national'): Signer | undefined =>
      signers[name].find(({ key }) => suiteOf(key.scheme) === suite);
    return [first('standard'), first('national')].filter((signer) => signer !== undefined);
  });
}

export function unsignedRoot(
  world: World,
  version = 1,
  licenceSigners?: readonly Signer[],
  emergency?: EmergencyPolicy,
): Metadata<RootSigned> {
  const { profile, policy, signers, online } = world;
  const partyKeys = Object.fromEntries(partyNames.map((name) => [name, signers[name].map(({ key }) => key)]));
  const onlineKeys = online.map(({ key }) => key);
  const lane = emergency === undefined ? {} : { emergency };
  const common = { version, expires, profile, parties: policy, partyKeys, onlineKeys, ...lane };
  return buildRoot(
    licenceSigners === undefined ? common : { ...common, licenceKeys: licenceSigners.map(({ key }) => key) },
  );
}

export function signedRoot(
  world: World,
  version = 1,
  licenceSigners?: readonly Signer[],
  emergency?: EmergencyPolicy,
): Metadata<RootSigned> {
  return signMetadata(unsignedRoot(world, version, licenceSigners, emergency), roleSigners(world));
}

export function manifestOf(changes: Partial<ReleaseManifest> = {}): ReleaseManifest {
  return {
    schema: 'imprint/release/v1',
    edition: 'gov-base',
    version: '2026.11.0',
    channel: 'stable',
    sequence: 1,
    proposedAt: '2026-11-22T00:00:00Z',
    expiresAt: '2027-01-01T00:00:00Z',
    base: { family: 'debian', suite: 'trixie', packages: 140 },
    lockSha256: 'ab'.repeat(32),
    artifacts: [],
    evidence: [],
    integrity: { core: 1, overlay: 0, modified: 0, mutable: 0 } as unknown as ReleaseManifest['integrity'],
    policy: {},
    ...changes,
  };
}

export const manifestBytes = (changes: Partial<ReleaseManifest> = {}): Uint8Array =>
  Buffer.from(JSON.stringify(manifestOf(changes)));

type PublishedRole = 'targets' | 'release' | 'emergency' | 'snapshot' | 'timestamp';
type Change = <S extends Signed>(metadata: Metadata<S>) => Metadata<S>;
const same: Change = (metadata) => metadata;

/** What a publication contains; each hook may spoil one role's unsigned or signed file. */
export interface Publication {
  readonly version?: number;
  /** Versions of single roles, where they differ. */
  readonly versions?: Partial<Record<PublishedRole, number>>;
  readonly root?: Metadata<RootSigned>;
  readonly releaseBytes?: Uint8Array;
  readonly targets?: Readonly<Record<string, TargetFile>>;
  readonly expires?: Partial<Record<PublishedRole, string>>;
  readonly releaseSigners?: readonly Signer[];
  /** Bytes that the role `emergency` lists, and who signs it. */
  readonly emergency?: { readonly bytes: Uint8Array; readonly signers: readonly Signer[] };
  readonly online?: readonly Signer[];
  readonly beforeSigning?: Partial<Record<PublishedRole, Change>>;
  readonly afterSigning?: Partial<Record<PublishedRole, Change>>;
}

/** Publishes root and a consistent set of files over one release, signed by everyone unless told otherwise. */
export function publish(world: World, what: Publication = {}): void {
  const {
    version = 1,
    root = signedRoot(world),
    releaseBytes = manifestBytes(),
    online = world.online,
  } = what;
  const parties = roleSigners(world);
  const finish = (role: PublishedRole, built: Metadata, by: readonly Signer[]) => {
    const before = (what.beforeSigning?.[role] ?? same)(built);
    const bytes = encodeMetadata((what.afterSigning?.[role] ?? same)(signMetadata(before, by)));
    world.files.set(metadataPath(role, before.signed.version), bytes);
    return bytes;
  };
  const common = (role: PublishedRole) => ({
    version: what.versions?.[role] ?? version,
    expires: what.expires?.[role] ?? expires,
  });
  world.files.set(metadataPath('root', root.signed.version), encodeMetadata(root));
  const targets = finish('targets', buildTargets({ ...common('targets'), root }), parties);
  const listed = what.targets ?? { [targetPath]: targetFileOf(releaseBytes) };
  const release = finish(
    'release',
    buildRelease({ ...common('release'), targets: listed }),
    what.releaseSigners ?? parties,
  );
  const emergency = what.emergency && publishUrgent(world, what.emergency, common('emergency'), finish);
  const files = { targets, release, ...(emergency === undefined ? {} : { emergency }) };
  const snapshot = finish('snapshot', buildSnapshot({ ...common('snapshot'), files }), online);
  finish('timestamp', buildTimestamp({ ...common('timestamp'), snapshot }), online);
  world.files.set(targetFilePath(targetPath, targetFileOf(releaseBytes).hashes.sha256 ?? ''), releaseBytes);
}

function publishUrgent(
  { files }: World,
  { bytes, signers }: NonNullable<Publication['emergency']>,
  common: { readonly version: number; readonly expires: string },
  finish: (role: PublishedRole, built: Metadata, by: readonly Signer[]) => Uint8Array,
): Uint8Array {
  const target = targetFileOf(bytes);
  files.set(targetFilePath(emergencyTargetPath, target.hashes.sha256 ?? ''), bytes);
  return finish(
    'emergency',
    buildRelease({ ...common, targets: { [emergencyTargetPath]: target } }),
    signers,
  );
}

/** A client with its own pinned root and cache. */
export interface Client {
  readonly cache: TufCache;
  readonly fetch: RepositoryFetch;
  refresh(at?: Date): Promise<TrustedMetadata>;
}

export function newClient(
  world: World,
  pinned = encodeMetadata(signedRoot(world)),
  cache = memoryCache(),
): Client {
  const fetch: RepositoryFetch = async (path) => world.files.get(path);
  return { cache, fetch, refresh: (at = now) => refreshTuf({ trustedRoot: pinned, cache, fetch, now: at }) };
}
