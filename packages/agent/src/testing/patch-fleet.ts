import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type IntegrityEntry, type PatchSet, packPath, type RolloutTarget } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { isVolatile } from '../../../edition/src/evidence/integrity/runtime-paths.ts';
import { programBytes, rebuilt } from '../../../edition/src/packs/fixture.ts';
import { encodePack, encodePatch, writeCanonicalDeb } from '../../../edition/src/packs/index.ts';
import { blobPath } from '../release/evidence.ts';
import { type Ceremony, holdCeremony, publish, type ReleaseWishes, type Tree } from './repository.ts';
import { buildTinyDeb, installDebs, makeTinyRoot, type TinyDeb } from './tiny-root.ts';

export const lockOf = { 1: '11'.repeat(32), 2: '22'.repeat(32), 3: '33'.repeat(32) } as const;
export type ReleaseNumber = keyof typeof lockOf;

const program = programBytes(300_000, 'app');
const programs = { 1: program, 2: rebuilt(program), 3: rebuilt(rebuilt(program)) } as const;

/** A minute at most: a test that was given up leaves nothing behind. */
const waiting =
  'wait_for_test() { n=0; while [ ! -e /resume ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n + 1)); done; }';

/** Stops a maintainer script where a test wants it to be killed, or has it fail. */
const hook = (name: string): string =>
  [
    waiting,
    `if [ -e /pause-${name} ]; then rm /pause-${name}; touch /paused; wait_for_test; fi`,
    `if [ -e /fail-${name} ]; then echo "${name} fails" >&2; exit 1; fi`,
  ].join('\n');
const hooked = (name: string, ...scripts: readonly string[]) =>
  Object.fromEntries(scripts.map((script) => [script, hook(`${name}-${script}`)]));

/** Packages of a release; what differs between two of them is what a patch set has to cope with. */
function packagesOf(release: ReleaseNumber, agent: string | undefined): TinyDeb[] {
  const version = `${release}.0`;
  const scripts = hooked('app', 'preinst', 'postinst');
  const generate = 'mkdir -p /var/lib/app\ncat /usr/share/app/text > /var/lib/app/generated';
  return [
    {
      name: 'app',
      version,
      fields: { Depends: `libapp (= ${version})` },
      files: {
        '/usr/bin/app': programs[release],
        '/usr/share/app/text': `app ${version}\n`.repeat(200),
        '/etc/app.conf': `version = ${version}\n`,
        '/etc/login.conf': `login ${version}\n`,
        ...(release === 1 ? { '/usr/share/app/gone': 'gone\n' } : { '/usr/share/app/new': 'new\n' }),
      },
      scripts: { ...scripts, postinst: `${scripts.postinst}\n${generate}` },
    },
    {
      name: 'libapp',
      version,
      files: { '/usr/lib/libapp.so': programBytes(60_000, `lib ${release}`) },
      scripts: hooked('libapp', 'postinst', 'prerm'),
    },
    { name: 'same', version: '1.0', files: { '/usr/share/same/text': 'same\n', '/etc/same.conf': 'same\n' } },
    release === 1
      ? {
          ...{ name: 'old-k1', version: '1.0', files: { '/usr/share/old/text': 'old\n' } },
          scripts: hooked('old', 'prerm'),
        }
      : { name: 'newcomer', version: '1:1.0~rc1+b1', files: { '/usr/share/newcomer/text': 'new\n' } },
    ...(agent === undefined
      ? []
      : [
          {
            ...{ name: 'imprint-agent', version },
            files: { '/usr/lib/imprint-agent/imprint-agent.mjs': `${agent}\n// ${version}\n` },
            scripts: { postinst: maintainerScript('postinst'), prerm: maintainerScript('prerm') },
          },
        ]),
  ];
}

/** A script of the agent's own package, without its first lines, which the test's packages have already. */
const maintainerScript = (name: string): string =>
  readFileSync(join(import.meta.dirname, '../../debian', name), 'utf8').replace('#!/bin/sh\nset -e\n', '');

