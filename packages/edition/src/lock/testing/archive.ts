import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { basePackages, toolPackages } from '../../drivers/debian/data/profiles.ts';
import { runTool } from '../../tools/run-tool.ts';

/** A package as a test states it: the fields that matter, the rest is filled in. */
export interface TestPackage {
  readonly name: string;
  readonly version?: string;
  readonly fields?: Readonly<Record<string, string>>;
  /** Size of its content in bytes; it is no real package, the solver reads the index only. */
  readonly sizeBytes?: number;
}

/** Upstream in small: every package the profile and the tools name, without dependencies. */
export function miniatureDebian(): TestPackage[] {
  const profile = basePackages({ suite: 'trixie', profile: 'server-minimal' });
  const capabilities = ['locales', 'console-setup', 'keyboard-configuration'];
  const names = new Set([...profile, ...toolPackages, ...capabilities]);
  return [
    { name: 'base-files', fields: { Essential: 'yes', 'Pre-Depends': 'awk' } },
    { name: 'mawk', fields: { Provides: 'awk' } },
    ...[...names].map((name) => ({ name })),
  ];
}

export interface Key {
  readonly home: string;
  readonly keyring: string;
}

/** Makes a signing key and its keyring below a directory. */
export async function makeKey(directory: string, name: string): Promise<Key> {
  const home = join(directory, name);
  await mkdir(home, { recursive: true, mode: 0o700 });
  const gpg = ['gpg', '--homedir', home, '--batch', '--quiet', '--passphrase', ''];
  await runTool([...gpg, '--quick-generate-key', `${name} archive`, 'ed25519', 'sign', 'never']);
  const keyring = join(directory, `${name}.gpg`);
  await writeFile(keyring, (await runTool([...gpg, '--export'])).stdout);
  return { home, keyring };
}

/** Ends the agent that gpg starts for a key's directory. */
export async function dropKey({ home }: Key): Promise<void> {
  await runTool(['gpgconf', '--homedir', home, '--kill', 'all']);
}

/** The bytes a test package stands for: the same for the same name and version. */
export function contentOf({ name, version = '1.0', sizeBytes = 200 }: TestPackage): Buffer {
  const seed = createHash('sha256').update(`${name} ${version}`).digest();
  return Buffer.concat(Array.from({ length: Math.ceil(sizeBytes / 32) }, () => seed)).subarray(0, sizeBytes);
}

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

function paragraph(entry: TestPackage, path: string): string {
  const content = contentOf(entry);
  const fields = {
    Package: entry.name,
    Version: entry.version ?? '1.0',
    Architecture: 'amd64',
    Maintainer: 'Test <test@localhost>',
    Filename: path,
    Size: String(content.length),
    SHA256: sha256(content),
    Description: 'test',
    ...entry.fields,
  };
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n\n`;
}

export interface Suite {
  readonly suite: string;
  readonly packages: readonly TestPackage[];
  /** RFC 2822 as in a Release file. */
  readonly date?: string;
  readonly validUntil?: string;
}

/** Writes a signed archive: `dists/<suite>`, and the contents of its packages below `pool`. */
export async function writeArchive(
  root: string,
  key: Key,
  { suite, packages, ...dates }: Suite,
): Promise<void> {
  const directory = join(root, 'dists', suite);
  const index = join(directory, 'main', 'binary-amd64');
  await rm(directory, { recursive: true, force: true });
  await mkdir(index, { recursive: true });
  let text = '';
  for (const entry of packages) {
    const path = `pool/${suite}/${entry.name}_${(entry.version ?? '1.0').replace(':', '%3a')}_amd64.deb`;
    await mkdir(join(root, 'pool', suite), { recursive: true });
    await writeFile(join(root, path), contentOf(entry));
    text += paragraph(entry, path);
  }
  await writeFile(join(index, 'Packages'), text);
  const release = [
    `Suite: ${suite}`,
    `Codename: ${suite}`,
    'Architectures: amd64',
    'Components: main',
    `Date: ${dates.date ?? 'Mon, 02 Nov 2026 10:00:00 UTC'}`,
    ...(dates.validUntil === undefined ? [] : [`Valid-Until: ${dates.validUntil}`]),
    'SHA256:',
    ` ${sha256(text)} ${Buffer.byteLength(text)} main/binary-amd64/Packages`,
    '',
  ].join('\n');
  const sign = [
    'gpg',
    '--homedir',
    key.home,
    '--batch',
    '--quiet',
    '--passphrase',
    '',
    '--clearsign',
    '--digest-algo',
    'SHA512',
  ];
  await writeFile(join(directory, 'InRelease'), (await runTool(sign, { input: release })).stdout);
}
