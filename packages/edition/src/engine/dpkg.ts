import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type PackageControl, parseControl } from '../drivers/debian/control.ts';
import { unpackOrder } from '../drivers/debian/unpack-order.ts';
import type { PlannedPackage } from '../plan/model.ts';
import { runTool, runToolText } from '../tools/run-tool.ts';
import { enter, type Inside } from './chroot.ts';
import { buildError } from './errors.ts';
import type { ExecutionContext } from './execution-context.ts';
import { mapLimited } from './map-limited.ts';
import { pipeTools } from './pipe-tools.ts';

const controlFields = ['Package', 'Essential', 'Provides', 'Depends', 'Pre-Depends'];
const statusFormat = `${['Package', 'Version', 'Architecture', 'db:Status-Status'].map((field) => `\${${field}}`).join(' ')}\\n`;
const policyFile = '/usr/sbin/policy-rc.d';

/** Where a package's `.deb` stands inside the tree while dpkg works: the content store, shown below /tmp. */
function shownPath(context: ExecutionContext, sha256: string): string {
  return context.store.path(sha256).replace(context.store.directory, '/tmp/store');
}

async function readControls(
  context: ExecutionContext,
  packages: readonly PlannedPackage[],
): Promise<PackageControl[]> {
  const { store, signal } = context;
  return mapLimited(packages, 2, async ({ sha256 }) => {
    const text = await runToolText(['dpkg-deb', '--field', store.path(sha256), ...controlFields], { signal });
    return parseControl(text);
  });
}

/** Keeps services from starting while packages are configured. Source: invoke-rc.d(8), policy-rc.d. */
async function withoutServices<T>(root: string, work: () => Promise<T>): Promise<T> {
  const path = join(root, policyFile);
  await writeFile(path, '#!/bin/sh\nexit 101\n');
  await chmod(path, 0o755);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

interface DpkgRun {
  readonly inside: Inside;
  readonly context: ExecutionContext;
  readonly total: number;
  done: number;
}

async function dpkg(run: DpkgRun, options: readonly string[], paths: readonly string[]): Promise<void> {
  const onLine = (line: string) => {
    if (!line.startsWith('Setting up ')) return;
    run.done += 1;
    const name = line.slice('Setting up '.length).split(' ')[0] ?? '';
    run.context.progress({
      kind: 'progress',
      step: name,
      done: run.done,
      total: run.total,
      unit: 'packages',
    });
  };
  const argv = [
    'dpkg',
    '--force-unsafe-io',
    '--log=/dev/null',
    '--no-pager',
    ...options,
    '--install',
    ...paths,
  ];
  await run.inside.run(argv, { onLine });
}

async function inTree<T>(context: ExecutionContext, work: (inside: Inside) => Promise<T>): Promise<T> {
  const inside = await enter(context.root, context);
  try {
    await inside.show(context.store.directory, 'store');
    return await withoutServices(context.root, () => work(inside));
  } finally {
    await inside.leave();
  }
}

/** Makes the directories' links of a merged /usr before anything is unpacked. Source: Debian Policy §9.1.1, usrmerge. */
async function makeMergedUsr(root: string): Promise<void> {
  for (const name of ['bin', 'sbin', 'lib', 'lib64']) {
    await mkdir(join(root, 'usr', name), { recursive: true });
    await symlink(`usr/${name}`, join(root, name));
  }
}

/** Unpacks essential packages without dpkg, so that dpkg can run in the tree; it installs them again properly. */
async function unpackEssential(
  context: ExecutionContext,
  packages: readonly PlannedPackage[],
): Promise<void> {
  await mapLimited(packages, 2, ({ sha256 }) =>
    pipeTools(
      ['dpkg-deb', '--fsys-tarfile', context.store.path(sha256)],
      [
        'tar',
        '--extract',
        '--preserve-permissions',
        '--numeric-owner',
        '--keep-directory-symlink',
        '--directory',
        context.root,
        '--file=-',
      ],
      context.signal,
    ),
  );
  await writeFile(join(context.root, 'var/lib/dpkg/status'), '');
}

async function installOrdered(
  context: ExecutionContext,
  packages: readonly PlannedPackage[],
  bootstrap: boolean,
): Promise<void> {
  const controls = await readControls(context, packages);
  const byName = new Map(controls.map(({ name }, at) => [name, packages[at]]));
  const chosen = (names: readonly string[]) => names.flatMap((name) => byName.get(name) ?? []);
  const { essential, batches } = unpackOrder(controls, bootstrap);
  if (bootstrap) {
    await makeMergedUsr(context.root);
    await unpackEssential(context, chosen(essential));
  }
  const paths = (names: readonly string[]) => chosen(names).map(({ sha256 }) => shownPath(context, sha256));
  await inTree(context, async (inside) => {
    const run: DpkgRun = { inside, context, total: packages.length, done: 0 };
    if (bootstrap) await dpkg(run, ['--force-depends'], paths(essential));
    for (const batch of batches) await dpkg(run, [], paths(batch));
  });
}

/** @throws BUILD_PACKAGE_SET unless exactly the expected packages are installed */
async function expectPackages(context: ExecutionContext, expected: readonly PlannedPackage[]): Promise<void> {
  const admin = `--admindir=${join(context.root, 'var/lib/dpkg')}`;
  const argv = ['dpkg-query', admin, '--show', '--showformat', statusFormat];
  const found = new Set(
    (await runTool(argv, { signal: context.signal })).stdout.toString('utf8').trim().split('\n'),
  );
  const wanted = new Set(expected.map((one) => `${one.name} ${one.version} ${one.architecture} installed`));
  const missing = [...wanted].filter((line) => !found.has(line));
  const unexpected = [...found].filter((line) => !wanted.has(line));
  const [first] = [...missing, ...unexpected];
  if (first === undefined) return;
  throw buildError('BUILD_PACKAGE_SET', { missing: missing.length, unexpected: unexpected.length, first });
}

export async function bootstrapSystem(
  context: ExecutionContext,
  packages: readonly PlannedPackage[],
): Promise<void> {
  await installOrdered(context, packages, true);
  await expectPackages(context, packages);
}

export async function installUpstream(
  context: ExecutionContext,
  packages: readonly PlannedPackage[],
  expected: readonly PlannedPackage[],
): Promise<void> {
  await installOrdered(context, packages, false);
  await expectPackages(context, expected);
}

/** Installs local packages together; dpkg refuses them if what they depend on is not in the image. */
export async function installLocal(context: ExecutionContext, sha256s: readonly string[]): Promise<void> {
  await inTree(context, async (inside) => {
    const run: DpkgRun = { inside, context, total: sha256s.length, done: 0 };
    await dpkg(
      run,
      [],
      sha256s.map((sha256) => shownPath(context, sha256)),
    );
  });
}