/** What the edition itself puts into the image: path → text, or `-> target` for a link. */
function overlayOf(release: ReleaseNumber, settings: string): Record<string, string> {
  const identity = {
    edition: 'gov-base',
    version: `2026.11.${release}`,
    channel: 'stable',
    lockSha256: lockOf[release],
  };
  return {
    '/etc/imprint/agent.json': settings,
    '/etc/login.conf': `login of the edition ${release}\n`,
    '/usr/lib/imprint/edition.json': `${JSON.stringify(identity)}\n`,
    '/usr/lib/imprint/health.d/works': '#!/bin/sh\ntest ! -e /ill\n',
    '/usr/share/edition/same': 'same\n',
    '/usr/share/edition/changed': `changed ${release}\n`,
    '/usr/share/edition/link': `-> target-${release}`,
    ...(release === 3 ? { '/etc/default/edition': 'read at start\n' } : {}),
    [`/usr/share/edition/only-${release}/deep/file`]: `only in ${release}\n`,
  };
}

function putOverlay(root: string, overlay: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(overlay)) {
    const to = join(root, path);
    mkdirSync(dirname(to), { recursive: true, mode: 0o755 });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), to);
    else {
      writeFileSync(to, text);
      chmodSync(to, path.includes('health.d') ? 0o755 : 0o644);
    }
  }
}

function packagePaths(root: string): Set<string> {
  const info = join(root, 'var/lib/dpkg/info');
  const lists = readdirSync(info).filter((name) => name.endsWith('.list'));
  return new Set(lists.flatMap((name) => readFileSync(join(info, name), 'utf8').split('\n')));
}

interface Known {
  readonly base: ReadonlySet<string>;
  readonly packaged: ReadonlySet<string>;
  readonly overlay: Readonly<Record<string, string>>;
}

function classOf(path: string, type: string, { base, packaged, overlay }: Known) {
  const isOverlay = Object.keys(overlay).some((one) => one === path || one.startsWith(`${path}/`));
  if (packaged.has(path) && type === 'file' && path in overlay)
    return { class: 'modified', evidence: 'agreed', origin: 'policy' } as const;
  if (base.has(path) || packaged.has(path))
    return { class: 'core', evidence: 'package', origin: 'package' } as const;
  if (isOverlay) return { class: 'overlay', evidence: 'step', origin: 'step' } as const;
  return { class: 'core', evidence: 'clean-build', origin: 'clean-build' } as const;
}

function contentOf(path: string, stats: ReturnType<typeof lstatSync>) {
  if (stats === undefined) throw new TypeError('walked paths exist');
  if (stats.isSymbolicLink()) return { type: 'symlink', link: readlinkSync(path) } as const;
  if (stats.isDirectory()) return { type: 'directory' } as const;
  if (stats.isCharacterDevice()) return { type: 'character' } as const;
  const bytes = readFileSync(path);
  return { type: 'file', sizeBytes: bytes.length, sha256: sha256Hex(bytes) } as const;
}

function walk(root: string, path = ''): string[] {
  return readdirSync(join(root, path), { withFileTypes: true }).flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    return entry.isDirectory() ? [below, ...walk(root, below)] : [below];
  });
}

/** Every path of a root as an integrity manifest lists it. */
function entriesOf(root: string, known: Known): IntegrityEntry[] {
  return walk(root)
    .sort()
    .map((path) => {
      const stats = lstatSync(join(root, path));
      const content = contentOf(join(root, path), stats);
      const facts = { mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid };
      const volatile = isVolatile(path) ? { volatile: true } : {};
      return { path, ...content, ...facts, ...classOf(path, content.type, known), ...volatile };
    });
}

/** One release as a build leaves it: its root, its packages and its manifest. */
interface Built {
  readonly root: string;
  readonly debs: ReadonlyMap<string, { readonly deb: TinyDeb; readonly file: string }>;
  readonly entries: readonly IntegrityEntry[];
}

/** Three releases of a tiny edition, really installed, and the patch sets between them. */
export interface PatchFleet {
  readonly ceremony: Ceremony;
  readonly directory: string;
  readonly now: Date;
  readonly built: Readonly<Record<ReleaseNumber, Built>>;
  /** Publishes a release with its patch set, packs and files. */
  publish(release: ReleaseNumber, wishes?: Partial<ReleaseWishes>): { tree: Tree; sha256: string };
  /** The patch set that leads to a release from the first. */
  set(release: 2 | 3): PatchSet;
  /** A fresh copy of what a device of the first release has. */
  freshRoot(): string;
  target(sha256: string, more?: Partial<RolloutTarget>): RolloutTarget;
  dispose(): void;
}

function build(directory: string, base: string, release: ReleaseNumber, options: FleetOptions): Built {
  const root = join(directory, `root-${release}`);
  execFileSync('cp', ['-a', base, root]);
  const described = packagesOf(release, options.agent);
  const debs = new Map(described.map((deb) => [deb.name, { deb, file: buildTinyDeb(directory, deb) }]));
  installDebs(
    root,
    [...debs.values()].map(({ file }) => file),
  );
  const known = {
    base: new Set(walk(base)),
    packaged: packagePaths(root),
    overlay: overlayOf(release, options.settings),
  };
  putOverlay(root, known.overlay);
  return { root, debs, entries: entriesOf(root, known) };
}

