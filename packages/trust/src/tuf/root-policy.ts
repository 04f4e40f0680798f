import type { CryptoProfile, PartyPolicy } from '@imprint/protocol';
import { type PublicKey, type SignatureSuite, suiteOf } from '../keys/types.ts';
import { checkEmergency } from './emergency-policy.ts';
import { tufError } from './errors.ts';
import {
  allRoles,
  type Metadata,
  type NationalPolicy,
  type RoleKeys,
  type RootSigned,
  type TufKey,
} from './model.ts';
import { fromTufKey } from './tuf-key.ts';

/** Key id as listed → key. */
export type KeyTable = ReadonlyMap<string, PublicKey>;

const suitesOf: Readonly<Record<CryptoProfile, readonly SignatureSuite[]>> = {
  intl: ['standard'],
  national: ['national'],
  dual: ['standard', 'national'],
};

/** Returns the suites that every approval has to carry under a profile. */
export function suitesOfProfile(profile: CryptoProfile): readonly SignatureSuite[] {
  return suitesOf[profile];
}

/**
 * Reads the keys a file lists, all of one suite; key types nobody knows are left out.
 *
 * @throws TRUST_TUF_DUPLICATE_KEY when one key stands under two ids, in whatever spelling
 * @throws TRUST_TUF_MALFORMED for a key of the other suite
 */
export function readKeys(
  keys: Readonly<Record<string, TufKey>>,
  suite: SignatureSuite,
  name: string,
): KeyTable {
  const known = parsed[suite].get(keys);
  if (known !== undefined) return known;
  const table = new Map<string, PublicKey>();
  const fingerprints = new Set<string>();
  for (const [listedId, listed] of Object.entries(keys)) {
    const key = fromTufKey(listed);
    if (key === undefined) continue;
    if (suiteOf(key.scheme) !== suite)
      throw tufError('TRUST_TUF_MALFORMED', { name, got: `a key of scheme ${key.scheme}` });
    if (fingerprints.has(key.keyId)) throw tufError('TRUST_TUF_DUPLICATE_KEY', { name });
    fingerprints.add(key.keyId);
    table.set(listedId, key);
  }
  parsed[suite].set(keys, table);
  return table;
}

/** Metadata never changes once parsed, and decoding points is what a refresh spends most on. */
const parsed: Readonly<Record<SignatureSuite, WeakMap<object, KeyTable>>> = {
  standard: new WeakMap(),
  national: new WeakMap(),
};

/** Returns the profile a root pins; `intl` when it pins none. */
export function cryptoProfileOf(root: Metadata<RootSigned>): CryptoProfile {
  return root.signed['x-imprint-profile'] ?? 'intl';
}

/** Returns who may approve a release. @throws TRUST_POLICY_MISSING */
export function partyPolicyOf(root: Metadata<RootSigned>): PartyPolicy {
  const policy = root.signed['x-imprint-parties'];
  if (policy === undefined || Object.keys(policy.parties).length === 0)
    throw tufError('TRUST_POLICY_MISSING');
  return policy;
}

/** What the standard fields of metadata carry: SM2 keys themselves where the profile knows no other suite. */
export function standardFieldSuite(profile: CryptoProfile): SignatureSuite {
  return profile === 'national' ? 'national' : 'standard';
}

/** Returns a root's national policy; undefined where the profile demands none. @throws TRUST_TUF_NATIONAL_ROLE when any role is left out */
export function nationalPolicyOf(root: Metadata<RootSigned>): NationalPolicy | undefined {
  if (cryptoProfileOf(root) === 'intl') return undefined;
  const policy = root.signed['x-imprint-national'];
  for (const role of allRoles) nationalRole(policy, role);
  return policy;
}

/** Returns a role's national keys. @throws TRUST_TUF_NATIONAL_ROLE when it is left out */
export function nationalRole(policy: NationalPolicy | undefined, role: string): RoleKeys {
  const found = policy !== undefined && Object.hasOwn(policy.roles, role) ? policy.roles[role] : undefined;
  if (found === undefined) throw tufError('TRUST_TUF_NATIONAL_ROLE', { role });
  return found;
}

/** Returns every key a root holds, by fingerprint: where party keys are found. */
export function keysOfRoot(root: Metadata<RootSigned>): ReadonlyMap<string, PublicKey> {
  const standard = readKeys(root.signed.keys, standardFieldSuite(cryptoProfileOf(root)), 'root.json');
  const national = readKeys(root.signed['x-imprint-national']?.keys ?? {}, 'national', 'root.json');
  return new Map([...standard.values(), ...national.values()].map((key) => [key.keyId, key]));
}

/**
 * Returns the keys whose licence tokens a root accepts, those of its profile's suites; empty where it pins none.
 *
 * @throws TRUST_TUF_DUPLICATE_KEY, TRUST_TUF_MALFORMED
 */
