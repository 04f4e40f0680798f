import { join } from 'node:path';
import type { CryptoProfile, EmergencyPolicy, LocalizedText, PartyPolicy } from '@imprint/protocol';
import {
  buildRoot,
  buildTargets,
  encodeMetadata,
  type Metadata,
  missingSignatures,
  type PublicKey,
  parseMetadata,
  type RootSigned,
  type Signer,
  sha256Hex,
  signMetadata,
  suiteOf,
  type TargetsSigned,
} from '@imprint/trust';
import { writeDurably } from '../../../platform/files.ts';
import { releaseError } from '../errors.ts';
import { lifetimes } from '../rules.ts';
import { exists, readBounded } from './files.ts';

/** One holder's public half, as it comes out of a key file. */
export interface HolderKeys {
  readonly holder: string;
  readonly publicKeys: readonly PublicKey[];
}

export interface PartyInput {
  readonly name: string;
  readonly title: LocalizedText;
  /** How many of the holders must sign. */
  readonly threshold: number;
  readonly holders: readonly HolderKeys[];
}

export interface RootDraft {
  readonly directory: string;
  readonly root: Metadata<RootSigned>;
  readonly targets: Metadata<TargetsSigned>;
  readonly sha256: string;
  /** Parties that still have to sign root or targets. */
  readonly missing: readonly string[];
}

/**
 * Writes the first root and targets, unsigned: parties sign both, and devices will pin the root.
 * @throws RELEASE_ROOT_EXISTS · RELEASE_PARTY_INVALID · RELEASE_KEY_SHARED · TRUST_POLICY_INVALID
 */
export async function draftRoot(options: {
  readonly directory: string;
  readonly profile: CryptoProfile;
  readonly parties: readonly PartyInput[];
  readonly online: HolderKeys;
  /** Whose licences devices accept; absent where nothing is licensed. */
  readonly licensing?: HolderKeys | undefined;
  /** Whose antivirus definitions devices accept beyond those of a release. */
  readonly definitions?: HolderKeys | undefined;
  /** The emergency lane; absent where every release waits for every approval. */
  readonly emergency?: EmergencyPolicy | undefined;
  readonly now: Date;
}): Promise<RootDraft> {
  const { directory, profile, parties, online, licensing, definitions, emergency, now } = options;
  const file = join(directory, 'root.json');
  if (await exists(file)) throw releaseError('RELEASE_ROOT_EXISTS', { file });
  const services = [online, licensing, definitions].filter((one) => one !== undefined);
  refuseSharedKeys([...parties.flatMap((party) => party.holders), ...services]);
  const after = (days: number) => new Date(now.getTime() + days * 86_400_000);
  const root = buildRoot({
    version: 1,
    expires: after(lifetimes.rootDays),
    profile,
    parties: partyPolicy(parties, profile),
    partyKeys: Object.fromEntries(
      parties.map((party) => [party.name, party.holders.flatMap((holder) => keysOfProfile(holder, profile))]),
    ),
    onlineKeys: keysOfProfile(online, profile),
    ...(licensing === undefined ? {} : { licenceKeys: licenceKeys(licensing, profile) }),
    ...(definitions === undefined ? {} : { definitionKeys: keysOfProfile(definitions, profile) }),
    ...(emergency === undefined ? {} : { emergency }),
  });
  const targets = buildTargets({ version: 1, expires: after(lifetimes.targetsDays), root });
  return writeDraft(directory, root, targets);
}

/** Adds a party's signatures to the root and targets in a directory. @throws RELEASE_NOT_A_PARTY · RELEASE_ROOT_MISSING */
export async function signRootDraft(
  directory: string,
  holder: string,
  signers: readonly Signer[],
): Promise<RootDraft> {
  const { root, targets } = await readDraft(directory);
  const inRoot = new Set(
    [root.signed.roles.root.keyids, root.signed['x-imprint-national']?.roles.root?.keyids ?? []].flat(),
  );
  const own = signers.filter((signer) => inRoot.has(signer.key.keyId));
  const [first] = signers;
  if (own.length === 0)
    throw releaseError('RELEASE_NOT_A_PARTY', { holder, keyId: first?.key.keyId ?? 'none' });
  return writeDraft(directory, signMetadata(root, own), signMetadata(targets, own));
}

