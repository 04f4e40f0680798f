import type { CryptoProfile, EmergencyPolicy, PartyPolicy } from '@imprint/protocol';
import { type PublicKey, type SignatureSuite, suiteOf } from '../keys/types.ts';
import { emergencyKeys } from './emergency.ts';
import { tufError } from './errors.ts';
import { wholeSeconds } from './expiry.ts';
import {
  type Metadata,
  type RoleKeys,
  type RootSigned,
  type ServicePolicy,
  specVersion,
  type TufKey,
} from './model.ts';
import { encodeMetadata, parseMetadata } from './parse.ts';
import { partyRole } from './party-role.ts';
import { checkRootPolicy, standardFieldSuite, suitesOfProfile } from './root-policy.ts';
import { toTufKey } from './tuf-key.ts';

export interface BuildRootOptions {
  readonly version: number;
  /** UTC; fractions of a second are dropped. */
  readonly expires: string | Date;
  readonly profile: CryptoProfile;
  readonly parties: PartyPolicy;
  /** Party name → every key its policy lists; the first of each suite is the party's key in TUF roles. */
  readonly partyKeys: Readonly<Record<string, readonly PublicKey[]>>;
  /** Keys of timestamp and snapshot, one of each suite of the profile at least. */
  readonly onlineKeys: readonly PublicKey[];
  /** Keys that sign licence tokens; those of the profile's suites are pinned. Absent where nothing is licensed. */
  readonly licenceKeys?: readonly PublicKey[];
  /** Keys that sign antivirus definitions; those of the profile's suites are pinned. */
  readonly definitionKeys?: readonly PublicKey[];
  /** Absent where every release waits for every approval. */
  readonly emergency?: EmergencyPolicy;
}

function keyTable(keys: readonly PublicKey[]): Record<string, TufKey> {
  return Object.fromEntries(keys.map((key) => [key.keyId, toTufKey(key)]));
}

function onlineRole(keys: readonly PublicKey[], suite: SignatureSuite): RoleKeys {
  const keyids = keys.filter((key) => suiteOf(key.scheme) === suite).map((key) => key.keyId);
  if (keyids.length === 0) throw tufError('TRUST_POLICY_INVALID', { got: `no ${suite} online key` });
  return { keyids, threshold: 1 };
}

function topLevelRoles(options: BuildRootOptions, suite: SignatureSuite): RootSigned['roles'] {
  const party = partyRole(options.parties, suite);
  const online = onlineRole(options.onlineKeys, suite);
  return { root: party, targets: party, snapshot: online, timestamp: online };
}

function keysOfSuite(
  { partyKeys, onlineKeys }: BuildRootOptions,
  suite: SignatureSuite,
): Record<string, TufKey> {
  const all = [...Object.values(partyKeys).flat(), ...onlineKeys];
  return keyTable(all.filter((key) => suiteOf(key.scheme) === suite));
}

/**
 * Builds an unsigned root: root and targets need every party, timestamp and snapshot one online key.
 *
 * @throws TRUST_POLICY_INVALID, TRUST_TUF_DUPLICATE_KEY, TRUST_LICENCE_KEYS_INVALID,
 * TRUST_DEFINITION_KEYS_INVALID
 * Source: TUF 1.0.34 §4.3; extension fields: docs/design/trust-formats.md.
 */
export function buildRoot(options: BuildRootOptions): Metadata<RootSigned> {
  const { version, profile, parties } = options;
  if (Object.keys(parties.parties).length === 0) throw tufError('TRUST_POLICY_INVALID', { got: 'no party' });
  const suite = standardFieldSuite(profile);
  const signed: RootSigned = {
    _type: 'root',
    spec_version: specVersion,
    version,
    expires: wholeSeconds(options.expires),
    consistent_snapshot: true,
    keys: keysOfSuite(options, suite),
    roles: topLevelRoles(options, suite),
    'x-imprint-profile': profile,
    'x-imprint-parties': parties,
    ...(profile === 'intl' ? {} : { 'x-imprint-national': nationalPolicy(options) }),
    ...(options.licenceKeys === undefined
      ? {}
      : { 'x-imprint-licensing': servicePolicy(options.licenceKeys, profile) }),
    ...(options.definitionKeys === undefined
      ? {}
      : { 'x-imprint-definitions': servicePolicy(options.definitionKeys, profile) }),
    ...(options.emergency === undefined ? {} : { 'x-imprint-emergency': options.emergency }),
  };
  const root = parseMetadata(encodeMetadata({ signatures: [], signed }), 'root');
  checkRootPolicy(root);
  return root;
}

function nationalPolicy(options: BuildRootOptions): NonNullable<RootSigned['x-imprint-national']> {
  const { parties, emergency: policy } = options;
  const emergency = policy && emergencyKeys(parties, policy, 'national');
  const roles = {
    ...topLevelRoles(options, 'national'),
    release: partyRole(parties, 'national'),
    ...(emergency === undefined ? {} : { emergency }),
  };
  return { keys: keysOfSuite(options, 'national'), roles };
}

function servicePolicy(pinned: readonly PublicKey[], profile: CryptoProfile): ServicePolicy {
  const ofSuite = (suite: SignatureSuite) =>
    suitesOfProfile(profile).includes(suite)
      ? keyTable(pinned.filter((key) => suiteOf(key.scheme) === suite))
      : {};
  const keys = ofSuite('standard');
  return profile === 'intl' ? { keys } : { keys, nationalKeys: ofSuite('national') };
}
