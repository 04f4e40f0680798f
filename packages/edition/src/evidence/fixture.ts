import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { DebianLock, LockedPackage, MutableCore } from '@imprint/protocol';
import { sha256Hex } from '@imprint/trust';
import { silentReporter } from '../progress.ts';
import { type ContentStore, openContentStore } from '../store/index.ts';
import { indexTree } from '../tree/index.ts';
import { type CollectedEvidence, collectEvidence } from './collect-evidence.ts';
import type { EvidenceLayer } from './layer-files.ts';
import { referencesOf } from './reference/reference-cache.ts';

const day = 1_795_219_200;

/** A small upstream, pressed for tests: two packages, the tree they give, and an overlay that a test may shape. */
export interface Fixture {
  readonly directory: string;
  readonly store: ContentStore;
  readonly lock: DebianLock;
  /** The clean build and the overlay's upper directory. */
  readonly core: string;
  readonly overlay: string;
  collect(options?: CollectOptions): Promise<CollectedEvidence>;
  close(): void;
}

export interface CollectOptions {
  readonly outDir?: string;
  readonly mutable?: MutableCore['mutable'];
  readonly lock?: Partial<DebianLock>;
}

export function tool(...argv: string[]): string {
  return execFileSync(argv[0] ?? '', argv.slice(1), {
    encoding: 'utf8',
    env: { ...process.env, SOURCE_DATE_EPOCH: String(day) },
  });
}