export const licenceKeysOf = (root: Metadata<RootSigned>): readonly PublicKey[] =>
  serviceKeysOf(root, 'x-imprint-licensing');

/**
 * Returns the keys whose antivirus definitions a root accepts, those of its profile's suites; empty where it pins none.
 *
 * @throws TRUST_TUF_DUPLICATE_KEY, TRUST_TUF_MALFORMED
 */
export const definitionKeysOf = (root: Metadata<RootSigned>): readonly PublicKey[] =>
  serviceKeysOf(root, 'x-imprint-definitions');

type Service = 'x-imprint-licensing' | 'x-imprint-definitions';
const noKeys = {};

function serviceKeysOf(root: Metadata<RootSigned>, service: Service): readonly PublicKey[] {
  const policy = root.signed[service];
  if (policy === undefined) return [];
  const tables = { standard: policy.keys, national: policy.nationalKeys ?? noKeys };
  return suitesOfProfile(cryptoProfileOf(root)).flatMap((suite) => [
    ...readKeys(tables[suite], suite, service).values(),
  ]);
}

const serviceCodes = {
  'x-imprint-licensing': 'TRUST_LICENCE_KEYS_INVALID',
  'x-imprint-definitions': 'TRUST_DEFINITION_KEYS_INVALID',
} as const;

/** Checks that a service's keys serve every suite of the profile and sign nothing else. Licence tokens know no ECDSA. */
function checkService(
  root: Metadata<RootSigned>,
  service: Service,
  others: ReadonlyMap<string, PublicKey>,
): void {
  if (root.signed[service] === undefined) return;
  const keys = serviceKeysOf(root, service);
  for (const { keyId, scheme } of keys) {
    if (others.has(keyId)) throw tufError('TRUST_TUF_DUPLICATE_KEY', { name: service });
    if (service === 'x-imprint-licensing' && scheme === 'ecdsa-sha2-nistp256')
      throw tufError('TRUST_LICENCE_KEYS_INVALID', { got: `a key of scheme ${scheme}` });
  }
  for (const suite of suitesOfProfile(cryptoProfileOf(root))) {
    if (!keys.some(({ scheme }) => suiteOf(scheme) === suite))
      throw tufError(serviceCodes[service], { got: `no ${suite} key` });
  }
}

/** Returns a party's key ids of one suite. */
export function partyKeyIds(party: PartyPolicy['parties'][string], suite: SignatureSuite): readonly string[] {
  return suite === 'standard' ? party.keyIds : (party.nationalKeyIds ?? []);
}

/**
 * Checks that a root's policies agree with each other and with its keys.
 *
 * @throws TRUST_POLICY_INVALID when a party could not meet its own threshold, or an emergency lowers none that can be
 * @throws TRUST_TUF_DUPLICATE_KEY when two parties share a key
 * @throws TRUST_LICENCE_KEYS_INVALID, TRUST_DEFINITION_KEYS_INVALID when a suite of the profile has no such key
 * @throws TRUST_TUF_NATIONAL_ROLE, TRUST_TUF_MALFORMED
 */
export function checkRootPolicy(root: Metadata<RootSigned>): void {
  const keys = keysOfRoot(root);
  nationalPolicyOf(root);
  checkService(root, 'x-imprint-licensing', keys);
  const licensing = licenceKeysOf(root).map((key) => [key.keyId, key] as const);
  checkService(root, 'x-imprint-definitions', new Map([...keys, ...licensing]));
  const policy = root.signed['x-imprint-parties'];
  const emergency = root.signed['x-imprint-emergency'];
  checkEmergency(emergency, policy?.parties);
  if (emergency !== undefined && cryptoProfileOf(root) !== 'intl')
    nationalRole(root.signed['x-imprint-national'], 'emergency');
  if (policy === undefined) return;
  const seen = new Set<string>();
  for (const [name, party] of Object.entries(policy.parties)) {
    for (const suite of suitesOf[cryptoProfileOf(root)]) {
      const ids = partyKeyIds(party, suite);
      if (ids.length < party.threshold)
        throw tufError('TRUST_POLICY_INVALID', {
          got: `${ids.length} ${suite} keys of ${name} for a threshold of ${party.threshold}`,
        });
      for (const id of ids) {
        const key = keys.get(id);
        if (key === undefined || suiteOf(key.scheme) !== suite)
          throw tufError('TRUST_POLICY_INVALID', { got: `no ${suite} key ${id} of ${name}` });
        if (seen.has(id)) throw tufError('TRUST_TUF_DUPLICATE_KEY', { name: 'x-imprint-parties' });
        seen.add(id);
      }
    }
  }
}
