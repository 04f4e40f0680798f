import { gzipSync } from 'node:zlib';
import type {
  AntivirusProvider,
  CryptoProfile,
  IntegrityEntry,
  ReleaseManifest,
  WimIntegrityEntry,
} from '@imprint/protocol';
import {
  approveRelease,
  buildRelease,
  buildRoot,
  buildSnapshot,
  buildTargets,
  buildTimestamp,
  digestsOf,
  type Envelope,
  encodeMetadata,
  generateSigner,
  type Metadata,
  metadataPath,
  type PublicKey,
  type Signed,
  type Signer,
  sha256Hex,
  signMetadata,
  targetFileOf,
  targetFilePath,
  withdrawRelease,
} from '@imprint/trust';
import { blobPath } from '../release/evidence.ts';
import { lockSha256, type TestDevice } from './device.ts';

export const partyNames = ['vendor', 'operator', 'regulator'] as const;
export type PartyName = (typeof partyNames)[number];

/** The keys of a ceremony: a pair per party (standard, SM2), and the pair of the server that stays online. */
export interface Ceremony {
  readonly parties: Readonly<Record<PartyName, readonly [Signer, Signer]>>;
  readonly online: readonly [Signer, Signer];
  readonly profile: CryptoProfile;
  /** Signs licences where the root pins it. */
  readonly licence: readonly [Signer, Signer];
  /** Signs antivirus definitions; pinned always. */
  readonly definitions: readonly [Signer, Signer];
  readonly rootBytes: Uint8Array;
  readonly root: ReturnType<typeof buildRoot>;
}

const pair = (): [Signer, Signer] => [generateSigner('ed25519'), generateSigner('sm2-sm3')];
const keysOf = (signers: readonly Signer[]): PublicKey[] => signers.map(({ key }) => key);

/** Every signer of the named parties. */
export const signersOf = ({ parties }: Ceremony, names: readonly PartyName[] = partyNames): Signer[] =>
  names.flatMap((name) => parties[name]);

type Keys = Omit<Ceremony, 'root' | 'rootBytes'>;

function signRoot(keys: Keys, now: Date, version: number, isLicensed: boolean): Ceremony {
  const { parties, online, profile, licence, definitions } = keys;
  const policy = Object.fromEntries(
    partyNames.map((name) => {
      const [standard, national] = parties[name];
      const title = { en: name, 'zh-CN': name };
      const named = { keyIds: [standard.key.keyId], nationalKeyIds: [national.key.keyId] };
      return [name, { title, threshold: 1, ...named }];
    }),
  );
  const built = buildRoot({
    version,
    expires: after(now, 365),
    profile,
    parties: { parties: policy },
    partyKeys: Object.fromEntries(partyNames.map((name) => [name, keysOf(parties[name])])),
    onlineKeys: keysOf(online),
    ...(isLicensed ? { licenceKeys: keysOf(licence) } : {}),
    definitionKeys: keysOf(definitions),
  });
  const root = signMetadata(
    built,
    partyNames.flatMap((name) => parties[name]),
  );
  return { ...keys, root, rootBytes: encodeMetadata(root) };
}

/** Makes keys and a signed root that lasts a year from `now`. */
export function holdCeremony(
  now: Date,
  profile: CryptoProfile = 'dual',
  { isLicensed = false } = {},
): Ceremony {
  const parties = { vendor: pair(), operator: pair(), regulator: pair() };
  return signRoot(
    { parties, online: pair(), licence: pair(), definitions: pair(), profile },
    now,
    1,
    isLicensed,
  );
}

/** The same parties pin another licence key in a second root. */
export const rotateLicenceKey = (ceremony: Ceremony, now: Date): Ceremony =>
  signRoot({ ...ceremony, licence: pair() }, now, 2, true);

/** An instant days after another. */
export const after = (now: Date, days: number): Date => new Date(now.getTime() + days * 86_400_000);

export interface ReleaseWishes {
  readonly now: Date;
  readonly sequence?: number;
  readonly version?: string;
  readonly lockSha256?: string;
  readonly channel?: string;
  readonly expires?: Date;
  /** Version of the metadata that lists it. */
  readonly metadataVersion?: number;
  readonly metadataExpires?: Date;
  readonly entries?: readonly IntegrityEntry[];
  /** A Windows edition's: the vendor's image, and what its files are to be. */
  readonly windows?: { readonly build: string; readonly entries: readonly WimIntegrityEntry[] };
  readonly packages?: Readonly<Record<string, string>>;
  /** Who may protect devices of the release. */
  readonly antivirusProviders?: readonly AntivirusProvider[];
  /** A set of antivirus definitions that the release approves. */
  readonly definitions?: { readonly version: string; readonly bytes: Uint8Array };
  /** What brings devices of earlier releases to it in place. */
  readonly patchSet?: Uint8Array;
  /** Who signs the role that lists releases; all by default. */
  readonly listedBy?: readonly Signer[];
  readonly approvedBy?: readonly Signer[];
  readonly withdrawnBy?: readonly Signer[];
  readonly alterMetadata?: (metadata: Metadata) => Metadata;
  readonly alterApprovals?: (envelope: Envelope) => Envelope;
}

/** The published tree, path → bytes; what a test changes in it is what a hostile server would. */
export type Tree = Map<string, Uint8Array>;

const json = (value: unknown): Uint8Array => Buffer.from(`${JSON.stringify(value)}\n`);