export function put(root: string, path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

const control = (name: string, version: string, more = '') =>
  `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: Test <test@example.org>\n${more}Description: ${name} for tests\n`;

const copyright =
  'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nCopyright: 2020 Test\nLicense: GPL-2+\n\nLicense: GPL-2+\n Text.\n';

/** Writes a package's tree and builds it; returns its path. */
export function buildDeb(
  directory: string,
  name: string,
  version: string,
  fill: (root: string) => void,
): string {
  const root = join(directory, 'packages', name);
  mkdirSync(join(root, 'DEBIAN'), { recursive: true });
  fill(root);
  const file = join(directory, `${name}_${version.replace(':', '%3a')}.deb`);
  tool('chmod', '-R', 'u=rwX,go=rX', join(root, 'DEBIAN'));
  tool('dpkg-deb', '--root-owner-group', '-b', '-Zgzip', root, file);
  return file;
}

function upstreamPackages(directory: string): string[] {
  const tools = buildDeb(directory, 'tools', '1:2.0-1', (root) => {
    put(root, 'DEBIAN/control', control('tools', '1:2.0-1', 'Homepage: https://example.org/tools\n'));
    put(root, 'DEBIAN/conffiles', '/etc/tools.conf\n');
    put(root, 'DEBIAN/postinst', '#!/bin/sh\nexit 0\n', 0o755);
    put(root, 'etc/tools.conf', 'colour = no\n');
    put(root, 'usr/bin/tool', 'the tool\n', 0o755);
    put(root, 'usr/bin/ping', 'pings\n', 0o755);
    put(root, 'usr/bin/first', 'one file of two names\n', 0o755);
    linkSync(join(root, 'usr/bin/first'), join(root, 'usr/bin/second'));
    tool('ln', '-s', 'tool', join(root, 'usr/bin/alias'));
    put(root, 'usr/share/doc/tools/copyright', copyright);
  });
  // Ships below /bin, as packages did before /usr was merged, and a file another package diverts.
  const shell = buildDeb(directory, 'shell', '5-1', (root) => {
    put(root, 'DEBIAN/control', control('shell', '5-1'));
    put(root, 'bin/sh', 'the shell\n', 0o755);
    put(root, 'usr/bin/editor', "the shell's editor\n", 0o755);
    put(root, 'usr/share/doc/shell/copyright', 'no format\n');
  });
  return [shell, tools];
}

const status = (name: string, version: string) =>
  `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`;

/** What installing the packages leaves: merged /usr, a diversion, records, and files maintainer scripts wrote. */
function cleanBuild(directory: string, core: string): void {
  tool('cp', '-a', `${join(directory, 'packages/tools')}/.`, core);
  rmSync(join(core, 'DEBIAN'), { recursive: true });
  put(core, 'usr/bin/sh', 'the shell\n', 0o755);
  put(core, 'usr/bin/editor.shell', "the shell's editor\n", 0o755);
  put(core, 'usr/share/doc/shell/copyright', 'no format\n');
  tool('ln', '-s', 'usr/bin', join(core, 'bin'));
  put(core, 'var/lib/dpkg/status', `${status('shell', '5-1')}\n${status('tools', '1:2.0-1')}`);
  put(core, 'var/lib/dpkg/diversions', '/usr/bin/editor\n/usr/bin/editor.shell\ntools\n');
  put(core, 'etc/generated.conf', 'by a maintainer script\n');
  put(core, 'etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  put(core, 'var/log/install.log', 'a log\n');
  tool('chown', '-R', '0:0', core);
  tool('chmod', '-R', 'go-w', core);
  tool('setcap', 'cap_net_raw+ep', join(core, 'usr/bin/ping'));
}

async function lockOf(store: ContentStore, files: readonly string[]): Promise<DebianLock> {
  const packages: LockedPackage[] = [];
  for (const file of files) {
    const blob = await store.putFile(file);
    const [name = '', version = ''] = ['Package', 'Version'].map((field) =>
      tool('dpkg-deb', '-f', file, field).trim(),
    );
    const source = { name, version };
    const path = `pool/${name}.deb`;
    packages.push({ name, version, architecture: 'amd64', source, archive: 'base', path, ...blob });
  }
  return {
    lockVersion: 1,
    edition: 'gov-test',
    version: '2026.11.0',
    manifest: {
      apiVersion: 'imprint/v1',
      edition: 'gov-test',
      version: '2026.11.0',
      title: { en: 'Test <Edition>', 'zh-CN': '测试版' },
      base: { debian: { suite: 'trixie', profile: 'server-minimal' } },
      locale: { language: 'zh_CN.UTF-8', timezone: 'Asia/Shanghai', keyboard: 'cn' },
      remove: ['popularity-contest'],
      trust: { profile: 'dual' },
      services: { imprint: 'https://imprint.example.gov' },
      outputs: ['rootfs'],
    },
    architecture: 'amd64',
    sourceDateEpoch: day,
    archives: [
      {
        archive: 'base',
        mirror: 'http://deb.debian.org/debian',
        suite: 'trixie',
        inReleaseSha256: sha256Hex(Buffer.from('InRelease')),
        date: new Date(day * 1000).toISOString(),
      },
    ],
    base: packages,
    packages: [],
    tools: [],
    inputs: [],
  };
}

async function withAgreement(
  fixture: Fixture,
  mutable: MutableCore['mutable'],
): Promise<DebianLock['inputs']> {
  const agreement: MutableCore = { apiVersion: 'imprint/v1', vendor: 'Debian', mutable };
  const blob = await fixture.store.putBytes(Buffer.from(JSON.stringify(agreement)));
  return [{ role: 'mutable-core', name: 'vendor-policy.json', ...blob }];
}

async function collectFrom(fixture: Fixture, options: CollectOptions): Promise<CollectedEvidence> {
  const { directory, store, core, overlay } = fixture;
  const agreed = options.mutable === undefined ? [] : await withAgreement(fixture, options.mutable);
  const merged = { ...fixture.lock, ...options.lock };
  const lock = { ...merged, inputs: [...merged.inputs, ...agreed] };
  const layers: EvidenceLayer[] = [
    { id: 'base', kind: 'core', directory: core, index: await indexTree(core) },
    { id: 'policy', kind: 'overlay', directory: overlay, index: await indexTree(overlay) },
  ];
  const image = Buffer.from('the image');
  const digests = { sha256: sha256Hex(image) };
  return collectEvidence({
    lock,
    lockSha256: sha256Hex(Buffer.from(JSON.stringify(lock))),
    planSha256: sha256Hex(Buffer.from('plan')),
    profile: 'release',
    layers,
    artifacts: [{ kind: 'rootfs', name: 'gov-test.tar.zst', digests, sizeBytes: image.length }],
    store,
    cacheDir: join(directory, 'cache'),
    outDir: options.outDir ?? join(directory, 'out'),
    reporter: silentReporter,
  });
}

interface Template {
  readonly directory: string;
  readonly lock: DebianLock;
}

let template: Promise<Template> | undefined;

/** Built once for all tests of a file: packages, the clean build, the store and the packages' references. */
async function makeTemplate(): Promise<Template> {
  const directory = mkdtempSync(join(tmpdir(), 'imprint-evidence-template-'));
  const core = join(directory, 'core');
  for (const path of [core, join(directory, 'overlay')]) mkdirSync(path, { mode: 0o755 });
  const files = upstreamPackages(directory);
  cleanBuild(directory, core);
  const store = openContentStore(join(directory, 'store'));
  const lock = await lockOf(store, files);
  await referencesOf(lock.base, { store, cacheDir: join(directory, 'cache') });
  return { directory, lock };
}

/** Removes what `makeFixture` copies from; call it after the last test of a file. */
export async function closeTemplate(): Promise<void> {
  if (template !== undefined) rmSync((await template).directory, { recursive: true, force: true });
  template = undefined;
}

/** Makes the fixture in a directory of its own; `close` removes it. */
export async function makeFixture(): Promise<Fixture> {
  template ??= makeTemplate();
  const { directory: source, lock } = await template;
  const directory = mkdtempSync(join(tmpdir(), 'imprint-evidence-'));
  tool('cp', '-a', `${source}/.`, directory);
  const fixture: Fixture = {
    directory,
    store: openContentStore(join(directory, 'store')),
    lock,
    core: join(directory, 'core'),
    overlay: join(directory, 'overlay'),
    collect: (options = {}) => collectFrom(fixture, options),
    close: () => rmSync(directory, { recursive: true, force: true }),
  };
  return fixture;
}

/** Copies paths of the core up into the overlay, as overlayfs does before a change; each becomes a file of its own. */
export function copyUp({ core, overlay }: Fixture, ...paths: string[]): void {
  for (const path of paths) {
    mkdirSync(dirname(join(overlay, path)), { recursive: true });
    tool('cp', '-a', '--preserve=all', '--no-dereference', join(core, path), join(overlay, path));
  }
}