/** Reads root and targets as far as they are signed. @throws RELEASE_ROOT_MISSING */
export async function readDraft(directory: string): Promise<RootDraft> {
  const file = join(directory, 'root.json');
  if (!(await exists(file))) throw releaseError('RELEASE_ROOT_MISSING', { file });
  const rootBytes = await readBounded(file, 'root', 512 * 1024);
  const targetsBytes = await readBounded(join(directory, 'targets.json'), 'targets metadata');
  return describe(directory, parseMetadata(rootBytes, 'root'), parseMetadata(targetsBytes, 'targets'));
}

function describe(
  directory: string,
  root: Metadata<RootSigned>,
  targets: Metadata<TargetsSigned>,
): RootDraft {
  const wanting = [...missingSignatures(root, 'root', root), ...missingSignatures(targets, 'targets', root)];
  const missing = [...new Set(wanting.flatMap((one) => one.missingHolders))];
  return { directory, root, targets, sha256: sha256Hex(encodeMetadata(root)), missing };
}

async function writeDraft(directory: string, root: Metadata<RootSigned>, targets: Metadata<TargetsSigned>) {
  // Targets first: a root that is there has its targets beside it.
  await writeDurably(join(directory, 'targets.json'), encodeMetadata(targets));
  await writeDurably(join(directory, 'root.json'), encodeMetadata(root));
  return describe(directory, root, targets);
}

/** One key per suite and holder: two keys of one person would count as two people. */
function keysOfProfile({ holder, publicKeys }: HolderKeys, profile: CryptoProfile): PublicKey[] {
  const wanted =
    profile === 'dual' ? ['standard', 'national'] : [profile === 'national' ? 'national' : 'standard'];
  return wanted.map((suite) => {
    const key = publicKeys.find((candidate) => suiteOf(candidate.scheme) === suite);
    if (key === undefined) {
      throw releaseError('RELEASE_PARTY_INVALID', { party: holder, expected: `a ${suite} key`, got: 'none' });
    }
    return key;
  });
}

/** The server signs in every suite its key has, and a device of the national profile reads SM2 alone. */
function licenceKeys(licensing: HolderKeys, profile: CryptoProfile): PublicKey[] {
  const keys = keysOfProfile(licensing, profile);
  if (profile === 'national' && licensing.publicKeys.length > keys.length) {
    const [expected, got] = ['an SM2 key alone', 'keys of both suites'];
    throw releaseError('RELEASE_PARTY_INVALID', { party: licensing.holder, expected, got });
  }
  return keys;
}

function partyPolicy(parties: readonly PartyInput[], profile: CryptoProfile): PartyPolicy {
  const entries = parties.map(({ name, title, threshold, holders }) => {
    if (!Number.isInteger(threshold) || threshold < 1 || threshold > holders.length) {
      const expected = `a threshold from 1 to ${holders.length}`;
      throw releaseError('RELEASE_PARTY_INVALID', { party: name, expected, got: String(threshold) });
    }
    const ids = (suite: string) =>
      holders.flatMap((holder) =>
        keysOfProfile(holder, profile)
          .filter((key) => suiteOf(key.scheme) === suite)
          .map((key) => key.keyId),
      );
    const national = profile === 'intl' ? {} : { nationalKeyIds: ids('national') };
    return [name, { title, threshold, keyIds: ids('standard'), ...national }] as const;
  });
  return { parties: Object.fromEntries(entries) };
}

function refuseSharedKeys(holders: readonly HolderKeys[]): void {
  const owner = new Map<string, string>();
  for (const { holder, publicKeys } of holders) {
    for (const { keyId } of publicKeys) {
      const first = owner.get(keyId);
      if (first !== undefined) throw releaseError('RELEASE_KEY_SHARED', { keyId, first, second: holder });
      owner.set(keyId, holder);
    }
  }
}
