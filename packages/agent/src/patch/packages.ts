import type { PackReference, PatchSet, PatchSetPackage } from '@imprint/protocol';
import type { DpkgPackage } from '../observe/dpkg.ts';
import { isUnfinished } from './current.ts';

/** One package that has to be installed, and what brings it: a patch from what is installed, or its whole pack. */
export interface PackageChange {
  readonly package: PatchSetPackage;
  readonly installed?: DpkgPackage;
  readonly patch?: PackReference;
}

/** What apt is to do, computed from what dpkg says is there: running it again after an interruption gives what is left. */
export interface PackagePlan {
  readonly install: readonly PackageChange[];
  /** Packages of the release that runs which the new one has not. */
  readonly remove: readonly string[];
  /** Those of them that serve the running kernel: removed once another one runs. */
  readonly leftover: readonly string[];
  /** Packages to be installed or removed that are held. */
  readonly held: readonly string[];
}

/** The names of the packages that a release consists of. */
export type ReleasePackages = ReadonlyMap<string, string>;

const installedAs = (packages: readonly DpkgPackage[], { name, architecture }: PatchSetPackage) =>
  packages.find((one) => one.name === name && one.architecture === architecture) ??
  packages.find((one) => one.name === name);

const isAsApproved = (installed: DpkgPackage | undefined, wanted: PatchSetPackage): boolean =>
  installed !== undefined &&
  !isUnfinished(installed) &&
  installed.version === wanted.version &&
  installed.architecture === wanted.architecture;

function changeOf(wanted: PatchSetPackage, installed: DpkgPackage | undefined): PackageChange {
  if (installed === undefined) return { package: wanted };
  const patch = wanted.patches.find(
    ({ fromVersion, fromArchitecture }) =>
      fromVersion === installed.version && fromArchitecture === installed.architecture,
  )?.patch;
  // Files of a package that dpkg did not finish are of one version or the other.
  const isUsable = patch !== undefined && !isUnfinished(installed);
  return { package: wanted, installed, ...(isUsable ? { patch } : {}) };
}

/**
 * What is left to do. Packages that neither release names are an administrator's and stay. Without the list of the release that
 * runs nothing is removed.
 */
export function planPackages(
  set: PatchSet,
  packages: readonly DpkgPackage[],
  target: ReleasePackages,
  running: ReleasePackages | undefined,
  kernel: string,
): PackagePlan {
  const install = set.packages.flatMap((wanted) => {
    const installed = installedAs(packages, wanted);
    return isAsApproved(installed, wanted) ? [] : [changeOf(wanted, installed)];
  });
  const gone = [...new Set(packages.map(({ name }) => name))].filter(
    (name) => running?.has(name) === true && !target.has(name),
  );
  const leftover = gone.filter((name) => kernel !== '' && name.endsWith(`-${kernel}`));
  const remove = gone.filter((name) => !leftover.includes(name));
  const touched = new Set([...install.map((one) => one.package.name), ...remove]);
  const held = packages.filter(({ name, isHeld }) => isHeld && touched.has(name)).map(({ name }) => name);
  return { install, remove: remove.sort(), leftover: leftover.sort(), held: [...new Set(held)].sort() };
}