function evidenceOf(wishes: ReleaseWishes) {
  const lock = wishes.lockSha256 ?? lockSha256;
  const [schema, entries] =
    wishes.windows === undefined
      ? ['imprint/integrity/v1', wishes.entries ?? []]
      : ['imprint/integrity-wim/v1', wishes.windows.entries];
  const integrity = gzipSync(json({ schema, lockSha256: lock, entries }));
  const components = Object.entries(wishes.packages ?? {}).map(([name, version]) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=amd64`,
  }));
  const sbom = json({ bomFormat: 'CycloneDX', specVersion: '1.6', components });
  return { integrity, sbom };
}

function baseOf({ windows }: ReleaseWishes): ReleaseManifest['base'] {
  if (windows === undefined) return { family: 'debian', suite: 'trixie', packages: 1 };
  const { build } = windows;
  return { family: 'windows', editionId: 'Enterprise', build, imageSha256: ['cd'.repeat(32)] };
}

function manifestOf(wishes: ReleaseWishes, evidence: ReturnType<typeof evidenceOf>): ReleaseManifest {
  const { now } = wishes;
  const file = (bytes: Uint8Array) => ({ digests: digestsOf(bytes), sizeBytes: bytes.length });
  return {
    schema: 'imprint/release/v1',
    edition: 'gov-base',
    version: wishes.version ?? '2026.11.0',
    channel: wishes.channel ?? 'stable',
    sequence: wishes.sequence ?? 1,
    proposedAt: now.toISOString(),
    expiresAt: (wishes.expires ?? after(now, 90)).toISOString(),
    base: baseOf(wishes),
    lockSha256: wishes.lockSha256 ?? lockSha256,
    artifacts: [],
    evidence: [
      { kind: 'integrity', name: 'integrity.json.gz', ...file(evidence.integrity) },
      { kind: 'sbom-cyclonedx', name: 'sbom.cdx.json', ...file(evidence.sbom) },
    ],
    integrity: { core: 1, overlay: 0, modified: 0, missing: 0, violations: 0 },
    policy: {},
    ...(wishes.antivirusProviders === undefined
      ? {}
      : { antivirusProviders: [...wishes.antivirusProviders] }),
    ...(wishes.patchSet === undefined
      ? {}
      : { patchSet: { name: 'patch-set.json', ...file(wishes.patchSet) } }),
    ...(wishes.definitions === undefined
      ? {}
      : {
          antivirusDefinitions: {
            version: wishes.definitions.version,
            builtAt: now.toISOString(),
            sha256: sha256Hex(wishes.definitions.bytes),
          },
        }),
  };
}

/** Publishes one release the way the release room lays a repository out; paths are those below `/content/`. */
export function publish(ceremony: Ceremony, wishes: ReleaseWishes): { tree: Tree; release: Uint8Array } {
  const evidence = evidenceOf(wishes);
  const release = json(manifestOf(wishes, evidence));
  const sha256 = sha256Hex(release);
  const version = wishes.metadataVersion ?? 1;
  const expires = wishes.metadataExpires ?? after(wishes.now, 30);
  const all = signersOf(ceremony);
  const alter = wishes.alterMetadata ?? ((metadata) => metadata);
  const encode = (metadata: Metadata<Signed>) => encodeMetadata(metadata);
  const targetPath = 'gov-base/stable/release.json';
  const targets = encode(signMetadata(buildTargets({ version, expires, root: ceremony.root }), all));
  const listed = buildRelease({ version, expires, targets: { [targetPath]: targetFileOf(release) } });
  const releaseRole = encode(alter(signMetadata(listed, wishes.listedBy ?? all)));
  const files = { targets, release: releaseRole };
  const snapshot = encode(signMetadata(buildSnapshot({ version, expires, files }), ceremony.online));
  const timestamp = encode(signMetadata(buildTimestamp({ version, expires, snapshot }), ceremony.online));
  const approvals = approveRelease(release, wishes.approvedBy ?? all);
  const tree: Tree = new Map<string, Uint8Array>([
    [`metadata/${ceremony.root.signed.version}.root.json`, ceremony.rootBytes],
    ['metadata/timestamp.json', timestamp],
    [metadataPath('snapshot', version), snapshot],
    [metadataPath('targets', version), targets],
    [metadataPath('release', version), releaseRole],
    [targetFilePath(targetPath, sha256), release],
    [`approvals/${sha256}.dsse.json`, json((wishes.alterApprovals ?? ((same) => same))(approvals))],
    [blobPath(sha256Hex(evidence.integrity)), evidence.integrity],
    [blobPath(sha256Hex(evidence.sbom)), evidence.sbom],
  ]);
  if (wishes.definitions !== undefined) {
    tree.set(blobPath(sha256Hex(wishes.definitions.bytes)), wishes.definitions.bytes);
  }
  if (wishes.patchSet !== undefined) tree.set(blobPath(sha256Hex(wishes.patchSet)), wishes.patchSet);
  if (wishes.withdrawnBy !== undefined) {
    tree.set(`withdrawals/${sha256}.dsse.json`, json(withdrawRelease(release, 'a flaw', wishes.withdrawnBy)));
  }
  return { tree, release };
}

/** Pins a ceremony's root on a device, as the press does. */
export const pinRoot = (device: TestDevice, ceremony: Ceremony): void =>
  device.put(device.platform.paths.root, ceremony.rootBytes);
