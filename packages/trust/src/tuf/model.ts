import type { CryptoProfile, EmergencyPolicy, PartyPolicy } from '@imprint/protocol';

/** The TUF version written; any 1.x is read. Source: TUF 1.0.34 §4.3. */
export const specVersion = '1.0.34';

export type TopLevelRole = 'root' | 'targets' | 'snapshot' | 'timestamp';
/** Every role a root has to have a policy for; `release` is delegated by targets, and so is `emergency` where a root allows it. */
export const allRoles = ['root', 'targets', 'snapshot', 'timestamp', 'release'] as const;
export type RoleName = (typeof allRoles)[number] | 'emergency';

/** A public key inside metadata. Source: TUF 1.0.34 §4.2. */
export interface TufKey {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

export interface RoleKeys {
  readonly keyids: readonly string[];
  readonly threshold: number;
}

interface SignedCommon {
  readonly spec_version: string;
  readonly version: number;
  /** UTC, whole seconds. */
  readonly expires: string;
}

/** National thresholds for every role; SM2 signs the same canonical bytes. Design: docs/design/trust-formats.md §4. */
export interface NationalPolicy {
  readonly keys: Readonly<Record<string, TufKey>>;
  readonly roles: Readonly<Record<string, RoleKeys>>;
}

/** Keys of a service, licensing or definitions, one suite a table. Design: docs/design/licence-formats.md §1. */
export interface ServicePolicy {
  readonly keys: Readonly<Record<string, TufKey>>;
  readonly nationalKeys?: Readonly<Record<string, TufKey>>;
}

/** Source: TUF 1.0.34 §4.3. */
export interface RootSigned extends SignedCommon {
  readonly _type: 'root';
  readonly consistent_snapshot?: boolean;
  readonly keys: Readonly<Record<string, TufKey>>;
  readonly roles: Readonly<Record<TopLevelRole, RoleKeys>>;
  readonly 'x-imprint-profile'?: CryptoProfile;
  readonly 'x-imprint-parties'?: PartyPolicy;
  readonly 'x-imprint-national'?: NationalPolicy;
  readonly 'x-imprint-licensing'?: ServicePolicy;
  readonly 'x-imprint-definitions'?: ServicePolicy;
  readonly 'x-imprint-emergency'?: EmergencyPolicy;
}

/** What a file lists about another metadata file. Source: TUF 1.0.34 §4.4. */
export interface MetaFile {
  readonly version: number;
  readonly length?: number;
  readonly hashes?: Readonly<Record<string, string>>;
}

/** Source: TUF 1.0.34 §4.6. */
export interface TimestampSigned extends SignedCommon {
  readonly _type: 'timestamp';
  readonly meta: Readonly<Record<string, MetaFile>>;
}

/** Source: TUF 1.0.34 §4.4. */
export interface SnapshotSigned extends SignedCommon {
  readonly _type: 'snapshot';
  readonly meta: Readonly<Record<string, MetaFile>>;
}

/** A target's length in bytes and digests; SM3 stands in `custom`, as clients must know every algorithm in `hashes`. Source: TUF 1.0.34 §4.5. */
export interface TargetFile {
  readonly length: number;
  readonly hashes: Readonly<Record<string, string>>;
  readonly custom?: Readonly<Record<string, unknown>>;
}

export interface DelegatedRole extends RoleKeys {
  readonly name: string;
  readonly terminating: boolean;
  readonly paths: readonly string[];
}

/** Source: TUF 1.0.34 §4.5. */
export interface TargetsSigned extends SignedCommon {
  readonly _type: 'targets';
  readonly targets: Readonly<Record<string, TargetFile>>;
  readonly delegations?: {
    readonly keys: Readonly<Record<string, TufKey>>;
    readonly roles: readonly DelegatedRole[];
  };
}

export type Signed = RootSigned | TimestampSigned | SnapshotSigned | TargetsSigned;

export interface MetadataSignature {
  readonly keyid: string;
  /** Hexadecimal. */
  readonly sig: string;
}

/** A metadata file as read: fields nobody here knows are kept, so that its signatures still hold. Source: TUF 1.0.34 §4.2. */
export interface Metadata<S extends Signed = Signed> {
  readonly signatures: readonly MetadataSignature[];
  readonly signed: S;
}

export type SignedOf<T extends Signed['_type']> = Extract<Signed, { _type: T }>;
