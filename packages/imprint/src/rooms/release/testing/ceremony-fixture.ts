import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openContentStore } from '@imprint/edition';
import type {
  BuildRecord,
  CryptoProfile,
  DebianLock,
  EditionLock,
  EmergencyPolicy,
  IntegrityEntry,
  IntegrityManifest,
} from '@imprint/protocol';
import {
  canonicalJson,
  digestsOf,
  generateSigner,
  type KeyScheme,
  merkleRoot,
  type Signer,
  sha256Hex,
} from '@imprint/trust';
import { homePaths } from '../../../home.ts';
import {
  approveCandidate,
  draftRoot,
  findCandidate,
  loadCandidate,
  type OpenedKeyFile,
  type ProposeOptions,
  proposeRelease,
  publishCandidate,
  type ReleasePaths,
  readRoot,
  releasePaths,
  reviewCandidate,
  signRootDraft,
  signVendorPolicy,
} from '../index.ts';

export const start = new Date('2026-11-23T08:00:00.000Z');
export const later = (days: number) => new Date(start.getTime() + days * 86_400_000);

const schemes: Readonly<Record<CryptoProfile, readonly KeyScheme[]>> = {
  intl: ['ed25519'],
  national: ['sm2-sm3'],
  dual: ['ed25519', 'sm2-sm3'],
};

/** A holder with new keys of every suite of a profile. */
export function holderWithKeys(holder: string, profile: CryptoProfile = 'dual'): OpenedKeyFile {
  return { holder, signers: schemes[profile].map(generateSigner) };
}

export const publicHalf = ({ holder, signers }: OpenedKeyFile) => ({
  holder,
  publicKeys: signers.map((signer) => signer.key),
});

/** A description of antivirus definitions, as an edition's input. */
export const definitionsText = JSON.stringify({
  version: '2026.11.1',
  builtAt: '2026-11-02T00:00:00Z',
  files: [{ name: 'gov.hdb', sha256: '0'.repeat(64) }],
});

export interface Ceremony {
  readonly directory: string;
  readonly paths: ReleasePaths;
  readonly parties: Readonly<Record<'vendor' | 'operator' | 'regulator', OpenedKeyFile>>;
  readonly online: readonly Signer[];
  readonly vendorPolicy: Uint8Array;
  remove(): Promise<void>;
}

const vendorPolicyText = JSON.stringify({
  apiVersion: 'imprint/v1',
  vendor: 'Debian',
  mutable: [{ path: '/etc/default/useradd', reason: 'account policy' }],
});