async function encode(directory: string, from: Built, to: Built, numbers: [ReleaseNumber, ReleaseNumber]) {
  const [before, release] = numbers;
  const files: [string, string][] = [];
  const packages: PatchSet['packages'] = [];
  for (const [name, { deb, file }] of to.debs) {
    const earlier = from.debs.get(name);
    if (earlier?.deb.version === deb.version) continue;
    const canonical = await writeCanonicalDeb(file, join(directory, `${name}-${before}-${release}.to`));
    const pack = await encodePack(canonical, join(directory, 'packs'));
    files.push([pack.reference.sha256, pack.file]);
    const patches = [];
    if (earlier !== undefined) {
      const old = await writeCanonicalDeb(earlier.file, join(directory, `${name}-${before}-${release}.from`));
      const patch = await encodePatch(old, canonical, pack, join(directory, 'patches'));
      files.push([patch.reference.sha256, patch.file]);
      const { version: fromVersion } = earlier.deb;
      patches.push({ fromVersion, fromArchitecture: 'amd64', patch: patch.reference });
    }
    const { version } = deb;
    const reference = pack.reference;
    packages.push({ name, version, architecture: 'amd64', deb: reference.deb, pack: reference, patches });
  }
  const set: PatchSet = {
    schema: 'imprint/patch-set/v1',
    edition: 'gov-base',
    version: `2026.11.${release}`,
    lockSha256: lockOf[release],
    from: [{ version: `2026.11.${before}`, lockSha256: lockOf[before] }],
    packages: packages.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
  return { set, files };
}

export interface FleetOptions {
  readonly now: Date;
  /** What its devices have in agent.json. */
  readonly settings: string;
  /** The agent's bundle, where it is a package of the releases. */
  readonly agent?: string;
}

/** Builds the fleet's releases once. */
export async function openPatchFleet(options: FleetOptions): Promise<PatchFleet> {
  const { now } = options;
  const directory = mkdtempSync(join(tmpdir(), 'imprint-fleet-'));
  const base = join(directory, 'base');
  makeTinyRoot(base);
  const ceremony = holdCeremony(now, 'intl');
  mkdirSync(join(base, 'etc/imprint'), { recursive: true });
  writeFileSync(join(base, 'etc/imprint/root.json'), ceremony.rootBytes);
  const make = (release: ReleaseNumber) => build(directory, base, release, options);
  const built = { 1: make(1), 2: make(2), 3: make(3) };
  const sets = {
    2: await encode(directory, built[1], built[2], [1, 2]),
    3: await encode(directory, built[1], built[3], [1, 3]),
  };
  let copies = 0;
  return {
    ...{ ceremony, directory, now, built },
    set: (release) => sets[release].set,
    publish(release, wishes = {}) {
      const encoded = release === 1 ? undefined : sets[release];
      const set = encoded === undefined ? {} : { patchSet: Buffer.from(JSON.stringify(encoded.set)) };
      const { root, debs, entries } = built[release];
      const published = publish(ceremony, {
        ...{ now, sequence: release, metadataVersion: release, version: `2026.11.${release}` },
        ...{ lockSha256: lockOf[release], entries, ...set },
        packages: Object.fromEntries([...debs].map(([name, { deb }]) => [name, deb.version])),
        ...wishes,
      });
      for (const [sha256, file] of encoded?.files ?? [])
        published.tree.set(packPath(sha256), readFileSync(file));
      for (const { path, sha256, evidence } of entries)
        if (sha256 !== undefined && evidence !== 'package')
          published.tree.set(blobPath(sha256), readFileSync(join(root, path)));
      return { tree: published.tree, sha256: sha256Hex(published.release) };
    },
    freshRoot() {
      copies += 1;
      const root = join(directory, `device-${copies}`);
      execFileSync('cp', ['-a', built[1].root, root]);
      return root;
    },
    target: (releaseSha256, more = {}) => ({
      ...{ releaseSha256, version: '2026.11.2', sequence: 2 },
      deadline: new Date(now.getTime() + 7 * 86_400_000).toISOString(),
      ...more,
    }),
    dispose: () => rmSync(directory, { recursive: true, force: true }),
  };
}
