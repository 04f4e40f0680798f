import type { EditionLock, LockedPackage, ReleaseManifest } from '@imprint/protocol';

/** One package that is not the same in two releases; `before` or `after` is absent where it is new or gone. */
export interface PackageChange {
  readonly name: string;
  readonly before?: string;
  readonly after?: string;
}

/** What a release changes against the one before, as far as both locks and manifests tell. */
export interface ReleaseDifference {
  readonly previous: { readonly version: string; readonly sequence: number };
  readonly packages: readonly PackageChange[];
  readonly policy: readonly { readonly id: string; readonly before?: string; readonly after?: string }[];
  readonly inputs: readonly { readonly name: string; readonly before?: string; readonly after?: string }[];
  readonly counts: {
    readonly before: ReleaseManifest['integrity'];
    readonly after: ReleaseManifest['integrity'];
  };
}

interface Side {
  readonly manifest: ReleaseManifest;
  readonly lock: EditionLock;
}

/** Compares two releases by their locks and manifests; lists are sorted by name. */
export function releaseDifference(before: Side, after: Side): ReleaseDifference {
  const packages = (side: Side) => versionsOf([...side.lock.base, ...side.lock.packages]);
  const inputs = (side: Side) =>
    new Map(side.lock.inputs.map((input) => [`${input.role}/${input.name}`, input.sha256]));
  const policy = (side: Side) =>
    new Map(Object.entries(side.manifest.policy).map(([id, value]) => [id, String(value)]));
  return {
    previous: { version: before.manifest.version, sequence: before.manifest.sequence },
    packages: changes(packages(before), packages(after)).map(({ key, ...rest }) => ({ name: key, ...rest })),
    policy: changes(policy(before), policy(after)).map(({ key, ...rest }) => ({ id: key, ...rest })),
    inputs: changes(inputs(before), inputs(after)).map(({ key, ...rest }) => ({ name: key, ...rest })),
    counts: { before: before.manifest.integrity, after: after.manifest.integrity },
  };
}

function versionsOf(packages: readonly LockedPackage[]): Map<string, string> {
  return new Map(packages.map(({ name, version, architecture }) => [`${name}:${architecture}`, version]));
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>) {
  const keys = [...new Set([...before.keys(), ...after.keys()])].sort();
  return keys
    .filter((key) => before.get(key) !== after.get(key))
    .map((key) => {
      const [was, is] = [before.get(key), after.get(key)];
      return {
        key,
        ...(was === undefined ? {} : { before: was }),
        ...(is === undefined ? {} : { after: is }),
      };
    });
}