/** Three parties with a signed root and a signed vendor policy in a new directory. */
export async function beginCeremony(
  profile: CryptoProfile = 'dual',
  emergency?: EmergencyPolicy,
): Promise<Ceremony> {
  const directory = await mkdtemp(join(tmpdir(), 'imprint-ceremony-'));
  const paths = releasePaths(homePaths(directory));
  const parties = {
    vendor: holderWithKeys('vendor', profile),
    operator: holderWithKeys('operator', profile),
    regulator: holderWithKeys('regulator', profile),
  };
  const online = holderWithKeys('online', profile);
  await draftRoot({
    directory: paths.root,
    profile,
    parties: Object.entries(parties).map(([name, opened]) => ({
      name,
      title: { en: name, 'zh-CN': name },
      threshold: 1,
      holders: [publicHalf(opened)],
    })),
    online: publicHalf(online),
    emergency,
    now: start,
  });
  for (const { holder, signers } of Object.values(parties)) await signRootDraft(paths.root, holder, signers);
  const policyFile = join(directory, 'vendor-policy.json');
  await writeFile(policyFile, vendorPolicyText);
  await signVendorPolicy(policyFile, parties.vendor.signers, paths.policies);
  return {
    directory,
    paths,
    parties,
    online: online.signers,
    vendorPolicy: Buffer.from(vendorPolicyText),
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

export interface FakeBuildOptions {
  readonly version?: string;
  readonly packages?: Readonly<Record<string, string>>;
  /** Stands in for `packages`, where their files matter. */
  readonly locked?: DebianLock['base'];
  readonly profile?: BuildRecord['profile'];
  readonly alterLock?: (lock: EditionLock) => EditionLock;
  readonly vendorPolicy?: Uint8Array;
  readonly violations?: number;
  /** Further artifacts, by name. */
  readonly artifacts?: Readonly<Record<string, Uint8Array>>;
}

/** A build directory in miniature: every file is real and every digest true, only the image is a few bytes. */
export async function fakeBuild(directory: string, options: FakeBuildOptions = {}): Promise<BuildRecord> {
  const { version = '2026.11.0', profile = 'release', vendorPolicy } = options;
  const made = fakeLock(
    version,
    options.packages ?? { bash: '5.2.37-2', 'base-files': '13.8' },
    vendorPolicy,
  );
  const based = options.locked === undefined ? made : { ...made, base: options.locked };
  const lock = options.alterLock?.(based) ?? based;
  const lockBytes = Buffer.from(`${JSON.stringify(lock, undefined, 2)}\n`);
  const lockSha256 = sha256Hex(lockBytes);
  const counts = { core: 2, overlay: 1, modified: 0, missing: 0, violations: options.violations ?? 0 };
  const entries = fakeEntries();
  const integrity: IntegrityManifest = {
    schema: 'imprint/integrity/v1',
    edition: lock.edition,
    version,
    lockSha256,
    merkleRoot: merkleRoot(entries.map((entry) => canonicalJson(entry))),
    counts,
    ...(vendorPolicy === undefined ? {} : { mutableCoreSha256: sha256Hex(vendorPolicy) }),
    entries,
  };
  await mkdir(join(directory, 'evidence'), { recursive: true });
  const put = async (name: string, bytes: Uint8Array) => {
    await writeFile(join(directory, name), bytes);
    return { name: name.replace(/^evidence\//, ''), digests: digestsOf(bytes), sizeBytes: bytes.length };
  };
  const further = (artifacts: Readonly<Record<string, Uint8Array>>) =>
    Promise.all(
      Object.entries(artifacts).map(async ([name, bytes]) => ({
        kind: 'disk' as const,
        ...(await put(name, bytes)),
      })),
    );
  const record: BuildRecord = {
    schema: 'imprint/build/v1',
    edition: lock.edition,
    version,
    lockSha256,
    planSha256: sha256Hex(Buffer.from('plan')),
    profile,
    artifacts: [
      { kind: 'rootfs', ...(await put('rootfs.tar.zst', Buffer.from(`rootfs ${version}`))) },
      { kind: 'disk', ...(await put('disk.img', Buffer.from(`disk ${version}`))) },
      ...(await further(options.artifacts ?? {})),
    ],
    evidence: [
      {
        kind: 'integrity',
        ...(await put('evidence/integrity.json.gz', gzipSync(JSON.stringify(integrity)))),
      },
      { kind: 'sbom-cyclonedx', ...(await put('evidence/sbom.cdx.json', Buffer.from('{}'))) },
    ],
    counts,
  };
  await writeFile(join(directory, 'edition.lock.json'), lockBytes);
  await writeFile(join(directory, 'build.json'), JSON.stringify(record));
  return record;
}

function fakeEntries(): IntegrityEntry[] {
  const file = {
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    sizeBytes: 4,
    sha256: sha256Hex(Buffer.from('core')),
  } as const;
  return [
    { path: '/etc/imprint/agent.json', ...file, class: 'overlay', origin: 'services', evidence: 'step' },
    {
      path: '/usr/bin/bash',
      ...file,
      mode: 0o755,
      class: 'core',
      origin: 'bash_5.2.37-2',
      evidence: 'package',
    },
    { path: '/usr/lib/os-release', ...file, class: 'core', origin: 'base-files_13.8', evidence: 'package' },
  ];
}

function fakeLock(
  version: string,
  packages: Readonly<Record<string, string>>,
  vendorPolicy?: Uint8Array,
): EditionLock {
  return {
    lockVersion: 1,
    edition: 'gov-base',
    version,
    manifest: {
      apiVersion: 'imprint/v1',
      edition: 'gov-base',
      version,
      title: { en: 'Government Base', 'zh-CN': '政务基础版' },
      base: { debian: { suite: 'trixie', profile: 'server-minimal' } },
      locale: { language: 'zh_CN.UTF-8', timezone: 'Asia/Shanghai', keyboard: 'cn' },
      trust: { profile: 'dual' },
      policy: { telemetry: 'none', passwordMinLength: 12, automaticLogin: false },
      services: { imprint: 'https://imprint.example.gov' },
      outputs: ['rootfs', 'disk'],
    },
    architecture: 'amd64',
    sourceDateEpoch: 1_780_000_000,
    archives: [],
    base: Object.entries(packages).map(([name, packageVersion]) => ({
      name,
      version: packageVersion,
      architecture: 'amd64',
      source: { name, version: packageVersion },
      archive: 'base',
      path: `pool/main/${name}.deb`,
      sha256: sha256Hex(Buffer.from(`${name} ${packageVersion}`)),
      sizeBytes: 1000,
    })),
    packages: [],
    tools: [],
    inputs: [
      {
        role: 'antivirus-definitions',
        name: 'definitions.json',
        sha256: sha256Hex(Buffer.from(definitionsText)),
        sizeBytes: definitionsText.length,
      },
      ...(vendorPolicy === undefined
        ? []
        : [
            {
              role: 'mutable-core',
              name: 'vendor-policy.json',
              sha256: sha256Hex(vendorPolicy),
              sizeBytes: vendorPolicy.length,
            } as const,
          ]),
    ],
  };
}

/** Proposes a fake build on channel `stable`. */
export async function propose(
  ceremony: Ceremony,
  build: FakeBuildOptions = {},
  options: Partial<ProposeOptions> = {},
) {
  const directory = await mkdtemp(join(ceremony.directory, 'build-'));
  await fakeBuild(directory, { vendorPolicy: ceremony.vendorPolicy, ...build });
  const store = storeOf(ceremony);
  await store.putBytes(Buffer.from(definitionsText));
  return proposeRelease({
    paths: ceremony.paths,
    store,
    build: directory,
    channel: 'stable',
    expiresAt: later(180),
    proposedBy: 'operator',
    now: start,
    ...options,
  });
}

export const storeOf = ({ directory }: Ceremony) => openContentStore(join(directory, 'store'));

/** One party looks at a candidate and signs what it saw. */
export async function approve(ceremony: Ceremony, id: string, opened: OpenedKeyFile, now = start) {
  const root = await readRoot(ceremony.paths.root);
  const candidate = await loadCandidate(await findCandidate(ceremony.paths.candidates, id));
  const review = await reviewCandidate(candidate, root, storeOf(ceremony));
  const expectedSha256 = review.sha256;
  return approveCandidate({ candidate, root, review, opened, expectedSha256, withoutArtifacts: false, now });
}

export async function approveByAll(ceremony: Ceremony, id: string): Promise<void> {
  for (const opened of Object.values(ceremony.parties)) await approve(ceremony, id, opened);
}

export async function publish(
  ceremony: Ceremony,
  id: string,
  options: Partial<Parameters<typeof publishCandidate>[0]> = {},
) {
  const candidate = await loadCandidate(await findCandidate(ceremony.paths.candidates, id));
  return publishCandidate({
    paths: ceremony.paths,
    candidate,
    store: storeOf(ceremony),
    online: ceremony.online,
    now: start,
    ...options,
  });
}
