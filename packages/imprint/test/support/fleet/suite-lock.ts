import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DebianLock, LockedPackage } from '@imprint/protocol';
import { type PackageIndex, readPackageIndex } from '../../../../edition/src/lock/package-index.ts';
import { lockedPackage } from '../../../../edition/src/lock/resolve-groups.ts';

/** The index of the suite itself that `edition lock` left in a home's cache. */
async function suiteIndex(home: string, suite: string): Promise<PackageIndex> {
  const caches = join(home, 'cache/apt');
  const ending = `_dists_${suite}_main_binary-amd64_Packages`;
  for (const cache of readdirSync(caches)) {
    const lists = join(caches, cache, 'lists');
    const name = readdirSync(lists).find((one) => one.endsWith(ending) && !one.includes('security'));
    if (name !== undefined) return readPackageIndex([{ archive: 'base', path: join(lists, name) }]);
  }
  throw new Error(`no index of ${suite} below ${caches}`);
}

/** A kernel's own package has its version in its name; the one that stands for it has not. */
const isKernel = ({ name }: LockedPackage) => /^linux-image-\d/.test(name);

/** The version of a lock's kernel, as it names itself when it starts. */
export function kernelVersion({ base, packages }: DebianLock): string {
  const kernel = [...base, ...packages].find(isKernel);
  if (kernel === undefined) throw new Error('the lock has no kernel');
  return kernel.name.replace('linux-image-', '');
}

/** A lock as the suite was before any update: what security and updates changed is taken at the suite's own version. */
export async function beforeUpdates(home: string, lock: DebianLock): Promise<DebianLock> {
  const index = await suiteIndex(home, lock.manifest.base.debian.suite);
  const newest = (name: string) => {
    const [version] = index.versions(name);
    return version === undefined ? undefined : lockedPackage({ index }, name, version);
  };
  // The metapackage of the edition's kernel, which names the one it stands for.
  const meta =
    [...lock.base, ...lock.packages].find(({ name }) => /^linux-image-(?!\d)/.test(name))?.name ?? '';
  const depends = index.find(meta, index.versions(meta)[0] ?? '')?.stanza.Depends ?? '';
  const kernel = /linux-image-\d\S*/.exec(depends)?.[0] ?? '';
  const earlier = (packages: readonly LockedPackage[]) =>
    packages
      .flatMap((one) => {
        if (one.archive === 'base') return [one];
        const found = newest(isKernel(one) ? kernel : one.name);
        return found === undefined ? [] : [found];
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  return { ...lock, base: earlier(lock.base), packages: earlier(lock.packages) };
}
