import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openContentStore } from '@imprint/edition';
import { type Contender, compare, measureCommand } from './measure.ts';
import type { Section } from './table.ts';
import type { Workshop } from './workshop.ts';

const rounds = 1;

/** The upstream packages as apt's cache names them, so that no contender waits for the network. */
async function fillArchiveCache({ lock, home }: Workshop, directory: string): Promise<void> {
  const store = openContentStore(join(home, 'store'));
  await mkdir(directory, { recursive: true });
  for (const { name, version, architecture, sha256 } of [...lock.base, ...lock.packages]) {
    const file = `${name}_${version.replaceAll(':', '%3a')}_${architecture}.deb`;
    await copyFile(store.path(sha256), join(directory, file));
  }
}

function mmdebstrap(workshop: Workshop, archives: string): Contender {
  const { lock, directory } = workshop;
  const [base] = lock.archives;
  const names = [...lock.base, ...lock.packages].map(({ name }) => name);
  const target = join(directory, 'mmdebstrap');
  const suite = lock.manifest.base.debian.suite;
  const mirrors = lock.archives.map(({ mirror, suite: name }) => `deb ${mirror} ${name} main`);
  const hook = `mkdir -p "$1/var/cache/apt/archives" && cp ${archives}/*.deb "$1/var/cache/apt/archives/"`;
  const args = ['--variant=custom', `--include=${names.join(',')}`, `--setup-hook=${hook}`];
  if (base === undefined) throw new TypeError('the lock names no archive');
  return {
    name: 'mmdebstrap, the same packages, a directory only',
    run: async () => {
      await rm(target, { recursive: true, force: true });
      const skip = ['--skip=download/empty', '--format=directory'];
      return measureCommand('mmdebstrap', [...args, ...skip, suite, target, ...mirrors]);
    },
  };
}

/** A recipe in debos's own terms for the same packages and one changed file; YAML is a superset of JSON. */
function debos(workshop: Workshop): Contender {
  const { lock, directory } = workshop;
  const names = [...lock.base, ...lock.packages].map(({ name }) => name);
  const [base] = lock.archives;
  const sources = lock.archives.map(({ mirror, suite }) => `'deb ${mirror} ${suite} main'`).join(' ');
  const recipe = {
    architecture: 'amd64',
    actions: [
      {
        action: 'debootstrap',
        suite: lock.manifest.base.debian.suite,
        components: ['main'],
        mirror: base?.mirror,
        variant: 'minbase',
      },
      { action: 'run', chroot: true, command: `printf '%s\\n' ${sources} > /etc/apt/sources.list` },
      { action: 'apt', recommends: false, packages: names },
      { action: 'run', chroot: true, command: 'echo policy > /etc/imprint-bench' },
      { action: 'pack', file: 'rootfs.tar.gz', compression: 'gz' },
    ],
  };
  const file = join(directory, 'debos.yaml');
  const artifacts = join(directory, 'debos');
  return {
    name: 'debos, the same packages, a tar.gz only',
    run: async () => {
      await rm(artifacts, { recursive: true, force: true });
      await mkdir(artifacts, { recursive: true });
      await writeFile(file, JSON.stringify(recipe));
      return measureCommand('debos', ['--disable-fakemachine', '--artifactdir', artifacts, file]);
    },
  };
}

/** Cold and policy-only builds of the sample edition against the floor and a peer. */
export async function buildSection(workshop: Workshop): Promise<Section> {
  const archives = join(workshop.directory, 'archives');
  await fillArchiveCache(workshop, archives);
  const cold: Contender = {
    name: 'imprint, cold: root tree, squashfs, disk, all evidence',
    run: async () => {
      await workshop.forgetBuilds();
      return workshop.imprint('edition', 'build', workshop.lockFile);
    },
  };
  const policy: Contender = {
    name: 'imprint, one policy changed: all outputs and evidence again',
    run: workshop.buildWithOtherPolicy,
  };
  const unchanged: Contender = {
    name: 'imprint, nothing changed',
    run: () => workshop.imprint('edition', 'build', workshop.lockFile),
  };
  const rows = await compare(
    [mmdebstrap(workshop, archives), cold, policy, unchanged, debos(workshop)],
    rounds,
  );
  return {
    title: 'Build of gov-base',
    note: 'Packages are on disk already for imprint and mmdebstrap; debos fetches them from the mirror and begins anew for every change.',
    base: rows[0]?.name ?? '',
    rows,
  };
}
