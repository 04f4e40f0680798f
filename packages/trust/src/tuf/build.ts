import { digestsOf, sha256Hex } from '../digests.ts';
import { emergencyKeys, emergencyRoleName } from './emergency.ts';
import { wholeSeconds } from './expiry.ts';
import {
  type Metadata,
  type MetaFile,
  type RootSigned,
  type SignedOf,
  type SnapshotSigned,
  specVersion,
  type TargetFile,
  type TargetsSigned,
  type TimestampSigned,
  type TufKey,
} from './model.ts';
import { encodeMetadata, parseMetadata } from './parse.ts';
import { partyRole } from './party-role.ts';
import { cryptoProfileOf, partyPolicyOf, standardFieldSuite } from './root-policy.ts';

interface BuildOptions {
  readonly version: number;
  /** UTC; fractions of a second are dropped. */
  readonly expires: string | Date;
}

function common({ version, expires }: BuildOptions): {
  spec_version: string;
  version: number;
  expires: string;
} {
  return { spec_version: specVersion, version, expires: wholeSeconds(expires) };
}

/** The target paths that the `release` role may list. */
export const releasePaths = ['*/*/release.json'] as const;
/** The target paths that the `emergency` role may list. */
const emergencyPaths = ['*/*/emergency.json'] as const;

/**
 * Builds unsigned top-level targets: no target of its own, a terminating delegation to `release`, which needs every party, and one
 * to `emergency` where the root has such a lane. Source: TUF 1.0.34 §4.5.
 */
export function buildTargets(
  options: BuildOptions & { readonly root: Metadata<RootSigned> },
): Metadata<TargetsSigned> {
  const { root } = options;
  const [policy, suite] = [partyPolicyOf(root), standardFieldSuite(cryptoProfileOf(root))];
  const role = partyRole(policy, suite);
  const lane = root.signed['x-imprint-emergency'];
  const emergency = lane && emergencyKeys(policy, lane, suite);
  const keys = Object.fromEntries(role.keyids.map((id) => [id, root.signed.keys[id] as TufKey]));
  const delegations = {
    keys,
    roles: [
      { name: 'release', ...role, terminating: true, paths: [...releasePaths] },
      ...(emergency === undefined
        ? []
        : [{ name: emergencyRoleName, ...emergency, terminating: true, paths: [...emergencyPaths] }]),
    ],
  };
  return checked({ _type: 'targets', ...common(options), targets: {}, delegations }, 'targets');
}

/** Returns what metadata lists about a target: length, SHA-256, and SM3 in `custom`. */
export function targetFileOf(bytes: Uint8Array): TargetFile {
  const { sha256, sm3 } = digestsOf(bytes);
  return { length: bytes.length, hashes: { sha256 }, custom: { sm3 } };
}

/** Builds unsigned metadata of the `release` or the `emergency` role. Source: TUF 1.0.34 §4.5. */
export function buildRelease(
  options: BuildOptions & { readonly targets: Readonly<Record<string, TargetFile>> },
): Metadata<TargetsSigned> {
  return checked({ _type: 'targets', ...common(options), targets: options.targets }, 'targets');
}

function metaFileOf(bytes: Uint8Array, version: number): MetaFile {
  return { version, length: bytes.length, hashes: { sha256: sha256Hex(bytes) } };
}

/** Builds an unsigned snapshot over encoded, signed files: role name → bytes. Source: TUF 1.0.34 §4.4. */
export function buildSnapshot(
  options: BuildOptions & { readonly files: Readonly<Record<string, Uint8Array>> },
): Metadata<SnapshotSigned> {
  const meta = Object.fromEntries(
    Object.entries(options.files).map(([role, bytes]) => {
      const name = `${role}.json`;
      return [name, metaFileOf(bytes, parseMetadata(bytes, 'targets', name).signed.version)];
    }),
  );
  return checked({ _type: 'snapshot', ...common(options), meta }, 'snapshot');
}

/** Builds an unsigned timestamp over the encoded, signed snapshot. Source: TUF 1.0.34 §4.6. */
export function buildTimestamp(
  options: BuildOptions & { readonly snapshot: Uint8Array },
): Metadata<TimestampSigned> {
  const { version } = parseMetadata(options.snapshot, 'snapshot').signed;
  const meta = { 'snapshot.json': metaFileOf(options.snapshot, version) };
  return checked({ _type: 'timestamp', ...common(options), meta }, 'timestamp');
}

/** Reads back what was built, so that nothing is signed that a client would refuse. */
function checked<T extends 'targets' | 'snapshot' | 'timestamp'>(
  signed: SignedOf<T>,
  type: T,
): Metadata<SignedOf<T>> {
  return parseMetadata(encodeMetadata({ signatures: [], signed }), type);
}
