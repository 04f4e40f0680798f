import type { Component, DebianLock, LockedInput, LockedPackage } from '@imprint/protocol';
import type { PackageReference } from '../reference/model.ts';

/** What evidence needs to know of an upstream package beyond the lock. */
export type PackageFacts = Pick<
  PackageReference,
  'name' | 'version' | 'architecture' | 'maintainer' | 'homepage' | 'description' | 'licences'
>;

export interface UpstreamPart {
  readonly locked: LockedPackage;
  readonly facts: PackageFacts;
  /** The manifest's component this package is, where it is one. */
  readonly component?: Component | undefined;
}

export interface LocalPart {
  readonly input: LockedInput;
  readonly component: Component;
  readonly facts: PackageFacts;
  readonly evidence?: LockedInput | undefined;
}

/** Everything an image is made of, each part by digest. */
export interface BillOfMaterials {
  readonly lock: DebianLock;
  readonly lockSha256: string;
  readonly upstream: readonly UpstreamPart[];
  readonly local: readonly LocalPart[];
  /** Certificates and virus definitions. */
  readonly data: readonly LockedInput[];
}

export function factsOf(reference: PackageReference): PackageFacts {
  const { name, version, architecture, maintainer, homepage, description, licences } = reference;
  const facts = { name, version, architecture, maintainer, description, licences };
  return homepage === undefined ? facts : { ...facts, homepage };
}

/** A package URL. Source: package-url specification, type `deb`. */
export function packageUrl(
  { name, version, architecture }: Pick<LockedPackage, 'name' | 'version' | 'architecture'>,
  suite: string,
): string {
  const encode = (text: string) => encodeURIComponent(text).replaceAll('%3A', ':');
  return `pkg:deb/debian/${encode(name)}@${encode(version)}?arch=${architecture}&distro=${suite}`;
}

/** The lock's instant in RFC 3339, whole seconds: documents of one lock have the same bytes whenever they are made. */
export function lockInstant(lock: Pick<DebianLock, 'sourceDateEpoch'>): string {
  return new Date(lock.sourceDateEpoch * 1000).toISOString().replace('.000Z', 'Z');
}

/** A UUID (RFC 9562 version 8) drawn from a digest. */
export function uuidOf(sha256: string): string {
  const hex = `${sha256.slice(0, 12)}8${sha256.slice(13, 16)}a${sha256.slice(17, 32)}`;
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
