import {
  type DebianLock,
  type PackedPackage,
  type PatchSet,
  type PatchSetPackage,
  patchSetLimits,
} from '@imprint/protocol';

/** A package that a lock puts on a device. `id` is the same in every lock that has it, whatever its version. */
export interface LockedDeb {
  readonly id: string;
  readonly sha256: string;
  /** Absent where only the package itself tells: of an edition's own components. */
  readonly package?: PackedPackage | undefined;
}

/** An earlier release that devices may run; `patchSet` is what brought devices to it. */
export interface PatchSource {
  readonly lock: DebianLock;
  readonly lockSha256: string;
  readonly patchSet?: PatchSet | undefined;
}

/** What is to be encoded for one package: from which old packages, newest release first. */
export interface ChangedDeb extends LockedDeb {
  readonly olds: readonly LockedDeb[];
}

/** Every package of a lock: upstream's, and the edition's own; its tools are not among them. */
export function lockedDebs({ base, packages, inputs }: DebianLock): LockedDeb[] {
  const own = inputs.filter(({ role }) => role === 'component');
  return [
    ...[...base, ...packages].map(({ name, version, architecture, sha256 }) => ({
      ...{ id: `upstream ${name}`, sha256 },
      package: { name, version, architecture },
    })),
    ...own.map(({ name, sha256 }) => ({ id: `component ${name}`, sha256 })),
  ];
}

type From = PatchSet['from'];

/** The releases a set starts from: the sources, then those that the sources' own sets start from. */
export function startingReleases(from: readonly PatchSource[]): From {
  const own = from.map(({ lock, lockSha256 }) => ({ version: lock.version, lockSha256 }));
  const theirs = from.flatMap(({ patchSet }) => patchSet?.from ?? []);
  const known = new Set<string>();
  const unique = [...own, ...theirs].filter(({ lockSha256 }) => {
    const isNew = !known.has(lockSha256);
    known.add(lockSha256);
    return isNew;
  });
  return unique.slice(0, patchSetLimits.releases);
}

const isSame = (a: PackedPackage, b: PackedPackage | undefined) =>
  a.name === b?.name && a.version === b.version && a.architecture === b.architecture;

/** The entry by which an earlier set brought this very package, if one did. */
export function carriedEntry(deb: LockedDeb, from: readonly PatchSource[]): PatchSetPackage | undefined {
  for (const { lock, patchSet } of from) {
    const isUnchanged = lockedDebs(lock).some(({ id, sha256 }) => id === deb.id && sha256 === deb.sha256);
    const entry = patchSet?.packages.find((one) => isSame(one, deb.package));
    if (isUnchanged && entry !== undefined) return entry;
  }
  return undefined;
}

/**
 * The packages that a release which the set starts from lacks or has in other bytes. Where a release's lock is not among
 * the sources, those count that an earlier set brought to its devices.
 */
export function changedDebs(debs: readonly LockedDeb[], from: readonly PatchSource[]): ChangedDeb[] {
  const sources = from.map(({ lock }) => new Map(lockedDebs(lock).map((deb) => [deb.id, deb])));
  const known = new Set(from.map(({ lockSha256 }) => lockSha256));
  const isExact = startingReleases(from).every(({ lockSha256 }) => known.has(lockSha256));
  return debs.flatMap((deb) => {
    const theirs = sources.map((source) => source.get(deb.id));
    const isChanged = theirs.some((old) => old?.sha256 !== deb.sha256);
    if (!isChanged && (isExact || carriedEntry(deb, from) === undefined)) return [];
    const olds = new Map<string, LockedDeb>();
    for (const old of theirs) {
      if (old !== undefined && old.sha256 !== deb.sha256) olds.set(old.sha256, old);
    }
    return [{ ...deb, olds: [...olds.values()] }];
  });
}
