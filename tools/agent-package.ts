import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  lutimesSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { type BuildResult, build } from 'esbuild';

/** Every timestamp in the package, seconds since the epoch; moves with the package's version. */
export const sourceDateEpoch = Date.UTC(2026, 10, 23) / 1000;

const files: readonly { from: string; to: string; mode: number }[] = [
  { from: 'imprint-agent', to: 'usr/bin/imprint-agent', mode: 0o755 },
  { from: 'agent-loop', to: 'usr/lib/imprint-agent/agent-loop', mode: 0o755 },
  ...['seed.service', 'seed-clean.service', 'seed-clean.path'].map((kind) => ({
    from: `imprint-agent-${kind}`,
    to: `usr/lib/systemd/system/imprint-agent-${kind}`,
    mode: 0o644,
  })),
  { from: 'agent-patch', to: 'usr/lib/imprint-agent/agent-patch', mode: 0o755 },
  { from: 'imprint-agent.service', to: 'usr/lib/systemd/system/imprint-agent.service', mode: 0o644 },
  ...['service', 'path', 'timer'].map((kind) => ({
    from: `imprint-agent-patch.${kind}`,
    to: `usr/lib/systemd/system/imprint-agent-patch.${kind}`,
    mode: 0o644,
  })),
  { from: 'copyright', to: 'usr/share/doc/imprint-agent/copyright', mode: 0o644 },
  { from: 'postinst', to: 'DEBIAN/postinst', mode: 0o755 },
  { from: 'prerm', to: 'DEBIAN/prerm', mode: 0o755 },
  { from: 'postrm', to: 'DEBIAN/postrm', mode: 0o755 },
];

const bundlePath = 'usr/lib/imprint-agent/imprint-agent.mjs';
/** Units that start by themselves: enabled by links in the package, in an image build as on a device. */
const enabledUnits = [
  ['multi-user.target', 'imprint-agent.service'],
  ['paths.target', 'imprint-agent-patch.path'],
  ['paths.target', 'imprint-agent-seed-clean.path'],
  ['timers.target', 'imprint-agent-patch.timer'],
] as const;

/** Bundles the agent into one ESM file for Node ≥ 18 and names every module in it with its bytes, largest first. */
export async function bundleAgent(root: string, outfile: string): Promise<{ modules: [string, number][] }> {
  const result: BuildResult<{ metafile: true }> = await build({
    absWorkingDir: root,
    entryPoints: ['packages/agent/src/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node18',
    charset: 'utf8',
    legalComments: 'inline',
    metafile: true,
    logLevel: 'warning',
  });
  const [output] = Object.values(result.metafile.outputs);
  const modules = Object.entries(output?.inputs ?? {})
    .map(([path, { bytesInOutput }]): [string, number] => [path, bytesInOutput])
    .filter(([, bytes]) => bytes > 0)
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return { modules };
}

function place(tree: string, to: string, mode: number, write: (path: string) => void): void {
  const path = join(tree, to);
  mkdirSync(dirname(path), { recursive: true });
  write(path);
  chmodSync(path, mode);
}

/** dpkg's own list of digests, so that `dpkg --verify` and the evidence know each file. */
function md5sums(tree: string): string {
  return readdirSync(join(tree, 'usr'), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(tree, join(entry.parentPath, entry.name)))
    .sort()
    .map(
      (path) =>
        `${createHash('md5')
          .update(readFileSync(join(tree, path)))
          .digest('hex')}  ${path}\n`,
    )
    .join('');
}

/** Directory modes and every time are set by hand: neither the umask nor the clock reaches the package. */
function normalise(path: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isDirectory() === true) {
    for (const name of readdirSync(path)) normalise(join(path, name));
    chmodSync(path, 0o755);
  }
  lutimesSync(path, sourceDateEpoch, sourceDateEpoch);
}

function treeBytes(path: string): number {
  return readdirSync(path, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function fillTree(root: string, tree: string): Promise<void> {
  const source = join(root, 'packages/agent/debian');
  mkdirSync(join(tree, dirname(bundlePath)), { recursive: true });
  await bundleAgent(root, join(tree, bundlePath));
  chmodSync(join(tree, bundlePath), 0o644);
  for (const { from, to, mode } of files) {
    place(tree, to, mode, (path) => copyFileSync(join(source, from), path));
  }
  for (const [target, unit] of enabledUnits) {
    const wants = join(tree, 'usr/lib/systemd/system', `${target}.wants`);
    mkdirSync(wants, { recursive: true });
    symlinkSync(`../${unit}`, join(wants, unit));
  }
  const { version } = JSON.parse(readFileSync(join(root, 'packages/agent/package.json'), 'utf8')) as {
    version: string;
  };
  const control = readFileSync(join(source, 'control'), 'utf8')
    .replace('@VERSION@', version)
    .replace('@INSTALLED_SIZE@', String(Math.ceil(treeBytes(join(tree, 'usr')) / 1024)));
  place(tree, 'DEBIAN/control', 0o644, (path) => writeFileSync(path, control));
  place(tree, 'DEBIAN/md5sums', 0o644, (path) => writeFileSync(path, md5sums(tree)));
}

export interface AgentPackage {
  readonly deb: string;
  readonly bundle: string;
  readonly bundleBytes: number;
  readonly debBytes: number;
  readonly sha256: string;
}

/** Builds `imprint-agent.deb` and `imprint-agent.mjs` into `outDir`: the same sources give the same bytes in any folder. */
export async function buildAgentPackage(options: { root: string; outDir: string }): Promise<AgentPackage> {
  const { root, outDir } = options;
  const work = mkdtempSync(join(tmpdir(), 'imprint-agent-'));
  try {
    const tree = join(work, 'tree');
    await fillTree(root, tree);
    normalise(tree);
    const made = join(outDir, `.imprint-agent.deb.${process.pid}`);
    execFileSync(
      'dpkg-deb',
      ['--root-owner-group', '-Zxz', '-z6', '--threads-max=1', '--build', tree, made],
      {
        env: { ...process.env, SOURCE_DATE_EPOCH: String(sourceDateEpoch) },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const deb = join(outDir, 'imprint-agent.deb');
    const bundle = join(outDir, 'imprint-agent.mjs');
    copyFileSync(join(tree, bundlePath), `${bundle}.${process.pid}`);
    renameSync(`${bundle}.${process.pid}`, bundle);
    renameSync(made, deb);
    const bytes = readFileSync(deb);
    return {
      deb,
      bundle,
      bundleBytes: statSync(bundle).size,
      debBytes: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
    };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
